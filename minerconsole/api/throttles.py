"""How often one caller may ask: by user or token, else by address. Counted in this process's memory.

Many threads answer requests; a lock and one list of times for each caller keep their counts apart.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from mining.services.actors import Actor

_MOST_CALLERS = 1000


class CallsThrottle(BaseThrottle):
    """At most `calls` in any `seconds` of one caller."""

    def __init__(self, calls: int, seconds: float = 60.0, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.calls = calls
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {}
        self._refused = threading.local()

    def allow_request(self, request: HttpRequest) -> bool:
        """Count the call, or refuse it: a refused one is not counted."""
        actor = getattr(request, "auth", None)
        caller = actor.key if isinstance(actor, Actor) else str(request.META.get("REMOTE_ADDR", ""))
        now = self._clock()
        with self._lock:
            if caller not in self._times and len(self._times) >= _MOST_CALLERS:
                self._forget_idle(now)
            times = self._times.setdefault(caller, deque())
            while times and times[0] <= now - self._seconds:
                times.popleft()
            if len(times) >= self.calls:
                self._refused.wait_s = times[0] + self._seconds - now
                return False
            times.append(now)
        return True

    def wait(self) -> float | None:
        """Seconds until the call that was just refused (in this thread) may come again."""
        wait_s: float | None = getattr(self._refused, "wait_s", None)
        return wait_s

    def forget(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self._times.clear()

    def _forget_idle(self, now: float) -> None:
        self._times = {
            caller: times for caller, times in self._times.items() if times and times[-1] > now - self._seconds
        }


CALLS = CallsThrottle(600)
"""For every route."""
POOL_TESTS = CallsThrottle(10)
"""Each logs in at a pool and takes up to 30 s."""
BENCHMARKS = CallsThrottle(10)

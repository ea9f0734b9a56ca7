"""Health of the configured endpoints: when each may be tried again, and which one comes first. Pure: time comes in.

A pause grows with each failure in a row, and only an *accepted share* resets it: a pool that takes every login and
refuses every share must not be asked in a hot loop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from mining.engine.session.problems import LinkError, StoppedPoolError
from mining.engine.session.timers import SessionTimers

REAUTHS = 5
REAUTH_WINDOW_S = 600.0
REAUTH_LEAVE_S = 600.0
REJECTS_IN_A_ROW = 6
REJECTS_LEAVE_S = 600.0


@dataclass(slots=True)
class EndpointHealth:
    """One endpoint. Times are monotonic seconds."""

    failures: int = 0
    not_before: float = 0.0
    stopped: StoppedPoolError | None = None
    last_error: LinkError | None = None
    reauths: deque[float] = field(default_factory=deque)
    rejects_in_a_row: int = 0
    replaced_in_a_row: int = 0
    replace_at: float = 0.0

    def failed(self, now: float, error: LinkError, timers: SessionTimers, *, jitter: float) -> None:
        """Count a failure; `jitter` is a random number from -0.3 to 0.3. The pause is 1, 2, 4 … 60 s, or longer where
        the error says so."""
        self.last_error = error
        if isinstance(error, StoppedPoolError):
            self.stopped = error
            return
        pause = min(timers.longest_backoff_s, timers.backoff_s * 2 ** min(self.failures, 16)) * (1 + jitter)
        self.failures += 1
        self.not_before = now + max(pause, min(error.leave_s, timers.longest_leave_s))

    def replaced(self, now: float, timers: SessionTimers, *, jitter: float) -> None:
        """A session is to be made anew beside the old one: the first at once, then after 1, 2, 4 … 60 s, until a share
        is accepted again."""
        if self.replaced_in_a_row:
            pause = min(timers.longest_backoff_s, timers.backoff_s * 2 ** min(self.replaced_in_a_row - 1, 16))
            self.replace_at = now + pause * (1 + jitter)
        self.replaced_in_a_row += 1

    def share_accepted(self) -> None:
        """The only proof that a pool works."""
        self.failures = self.replaced_in_a_row = 0
        self.replace_at = 0.0
        self.rejects_in_a_row = 0

    def share_rejected(self) -> bool:
        """Count a rejected share; True when there were too many in a row."""
        self.rejects_in_a_row += 1
        return self.rejects_in_a_row >= REJECTS_IN_A_ROW

    def reauthenticated(self, now: float) -> bool:
        """Count a session that had to be made anew; True when there were too many of them lately."""
        self.reauths.append(now)
        while self.reauths and now - self.reauths[0] > REAUTH_WINDOW_S:
            self.reauths.popleft()
        return len(self.reauths) >= REAUTHS

    def is_available(self, now: float) -> bool:
        """Whether it may be tried now."""
        return self.stopped is None and now >= max(self.not_before, self.replace_at)


def first_available(healths: Sequence[EndpointHealth], now: float, *, but: Collection[int | None] = ()) -> int | None:
    """Return the index of the first endpoint in order that may be tried now, except those of `but`."""
    return next((i for i, health in enumerate(healths) if i not in but and health.is_available(now)), None)


def all_stopped(healths: Sequence[EndpointHealth]) -> StoppedPoolError | None:
    """Return the reason of the first endpoint when every endpoint refuses this configuration for good."""
    if healths and all(health.stopped is not None for health in healths):
        return healths[0].stopped
    return None

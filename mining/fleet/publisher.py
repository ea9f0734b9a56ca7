"""Publisher: a thread of the runner that tells the console what this Node does. It never holds up mining.

Frames have one slot, in which the newest wins, and events a short queue: both are about now, and old ones are worth
nothing. The journal is read from the disk (`shipping`), so an hour without the broker costs nothing but that hour's
delay. While the broker is away it tries again with a growing pause, and says so once.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from mining.engine.ulid import new_ulid
from mining.fleet.connection import BROKER_ERRORS, BrokerTrouble, broker_name, broker_trouble, connect
from mining.fleet.keys import FRAMES, node_key
from mining.fleet.shipping import Shipping
from mining.fleet.wire import MOST_FRAMES, Message, message_fields

MOST_EVENTS = 100
_POLL_S = 0.5
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 15.0
_PIECES_AT_ONCE = 4  # then Frames have their turn again
_TOLD_EVENTS = frozenset({"share", "session", "worker", "algorithm", "plan", "log"})

Say = Callable[[str, str], None]


class Publisher:
    """For one Node. `start`, then `frame` and `event`, then `stop`; all return soon, from any thread.

    `make_client`: from the broker's address to a client, for tests.
    """

    def __init__(self, home: Path, ulid: str, url: str, *, make_client: Callable[[str], Any] = connect) -> None:
        self._url = url
        self._make_client = make_client
        self._client: Any = None
        self._stream = node_key(ulid, FRAMES)
        self._shipping = Shipping(home, ulid)
        self._run_id = new_ulid()
        self._encoder = msgspec.json.Encoder()
        self._frame: Mapping[str, object] | None = None
        self._events: deque[Mapping[str, object]] = deque(maxlen=MOST_EVENTS)
        self._say: Say = lambda level, sentence: None
        self._told = ""
        self._pause_s = _FIRST_PAUSE_S
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self, say: Say) -> None:
        """Begin. `say(level, sentence)` is called from the thread."""
        self._say = say
        self._thread.start()

    def frame(self, event: Mapping[str, object]) -> None:
        """Take the newest Frame, as `mine --json` prints it."""
        self._frame = event
        self._wake.set()

    def event(self, event: Mapping[str, object]) -> None:
        """Take an event for those who watch now; the journal keeps it for the rows."""
        if event.get("event") in _TOLD_EVENTS:
            self._events.append(event)
            self._wake.set()

    def stop(self, timeout_s: float) -> bool:
        """Send what is left, for at most `timeout_s`; False when some of the journal waits for the next start."""
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive() and not self._told

    # --- the thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._closing.is_set()
            if not self._step_safely(is_last):
                self._closing.wait(self._pause_s * random.uniform(0.7, 1.3))
                self._pause_s = min(_LONGEST_PAUSE_S, 2 * self._pause_s)
            elif not is_last:
                self._wake.wait(_POLL_S)
                self._wake.clear()
        self._hang_up()

    def _step_safely(self, is_last: bool) -> bool:
        """Send everything there is; False when something stood in the way."""
        try:
            self._step(is_last)
        except BROKER_ERRORS as error:
            self._hang_up()
            self._met(error)
            return False
        self._pause_s = _FIRST_PAUSE_S
        if self._told:
            self._told = ""
            self._say("info", f"The broker at {broker_name(self._url)} is back; what waited in the journal follows")
        return True

    def _step(self, is_last: bool) -> None:
        if self._client is None:
            self._client = self._make_client(self._url)
        pieces = 0
        self._send_news()
        while self._shipping.ship(self._client):
            pieces += 1
            if pieces % _PIECES_AT_ONCE == 0:
                self._send_news()
        if is_last:
            self._send([Message(time.time(), self._run_id, is_bye=True)])

    def _send_news(self) -> None:
        events = [self._events.popleft() for _ in range(len(self._events))]
        frame, self._frame = self._frame, None
        now = time.time()
        told = [Message(now, self._run_id, event=self._encoder.encode(event)) for event in events]
        if frame is not None:
            told.append(Message(now, self._run_id, frame=self._encoder.encode(frame)))
        self._send(told)

    def _send(self, messages: list[Message]) -> None:
        if not messages:
            return
        with self._client.pipeline(transaction=False) as sending:
            for message in messages:
                sending.xadd(self._stream, message_fields(message), maxlen=MOST_FRAMES, approximate=True)
            sending.execute()

    def _hang_up(self) -> None:
        self._shipping.broken()
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):  # a broken connection is no reason not to open another one
                client.close()

    def _met(self, error: Exception) -> None:
        if isinstance(error, OSError) and error.filename:
            trouble = BrokerTrouble("journal", f"The journal cannot be read for the console ({error}).")
        else:
            trouble = broker_trouble(self._url, error)
        if trouble.code != self._told:
            self._told = trouble.code
            self._say("warning", f"{trouble.sentence} Mining goes on; shares wait in the journal and are not lost.")

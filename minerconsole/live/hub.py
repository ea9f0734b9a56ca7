"""LiveHub: tells every open mailbox what the feed says, and words what the feed knows. A Frame is encoded once for all.

Neither waits for a socket nor knows one. Lives in the web process, one for each feed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from minerconsole.feed import Feed, KeptEvent
from minerconsole.live.access import AccessBook
from minerconsole.live.mailbox import Kind, Mailbox
from minerconsole.live.pulse import Pulse
from minerconsole.live.wording import frame_json, text_of
from mining.engine.ulid import new_ulid
from mining.terminal.sentences import payee_sentence

_STEP_S = 0.01
_SAME_AGE_S = 0.05  # sockets that are served so soon after one another get the same words


class AnyHub(Protocol):
    """What a consumer needs of a hub, whatever its pages show."""

    epoch: str
    access: AccessBook
    pulse: Pulse

    def open(self) -> Mailbox:
        """Return the mailbox of a new socket; its first items are hello and snapshot."""

    def close(self, mailbox: Mailbox) -> None:
        """Forget a socket."""

    def is_silent(self, patience_s: float) -> bool:
        """Whether nothing was heard for `patience_s`."""

    def frame_text(self, seq: int) -> str:
        """The message `frame`."""

    def snapshot_text(self, seq: int) -> str:
        """The message `snapshot`."""

    def link_text(self) -> str:
        """The message `link`."""


class LiveHub:
    """All sockets of one feed. `epoch` names this web process. `access` and `pulse`: hubs may share one."""

    def __init__(
        self,
        feed: Feed,
        *,
        clock: Callable[[], float] = time.monotonic,
        access: AccessBook | None = None,
        pulse: Pulse | None = None,
    ) -> None:
        self.feed = feed
        self.epoch = new_ulid()
        self.access = access or AccessBook()
        self.pulse = pulse or Pulse()
        self._clock = clock
        self._mailboxes: set[Mailbox] = set()
        self._frame: msgspec.Raw | None = None
        self._payee_line = ""
        self._rest = ""
        self._worded_at = float("-inf")
        self._is_leaving = False
        feed.subscribe(self)

    def open(self) -> Mailbox:
        """Return the mailbox of a new socket; its first items are hello and snapshot."""
        mailbox = Mailbox(self._clock)
        self._mailboxes.add(mailbox)
        if self._is_leaving:
            mailbox.put(Kind.BYE)
        return mailbox

    def close(self, mailbox: Mailbox) -> None:
        """Forget a socket."""
        self._mailboxes.discard(mailbox)

    @property
    def open_sockets(self) -> int:
        """How many there are."""
        return len(self._mailboxes)

    def is_silent(self, patience_s: float) -> bool:
        """Whether the miner is away, or has sent nothing for `patience_s`."""
        newest = self.feed.newest()
        return newest is None or not newest.is_linked or newest.age_s > patience_s

    async def say_goodbye(self, patience_s: float) -> None:
        """Tell every socket that this process ends; return when they are closed, or after `patience_s`."""
        self._is_leaving = True
        for mailbox in self._mailboxes:
            mailbox.put(Kind.BYE)
        deadline = self._clock() + patience_s
        while self._mailboxes and self._clock() < deadline:
            await asyncio.sleep(_STEP_S)

    def frame_came(self, *, is_new_stream: bool) -> None:
        """Wake everybody."""
        self._frame = None
        self._worded_at = float("-inf")
        for mailbox in self._mailboxes:
            if is_new_stream:
                mailbox.put(Kind.SNAPSHOT)
            else:
                mailbox.offer_frame()

    def event_came(self, event: KeptEvent) -> None:
        """Queue it for everybody."""
        for mailbox in self._mailboxes:
            mailbox.put_event(event)

    def link_changed(self) -> None:
        """Say so to everybody."""
        self._worded_at = float("-inf")
        for mailbox in self._mailboxes:
            mailbox.put(Kind.LINK)

    def frame_text(self, seq: int) -> str:
        """The message `frame`."""
        now = self._clock()
        if now - self._worded_at > _SAME_AGE_S:
            self._rest, self._worded_at = text_of(self._newest())[1:], now
        return f'{{"type":"frame","seq":{seq},{self._rest}'

    def snapshot_text(self, seq: int) -> str:
        """The message `snapshot`: all that a page needs to begin, or to begin anew."""
        events = self.feed.events
        last = events[-1].serial if events else 0
        kept = [msgspec.Raw(event.line) for event in events]
        return text_of({"type": "snapshot", "seq": seq, **self._newest(), "events": kept, "event_seq": last})

    def link_text(self) -> str:
        """The message `link`."""
        newest = self.feed.newest()
        age_s = None if newest is None else round(newest.age_s, 3)
        return text_of({"type": "link", "linked": self.feed.is_linked, "age_s": age_s})

    def _newest(self) -> dict[str, object]:
        newest = self.feed.newest()
        if newest is None:
            return {"age_s": None, "linked": False, "frame": None, "payee_line": ""}
        if self._frame is None:
            self._frame = msgspec.Raw(frame_json(newest.frame))
            self._payee_line = payee_sentence(newest.frame.payee, newest.frame.coin)
        return {
            "age_s": round(newest.age_s, 3),
            "linked": newest.is_linked,
            "frame": self._frame,
            "payee_line": self._payee_line,
        }

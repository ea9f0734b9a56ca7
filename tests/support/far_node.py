"""A Node far away without its miner: a home with a journal, a publisher, and Frames that fit what the journal tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from mining.engine.ulid import new_ulid
from mining.fleet.publisher import Publisher
from mining.telemetry import frame as f
from tests.support.frames import mining_frame
from tests.support.journals import JournalMaker

OUTCOMES = ("accepted", "accepted", "accepted", "rejected", "stale", "lost")


class FarNode:
    """`find(n)` writes n shares into its journal; `tell` publishes a Frame with the counts of all of them."""

    def __init__(self, home: Path, url: str, *, ulid: str | None = None, epoch: str | None = None) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.ulid = ulid or new_ulid()
        self.url = url
        self.journal = JournalMaker(home, epoch or new_ulid())
        self.counts = dict.fromkeys(("accepted", "rejected", "stale", "lost"), 0)
        self.said: list[str] = []
        self._nonce = 0
        self._seq = 0
        self._publisher: Publisher | None = None
        self.journal.tell("start", version="1", coin="XMR", algorithm="rx/0")
        self.journal.tell("session", link="ready", endpoint="pool.example:443", session=1, source="pool")

    def start(self) -> None:
        """Begin to publish, as `mine` does."""
        self._publisher = Publisher(self.home, self.ulid, self.url)
        self._publisher.start(lambda level, sentence: self.said.append(sentence))

    def stop(self, timeout_s: float = 5.0) -> bool:
        """End, as a runner does."""
        assert self._publisher is not None
        publisher, self._publisher = self._publisher, None
        return publisher.stop(timeout_s)

    def find(self, count: int) -> None:
        """Write shares with every outcome in turn."""
        lines = []
        for _ in range(count):
            self._nonce += 1
            outcome = OUTCOMES[self._nonce % len(OUTCOMES)]
            self.counts[outcome] += 1
            lines.append(self.journal.share(self._nonce, outcome=outcome))
        self.journal.write(b"".join(lines))

    @property
    def found(self) -> int:
        """All shares so far."""
        return self._nonce

    def frame(self, **changes: Any) -> f.Frame:
        """The next Frame."""
        self._seq += 1
        made = mining_frame(seq=self._seq)
        shares = msgspec.convert({"found": self.found, **self.counts}, f.Shares)
        return msgspec.structs.replace(made, node_id=self.ulid, epoch=self.journal.epoch, shares=shares, **changes)

    def tell(self, **changes: Any) -> None:
        """Publish the next Frame."""
        assert self._publisher is not None
        self._publisher.frame({"event": "frame", **msgspec.to_builtins(self.frame(**changes))})

    def tell_event(self, event: str, **told: Any) -> None:
        """Publish an event of now."""
        assert self._publisher is not None
        self._publisher.event({"event": event, **told})

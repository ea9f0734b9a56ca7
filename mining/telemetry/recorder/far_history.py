"""Packed history of a Node far away, made of the Frames in its stream. Goes on after a restart where its rows end.

The number of the last Frame that is in rows stands beside them in one transaction: what a Frame counts is counted once.
Frames that the stream no longer held when somebody looked again are a gap, as in every history.
"""

from __future__ import annotations

import msgspec
from django.db import transaction

from mining.algorithms.registry import ALGORITHMS
from mining.fleet.clock import ClockShift
from mining.models import JournalPosition, Node
from mining.telemetry.frame import Frame
from mining.telemetry.history import History
from mining.telemetry.recorder.history_rows import save_history
from mining.telemetry.sampling import FrameSampler

BEGINNING = "0-0"
MOST_AHEAD_S = 5.0
"""An entry dated further ahead of the broker's clock than this was dated by its Node, not by the broker."""
_LONGEST_ID = 32


class FarHistory:
    """One Node's. `next_id`: the entry of its stream behind which to read on. `seen_at`: of the newest Frame, by the
    broker's clock, which is `broker_off_s` ahead of the console's."""

    def __init__(self, node: Node, frame_id: str) -> None:
        self.node = node
        self.next_id = self.kept_id = frame_id or BEGINNING
        self.seen_at = 0.0
        self.broker_off_s = 0.0
        self._is_begun = False
        self._dropped = 0
        self._history = History()
        self._sampler = FrameSampler()
        self._clock = ClockShift()
        self._decoder = msgspec.json.Decoder(Frame)

    @property
    def is_changed(self) -> bool:
        """Whether there are Frames that are not in rows."""
        return self.next_id != self.kept_id

    def begin_with(self, data: bytes | None) -> None:
        """Go on after this Frame, the last one in rows; None: the stream does not hold it any more."""
        frame = self._frame(data, self.next_id) if data is not None else None
        if frame is not None:
            self._begin_with(frame)

    def take(self, entry_id: str, data: bytes) -> None:
        """Take the next Frame. One that cannot be read, or is of another Node, is counted as dropped."""
        self.next_id = entry_id
        frame = self._frame(data, entry_id)
        if frame is None:
            self._dropped += 1
            return
        self.seen_at = seconds_of(entry_id)
        if not self._is_begun and frame.seq > 1:
            self._begin_with(frame)
            return
        self._is_begun = True
        if (seen := self._sampler.observe(frame)) is not None:
            self._history.add(seen)

    def give_up(self) -> None:
        """Let go of what is not in rows, because it can not be kept: a gap, counted as one dropped Frame."""
        self._history, self._sampler = History(), FrameSampler()
        self._is_begun = False
        self._dropped += 1

    def read_anew(self) -> None:
        """Its stream was emptied: read on from the beginning of the next one."""
        self.next_id = BEGINNING
        self._dropped += 1

    def save(self, now: float) -> None:
        """Write the blocks and the place. Raises DatabaseError. `now`: Unix seconds."""
        with transaction.atomic():
            keys = save_history(self.node, self._history, self._dropped)
            JournalPosition.objects.filter(node=self.node).update(frame_id=self.next_id)
        self._history.written(keys, now)
        self.kept_id, self._dropped = self.next_id, 0

    def _begin_with(self, frame: Frame) -> None:
        self._is_begun = True
        self._sampler.begin_with(frame)

    def _frame(self, data: bytes, entry_id: str) -> Frame | None:
        """Read a Frame, with its time by the console's clock; None for one that is not this Node's, or is
        of an algorithm that this version does not know."""
        try:
            frame = self._decoder.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        if frame.v != 1 or frame.node_id != self.node.ulid or frame.algorithm not in ALGORITHMS:
            return None
        seen_at = seconds_of(entry_id) - self.broker_off_s
        return msgspec.structs.replace(frame, at=self._clock.shifted(frame.at, seen_at))


def is_dated_by_broker(entry_id: str, broker_at: float) -> bool:
    """Whether the broker, whose clock reads `broker_at`, can have given this id. A Node may choose the ids itself."""
    return len(entry_id) <= _LONGEST_ID and seconds_of(entry_id) <= broker_at + MOST_AHEAD_S


def seconds_of(entry_id: str) -> float:
    """When the broker got an entry, Unix seconds by its clock."""
    return int(entry_id.partition("-")[0]) / 1000.0

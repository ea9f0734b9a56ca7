"""Journal lines → rows, inside the caller's transaction. A line that cannot become one is counted, never fatal."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import DataError, IntegrityError, InterfaceError, OperationalError, transaction

from mining.models import Event, LinkEvent, Node, Share
from mining.services.plans import receipt_record
from mining.telemetry.journal_files import JournalLine, decode_line
from mining.telemetry.recorder.sentences import entry_of
from mining.telemetry.recorder.sessions import epoch_began, epoch_ended, session_told
from mining.telemetry.recorder.told import PlanTold, SessionTold, ShareTold, StartTold, SummaryTold, Told, told_of

_LOG = logging.getLogger(__name__)
BAD_LINE = (DataError, IntegrityError, ValueError, TypeError, OverflowError)
"""What a database or Django says of a value that it cannot keep."""


def write_lines(node: Node, lines: Sequence[bytes]) -> int:
    """Write the rows of `lines`; returns how many lines could not be read. Raises DatabaseError when nothing can be
    written; then the caller's transaction is of no use any more."""
    try:
        with transaction.atomic():
            return _write(node, lines)
    except BAD_LINE:
        return sum(_write_one(node, line) for line in lines)


def _write_one(node: Node, line: bytes) -> int:
    try:
        with transaction.atomic():
            return _write(node, [line])
    except BAD_LINE:
        return 1


def _write(node: Node, lines: Sequence[bytes]) -> int:
    batch = _Batch(node)
    for data in lines:
        line = decode_line(data)
        told = told_of(line.told) if line is not None else None
        if line is None or told is None:
            batch.unreadable += 1
        else:
            batch.add(line, told)
    batch.save()
    return batch.unreadable


class _Batch:
    """Rows that are kept back for one statement each."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.unreadable = 0
        self._shares: list[Share] = []
        self._links: list[LinkEvent] = []
        self._events: list[Event] = []

    def add(self, line: JournalLine, told: Told) -> None:
        """Make what the line tells."""
        at = moment(line.at)
        if isinstance(told, ShareTold):
            self._shares.append(_share(self._node, line, told))
        elif isinstance(told, SessionTold):
            self._links.append(_link_event(self._node, line, told))
            session_told(self._node, line.epoch, at, told)
        elif isinstance(told, PlanTold):
            self.unreadable += not _receipt(self._node, told, at)
        else:
            if isinstance(told, StartTold):
                self.save()  # the end of what went before is read from the rows
                epoch_began(self._node, line.epoch, at)
            elif isinstance(told, SummaryTold):
                epoch_ended(self._node, line.epoch, at, told.reason or "")
            if (entry := entry_of(told)) is not None:
                self._events.append(_event(self._node, line, entry.kind, entry.level, entry.sentence))

    def save(self) -> None:
        """Write them. A line that is in rows already is passed over."""
        Share.objects.bulk_create(self._shares, ignore_conflicts=True)
        LinkEvent.objects.bulk_create(self._links, ignore_conflicts=True)
        Event.objects.bulk_create(self._events, ignore_conflicts=True)
        self._shares, self._links, self._events = [], [], []


def moment(at: float) -> datetime:
    """Unix seconds as an aware time."""
    return datetime.fromtimestamp(at, UTC)


def _receipt(node: Node, told: PlanTold, at: datetime) -> bool:
    """Hand a receipt to the plans; False when they cannot take it: shares do not wait for that."""
    words = {"version": told.version, "digest": told.digest, "state": told.state, "reason": told.reason or ""}
    try:
        with transaction.atomic():
            receipt_record(node, **words, at=at)  # type: ignore[arg-type]
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        _LOG.warning("the receipt of plan %d (%s) was not recorded: %s", told.version, told.state, error)
        return False
    return True


def _share(node: Node, line: JournalLine, told: ShareTold) -> Share:
    return Share(
        node=node,
        epoch=line.epoch,
        serial=line.serial,
        at=moment(line.at),
        found_at=None if told.found_unix_s is None else moment(told.found_unix_s),
        outcome=told.outcome,
        reason=(told.reason or "")[:40],
        detail=(told.detail or "")[:300],
        algorithm=told.algorithm[:16],
        coin=told.coin[:24],
        endpoint=told.endpoint[:280],
        session_generation=told.session,
        generation=told.generation,
        job_id=(told.job or "")[:120],
        height=told.height,
        nonce="" if told.nonce is None else f"{told.nonce:08x}"[:16],
        core=told.core,
        difficulty=told.difficulty,
        pool_difficulty=told.pool_difficulty,
        rtt_ms=told.rtt_ms,
        check_ms=told.check_ms,
        job_age_s=told.job_age_s,
        plan_version=told.plan_version,
    )


def _link_event(node: Node, line: JournalLine, told: SessionTold) -> LinkEvent:
    return LinkEvent(
        node=node,
        epoch=line.epoch,
        serial=line.serial,
        at=moment(line.at),
        link=told.link[:16],
        endpoint=(told.endpoint or "")[:280],
        cause=(told.cause or "")[:400],
    )


def _event(node: Node, line: JournalLine, kind: str, level: str, sentence: str) -> Event:
    return Event(
        at=moment(line.at),
        level=level,
        kind=kind,
        sentence=sentence[:400],
        actor=f"node {node.name}"[:150],
        node=node,
        epoch=line.epoch,
        serial=line.serial,
    )

"""The sentences of a Node's own events in the event log, from what its journal tells."""

from __future__ import annotations

from dataclasses import dataclass

from mining.telemetry.recorder.told import AlgorithmTold, LogTold, StartTold, SummaryTold, WorkerTold

NodeTold = StartTold | SummaryTold | LogTold | WorkerTold | AlgorithmTold


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the event log."""

    kind: str
    level: str
    sentence: str


def entry_of(told: NodeTold) -> Entry | None:
    """The entry that an event makes; None for one that nobody needs to read again."""
    match told:
        case StartTold():
            what = f"{told.coin or 'nothing'} ({told.algorithm or '–'}) at {told.endpoint or '–'}"
            return Entry("node.started", "info", f"Started to mine {what} for {told.payee.address_masked or '–'}")
        case SummaryTold():
            shares = f"{told.accepted} accepted, {told.rejected} rejected, {told.stale} stale, {told.lost} lost"
            return Entry("node.ended", "info", f"Ended: {told.reason or 'no reason given'} ({shares} shares)")
        case LogTold(level="info"):
            return None
        case LogTold():
            return Entry(f"node.{told.level}", told.level, told.sentence)
        case AlgorithmTold():
            gap = f", {told.gap_s:.2f} s without hashing" if told.gap_s is not None else ""
            return Entry("node.algorithm", "info", f"Changed from {told.before or '–'} to {told.after or '–'}{gap}")
        case WorkerTold():
            return _worker_entry(told)


def _worker_entry(told: WorkerTold) -> Entry | None:
    ended = f" after {told.exit}" if told.exit else ""
    match told.state:
        case "failed":
            return Entry("core.failed", "error", f"Core {told.core} failed{ended}")
        case "quarantined":
            return Entry("core.quarantined", "error", f"Core {told.core} computed wrong hashes and was put aside")
        case "starting" if told.restarts:
            return Entry("core.restarted", "warning", f"Core {told.core} was started again{ended} ({told.restarts})")
        case _:
            return None

"""Events as sentences for people: the one place that words them, for plain lines, the log file and the live view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from mining.telemetry.frame import Frame, Luck, Payee
from mining.terminal.events import (
    AlgorithmEvent,
    Event,
    JobEvent,
    LogEvent,
    SessionEvent,
    ShareEvent,
    StartEvent,
    SummaryEvent,
    WorkerEvent,
)
from mining.terminal.figures import (
    UNKNOWN,
    format_age,
    format_count,
    format_difficulty,
    format_duration,
    format_hashrate,
    format_milliseconds,
    format_odds,
    format_percent,
)
from mining.terminal.text import clean

OFFLINE_BANNER = "OFFLINE: nothing is earned"
UNLIKELY = 0.05
_SHARE_SEVERITY = {"accepted": "ok", "rejected": "error", "stale": "warning", "lost": "warning"}
_LINK_SEVERITY = {"ready": "ok", "down": "error"}
_LOG_SEVERITY = {"warning": "warning", "error": "error", "critical": "error"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line for a person. `topic` says what it is about, `severity` is ok, info, warning or error."""

    topic: str
    severity: str
    text: str


def payee_sentence(payee: Payee | None, coin: str | None) -> str:
    """Who is mined for and who said so: "Mining XMR to 48edfH…oD, from mining_config.env"."""
    what = f"Mining {coin}" if coin else "Mining"
    if payee is None:
        return clean(f"{what} to {UNKNOWN} (payee not known yet)")
    if payee.source == "offline":
        return clean(f"{what} for {payee.address_masked or 'nobody'}")
    source = f", from {payee.source}" if payee.source else ""
    return clean(f"{what} to {payee.address_masked or 'nobody'}{source}")


def sentence_of(event: Event) -> Sentence | None:
    """Word one event; None for those that are shown in another way (summary)."""
    match event:
        case StartEvent():
            return _start(event)
        case JobEvent():
            return _job(event)
        case ShareEvent():
            return _share(event)
        case SessionEvent():
            return _session(event)
        case WorkerEvent():
            return _worker(event)
        case AlgorithmEvent():
            gap = f", gap {format_duration(event.gap_s)}" if event.gap_s is not None else ""
            change = f"{event.before or UNKNOWN} → {event.after or UNKNOWN}{gap}"
            return Sentence("algorithm", "info", clean(change))
        case LogEvent():
            return Sentence("note", _LOG_SEVERITY.get((event.level or "").lower(), "info"), clean(event.sentence))
        case SummaryEvent():
            return None
        case _:
            assert_never(event)


def _start(event: StartEvent) -> Sentence:
    parts = [f"MinerConsole {event.version or UNKNOWN}", event.algorithm or "", event.endpoint or ""]
    if event.node_id:
        parts.append(f"node {event.node_id}")
    return Sentence("start", "info", clean(", ".join(part for part in parts if part)))


def _job(event: JobEvent) -> Sentence:
    parts = [f"height {event.height}"] if event.height is not None else []
    parts += [f"difficulty {format_difficulty(event.difficulty)}", event.algorithm or "", event.endpoint or ""]
    return Sentence("job", "info", clean(", ".join(part for part in parts if part)))


def _share(event: ShareEvent) -> Sentence:
    is_said_twice = (event.reason or "").lower() == (event.detail or "").lower()
    why = ": ".join(part for part in (event.reason, None if is_said_twice else event.detail) if part)
    facts = [f"difficulty {format_difficulty(event.difficulty)}"]
    if event.core is not None:
        facts.append(f"core {event.core}")
    if event.rtt_ms is not None:
        facts.append(format_milliseconds(event.rtt_ms))
    if event.job_age_s is not None:
        facts.append(f"job {format_age(event.job_age_s)} old")
    head = f"{event.outcome} ({why})" if why else event.outcome
    return Sentence("share", _SHARE_SEVERITY.get(event.outcome, "info"), clean(f"{head}, {', '.join(facts)}"))


def _session(event: SessionEvent) -> Sentence:
    is_named = event.endpoint and event.cause and event.endpoint in event.cause
    where = f" {event.endpoint}" if event.endpoint and not is_named else ""
    cause = f": {event.cause}" if event.cause else ""
    return Sentence("link", _LINK_SEVERITY.get(event.link, "info"), clean(f"{event.link}{where}{cause}"))


def _worker(event: WorkerEvent) -> Sentence:
    exited = f", exit {event.exit}" if event.exit not in (None, "", "done") else ""
    restarts = f", {count_of(event.restarts, 'restart')} so far" if event.restarts else ""
    severity = "warning" if exited or event.state in ("failed", "quarantined") else "info"
    core = UNKNOWN if event.core is None else event.core
    return Sentence("worker", severity, clean(f"core {core} {event.state or UNKNOWN}{exited}{restarts}"))


def count_of(count: int | None, noun: str) -> str:
    """A count with its noun: "1 restart", "2 restarts"."""
    return f"{format_count(count)} {noun}" + ("" if count == 1 else "s")


def luck_parts(luck: Luck) -> list[str]:
    """Luck told apart from fault: "as expected", or how rarely chance alone does this (two-sided Poisson)."""
    if luck.p_value is None:
        return ["too early to tell"]
    figures = f"{format_count(luck.observed)} found, {luck.expected:.1f} expected"
    if luck.p_value >= UNLIKELY:
        return ["as expected", figures]
    kind = "bad luck" if luck.observed < luck.expected else "good luck"
    return [f"{format_odds(luck.p_value)} {kind}", figures]


def next_share_parts(frame: Frame) -> list[str]:
    """The waiting time for the next share: its median and the interval that holds 90 of 100 waits."""
    wait = frame.next_share_s
    if wait is None:
        return [UNKNOWN]
    interval = f"{format_duration(wait.p05)} to {format_duration(wait.p95)}"
    return [f"share in {format_duration(wait.p50)} (median)", f"5–95 %: {interval}"]


def rate_sentence(frame: Frame) -> Sentence:
    """The periodic line: rates, shares and intensity; while preparing, how far the dataset is."""
    if frame.memory.progress is not None:
        return Sentence("dataset", "info", f"{format_percent(100 * frame.memory.progress)} built")
    rates, shares = frame.hashrate_hps, frame.shares
    text = (
        f"{format_hashrate(rates.s10)} (10 s), {format_hashrate(rates.s60)} (60 s), {format_hashrate(rates.m15)}"
        f" (15 min), {shares.accepted} accepted, {shares.rejected} rejected, {shares.stale} stale, {shares.lost} lost,"
        f" {shares.in_flight} in flight, {frame.state}"
    )
    return Sentence("rate", "info", clean(text))


def summary_lines(summary: SummaryEvent | None, payee: str, *, offline: bool) -> list[str]:
    """The block at the end of a run; says so when the engine ended without a summary."""
    lines = ["Summary", f"  {payee}"]
    if offline:
        lines.append(f"  {OFFLINE_BANNER}")
    if summary is None:
        return [*lines, "  The engine ended without a summary."]
    rate = f"{format_count(summary.hashes)} hashes in {format_duration(summary.seconds)}"
    outcomes = ", ".join(
        f"{format_count(value)} {word}"
        for word, value in (
            ("accepted", summary.accepted),
            ("rejected", summary.rejected),
            ("stale", summary.stale),
            ("lost", summary.lost),
        )
    )
    engine = (
        f"{count_of(summary.restarts, 'worker restart')}, {count_of(summary.reauths, 'new login')},"
        f" {count_of(summary.failovers, 'failover')}, dataset built in {format_duration(summary.dataset_seconds)}"
    )
    rows = (
        ("Rate", f"{format_hashrate(summary.hashrate_hps)}, {rate}"),
        ("Shares", f"{format_count(summary.found)} found: {outcomes}"),
        ("Checked", f"{count_of(summary.candidates, 'candidate')}, {format_count(summary.invalid)} invalid"),
        ("Engine", engine),
        ("Ended", clean(summary.reason or UNKNOWN)),
    )
    return [*lines, *(f"  {label:<9}{text}" for label, text in rows)]

"""The rows of a Frame: rates, shares, next share, luck, job, link, CPU, memory. Pure: Frame → Lines."""

from __future__ import annotations

from mining.telemetry.frame import Frame
from mining.terminal.figures import (
    UNKNOWN,
    format_age,
    format_count,
    format_difficulty,
    format_duration,
    format_frequency,
    format_hashrate,
    format_milliseconds,
    format_percent,
    format_ratio,
    format_temperature,
)
from mining.terminal.sentences import UNLIKELY, count_of, luck_parts, next_share_parts
from mining.terminal.text import LABEL_WIDTH, MARGIN, Line, bar, clean, row

_LINK_STYLE = {"ready": "ok", "down": "error"}
_RATE_WIDTH = len("342.1 kH/s")
_NO_DATASET = "scratchpads only"
_WORST_FIRST = {"error": 0, "warning": 1}


def rate_row(frame: Frame, width: int) -> Line:
    rates = frame.hashrate_hps
    items: list[Line] = []
    for rate, window, style in ((rates.s10, "10 s", "value"), (rates.s60, "60 s", ""), (rates.m15, "15 min", "")):
        text = format_hashrate(rate)
        # padded behind the window, so that a rate with more digits moves nothing beside it
        items.append([(text, style), (f" {window}{'':{max(_RATE_WIDTH - len(text), 0)}}", "dim")])
    if rates.s60 is not None and frame.expected_hps:
        items.append([(format_ratio(rates.s60, frame.expected_hps), ""), (" of expected", "dim")])
    return row("Rate", items, width, gap=2)


def shares_row(frame: Frame, width: int) -> Line:
    shares = frame.shares
    counts = (
        (shares.accepted, "accepted", "ok"),
        (shares.rejected, "rejected", "rejected"),
        (shares.stale, "stale", "warning"),
        (shares.lost, "lost", "warning"),
        (shares.in_flight, "in flight", ""),
    )
    items: list[Line] = [
        [(format_count(count), style if count else "dim"), (f" {word}", "dim")] for count, word, style in counts
    ]
    return row("Shares", items, width)


def reasons_row(frame: Frame, width: int) -> Line | None:
    """Why shares were not accepted, most frequent first; None when all were."""
    reasons = sorted(frame.shares.by_reason.items(), key=lambda item: (-item[1], item[0]))
    if not reasons:
        return None
    return row("", [[(f"{format_count(count)} × {clean(reason)}", "rejected")] for reason, count in reasons], width)


def next_row(frame: Frame, width: int) -> Line:
    return row("Next", [[(part, "")] for part in next_share_parts(frame)], width)


def luck_row(frame: Frame, width: int) -> Line:
    p_value = frame.luck.p_value
    style = "warning" if p_value is not None and p_value < UNLIKELY else ""
    return row("Luck", [[(part, "" if number else style)] for number, part in enumerate(luck_parts(frame.luck))], width)


def job_row(frame: Frame, width: int) -> Line:
    job = frame.job
    if job is None:
        return row("Job", [[("none yet", "dim")]], width)
    items: list[Line] = [[("height ", "dim"), (str(job.height), "")]] if job.height is not None else []
    items.append([("difficulty ", "dim"), (format_difficulty(frame.session.difficulty), "")])
    items.append([(clean(job.algorithm), "")])
    items.append([(format_age(job.age_s), ""), (" old", "dim")])
    return row("Job", items, width)


def link_row(frame: Frame, width: int) -> Line:
    session = frame.session
    style = _LINK_STYLE.get(session.link, "info")
    items: list[Line] = [[(clean(session.link), style)], [(clean(session.endpoint or session.pool or UNKNOWN), "")]]
    if session.link != "ready" and session.last_cause:
        return row("Link", [*items, [(clean(session.last_cause), "warning")]], width)
    if session.rtt_ms is not None:
        items.append([(format_milliseconds(session.rtt_ms), "")])
    if session.tls:
        items.append([("TLS", "")])
    if session.standby:
        items.append([("standby ", "dim"), (clean(session.standby), "")])
    return row("Link", items, width)


def cpu_row(frame: Frame, width: int) -> Line:
    items: list[Line] = [[("intensity ", "dim"), (f"{frame.intensity.commanded} %", "")]]
    if frame.intensity.achieved is not None:
        items.append([(format_percent(frame.intensity.achieved), ""), (" achieved", "dim")])
    hottest = max((core.temperature_c for core in frame.cores if core.temperature_c is not None), default=None)
    if hottest is not None:
        items.append([(format_temperature(hottest), "")])
    clocks = [core.frequency_mhz for core in frame.cores if core.frequency_mhz is not None]
    if clocks:
        items.append([(format_frequency(sum(clocks) / len(clocks)), "")])
    if frame.system.load1 is not None:
        items.append([("load ", "dim"), (f"{frame.system.load1:.2f}", "")])
    return row("CPU", items, width)


def memory_row(frame: Frame, width: int) -> Line:
    memory = frame.memory
    mode = _NO_DATASET if memory.mode == "none" else clean(memory.mode)
    items: list[Line] = [[(mode, "warning" if memory.mode == "light" else "")], _huge_pages(frame)]
    if memory.dataset_s is not None:
        items.append([("dataset ", "dim"), (format_duration(memory.dataset_s), "")])
    if memory.workers_restarted:
        items.append([(count_of(memory.workers_restarted, "restart"), "warning")])
    else:
        items.append([("no restarts", "dim")])
    if memory.seed_gap_s is not None:
        items.append([("seed gap ", "dim"), (format_duration(memory.seed_gap_s), "")])
    return row("Memory", items, width)


def _huge_pages(frame: Frame) -> Line:
    pages = frame.memory.huge_pages
    if not pages.wanted:
        return [("no huge pages needed" if frame.memory.mode == "none" else "huge pages off", "dim")]
    full = pages.got >= pages.wanted
    kind = f" {clean(pages.kind)}" if pages.kind != "none" else ""
    return [("huge pages ", "dim"), (f"{pages.got} of {pages.wanted}{kind}", "" if full else "warning")]


def memory_reason_row(frame: Frame, width: int) -> Line | None:
    """Why the memory is not the best kind; None when it is."""
    reason = frame.memory.huge_pages.reason
    return row("", [[(clean(reason), "warning")]], width) if reason else None


def progress_row(frame: Frame, width: int) -> Line | None:
    """The dataset being built; None when none is."""
    progress = frame.memory.progress
    if progress is None:
        return None
    full, empty = bar(progress, min(max(width - MARGIN - LABEL_WIDTH - 8, 4), 50))
    percent = f"  {100 * min(max(progress, 0.0), 1.0):3.0f} %"
    return row("Dataset", [[(full, "bar"), (empty, "dim"), (percent, "value")]], width)


def connection_rows(frame: Frame, width: int) -> list[Line]:
    """Everything known about the link, the job and where each setting comes from."""
    session, job = frame.session, frame.job
    rows = [
        ("Pool", f"{session.pool or UNKNOWN}, {session.endpoint or UNKNOWN}, TLS {'on' if session.tls else 'off'}"),
        ("Session", f"{session.link}, number {session.generation}, {format_milliseconds(session.rtt_ms)} round trip"),
        ("Lost", f"last cause: {session.last_cause or 'none'}"),
        ("Again", f"{count_of(session.failovers, 'failover')}, {count_of(session.reauths, 'new login')}"),
        ("Standby", session.standby or UNKNOWN),
        ("Job id", f"{job.id}, seed {(job.seed or UNKNOWN)[:16]}" if job is not None else UNKNOWN),
        ("Node", f"{frame.node_id}, plan {frame.plan_version}"),
        ("Set by", ", ".join(f"{key}: {source}" for key, source in sorted(frame.pins.items())) or "defaults"),
    ]
    return [row(label, [[(clean(text), "")]], width) for label, text in rows]


def count_rows(frame: Frame, width: int) -> list[Line]:
    """The counts since the start, with both conservation laws spelled out."""
    shares, candidates, system = frame.shares, frame.candidates, frame.system
    total = count_of(candidates.invalid + candidates.stale + shares.found, "candidate")
    rows = [
        ("Hashes", f"{format_count(sum(core.hashes for core in frame.cores))} by the cores chosen now"),
        ("Checked", f"{total} = {candidates.invalid} invalid + {candidates.stale} stale + {shares.found} found"),
        (
            "Found",
            f"{shares.found} = {shares.accepted} accepted + {shares.rejected} rejected + {shares.stale} stale"
            f" + {shares.lost} lost + {shares.in_flight} in flight",
        ),
        ("Credit", f"difficulty accepted {format_difficulty(shares.difficulty_accepted)}"),
        ("System", f"CPU {format_percent(system.cpu_percent)}, {format_count(system.ram_free_mb)} MB RAM free"),
        ("Up", f"{format_age(system.uptime_s)}, {count_of(frame.memory.workers_restarted, 'worker restart')}"),
    ]
    return [row(label, [[(text, "")]], width) for label, text in rows]


def worst_alerts_first(frame: Frame) -> list[tuple[str, str]]:
    """(severity, sentence) of each alert."""
    alerts = sorted(frame.alerts, key=lambda alert: (_WORST_FIRST.get(alert.severity, 2), alert.since))
    return [(alert.severity, clean(alert.sentence)) for alert in alerts]

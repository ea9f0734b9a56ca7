"""Which figures of nodes, pools and sessions the admin shows live, and their texts as they were recorded last."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import timezone

from mining.admin.live import AGE, Figure, LiveRow
from mining.models import Node, Pool, PoolSession
from mining.selectors.recorded import (
    RATE_S,
    NodeRecord,
    PoolRecord,
    Tally,
    node_records,
    pool_records,
    session_tallies,
)
from mining.terminal.figures import format_age, format_count, format_difficulty, format_hashrate

ONLY_LIVE = "Known only while it runs"
ONLY_MINED = "Known only while it is mined at"

STATE = Figure("state", "Now", 12, is_word=True)
_AGE = Figure(AGE, "Age", 14, is_word=True)
_SHARES = (
    Figure("accepted", "Accepted", 7), Figure("rejected", "Rejected", 6), Figure("stale", "Stale", 6),
    Figure("lost", "Lost", 6),
)  # fmt: skip
NODE_FIGURES = (
    STATE,
    Figure("rate_now", "Rate, 10 s", 8),
    Figure("rate_60", "Rate, 60 s", 8),
    Figure("rate_15", "Rate, 15 min", 8),
    *_SHARES,
    Figure("cores", "Cores", 7),
    Figure("intensity", "Intensity", 7),
    Figure("intensity_asked", "Asked for", 7),
    Figure("link", "Link", 12, is_word=True),
    Figure("endpoint", "Jobs from", 22, is_word=True),
    Figure("latency", "Latency", 8),
    Figure("job_age", "Job age", 8),
    Figure("difficulty", "Difficulty", 9),
    Figure("next_share", "Next share, median", 8),
    Figure("heat", "Hottest core", 7),
    Figure("uptime", "Runs for", 10),
    Figure("coin", "Coin, algorithm", 22, is_word=True),
    _AGE,
)
POOL_FIGURES = (
    STATE,
    Figure("endpoint", "Endpoint", 22, is_word=True),
    Figure("rate_now", "Rate, 10 s", 8),
    Figure("job_age", "Last job", 8),
    Figure("latency", "Latency", 8),
    Figure("accepted", "Accepted", 7),
    Figure("rejected", "Rejected", 6),
    Figure("difficulty", "Difficulty", 9),
    _AGE,
)
SESSION_FIGURES = (
    STATE,
    Figure("duration", "Lasts", 10),
    *_SHARES,
    Figure("last_share", "Last share", 8),
    Figure("credited", "Credited", 8),
    Figure("rate_now", "Rate, 10 s", 8),
    Figure("latency", "Latency", 8),
    _AGE,
)


def figure_of(figures: Sequence[Figure], name: str) -> Figure:
    """The figure of a name."""
    return next(each for each in figures if each.name == name)


def node_rows(nodes: Sequence[Node]) -> dict[int, LiveRow]:
    """Nodes as they were recorded last."""
    records = node_records(nodes)
    return {node.pk: _node_row(node, records[node.pk]) for node in nodes}


def pool_rows(pools: Sequence[Pool]) -> dict[int, LiveRow]:
    """Pools as this computer mined at them last."""
    records = pool_records(pools)
    return {pool.pk: _pool_row(pool, records[pool.pk]) for pool in pools}


def session_rows(sessions: Sequence[PoolSession]) -> dict[int, LiveRow]:
    """Sessions with the shares that were recorded."""
    tallies = session_tallies(sessions)
    return {row.pk: _session_row(row, tallies[row.pk]) for row in sessions}


def _node_row(node: Node, record: NodeRecord) -> LiveRow:
    texts = {
        "state": "recorded" if node.last_frame_at is not None else "never seen",
        "rate_now": format_hashrate(record.rate_hps),
        **_counts(record.tally, is_known=record.session is not None),
    }
    kept = {"state", "rate_now", AGE, *(figure.name for figure in _SHARES)}
    titles = {figure.name: ONLY_LIVE for figure in NODE_FIGURES if figure.name not in kept}
    if record.rate_at is not None:
        titles["rate_now"] = f"Recorded at {record.rate_at:%Y-%m-%d %H:%M:%S} UTC, over {RATE_S} s"
    facts = {"ulid": node.ulid}
    return LiveRow(f"node-{node.pk}", "node", NODE_FIGURES, texts, facts, titles, node.last_frame_at)


def _pool_row(pool: Pool, record: PoolRecord) -> LiveRow:
    endpoints = [row for row in pool.endpoints.all() if row.is_enabled]
    first = endpoints[0] if endpoints else None
    session = record.session
    texts = {
        "state": "recorded" if session is not None else "never mined",
        "endpoint": first.label if first is not None else "none is on",
        **_counts(record.tally, is_known=session is not None),
    }
    titles = dict.fromkeys(("rate_now", "job_age", "latency", "difficulty"), ONLY_MINED)
    titles["endpoint"] = f"Tried first: {first.scheme}://{first.label}" if first is not None else ""
    if session is not None:
        titles |= dict.fromkeys(("accepted", "rejected"), f"Of the session of {session.started_at:%Y-%m-%d %H:%M} UTC")
    places = [[row.label, row.scheme == "stratum+ssl"] for row in pool.endpoints.all()]
    facts = {"endpoints": json.dumps(places), "coin": pool.coin.ticker}
    return LiveRow(f"pool-{pool.pk}", "pool", POOL_FIGURES, texts, facts, titles, _seen_at(session, record.tally))


def _session_row(session: PoolSession, tally: Tally) -> LiveRow:
    until = session.ended_at or session.node.last_frame_at
    duration = (until - session.started_at).total_seconds() if until is not None else None
    texts = {
        "state": "ended" if session.ended_at is not None else "open when recorded",
        "duration": format_age(max(0.0, duration)) if duration is not None else "",
        "last_share": format_age((timezone.now() - tally.last_at).total_seconds()) if tally.last_at else "",
        "credited": format_difficulty(tally.difficulty_accepted),
        **_counts(tally, is_known=True),
    }
    titles = {"rate_now": ONLY_LIVE, "latency": ONLY_LIVE, "last_share": "" if tally.last_at else "No share yet"}
    facts = {
        "node": session.node.ulid,
        "epoch": session.epoch,
        "serial": str(session.generation),
        "started": f"{session.started_at.timestamp():.3f}",
        "final": "yes" if session.ended_at is not None else "",
    }
    at = session.ended_at or session.node.last_frame_at
    return LiveRow(f"session-{session.pk}", "session", SESSION_FIGURES, texts, facts, titles, at)


def _counts(tally: Tally, *, is_known: bool) -> Mapping[str, str]:
    if not is_known:
        return {}
    return {name: format_count(getattr(tally, name)) for name in ("accepted", "rejected", "stale", "lost")}


def _seen_at(session: PoolSession | None, tally: Tally) -> datetime | None:
    if session is None:
        return None
    known = [at for at in (session.started_at, session.ended_at, tally.last_at) if at is not None]
    return max(known)

"""Reads what was recorded last of nodes, pools and sessions, for lists: in a number of queries that does not grow."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Sum

from mining.models import Node, Pool, PoolSession, RateBlock, Share
from mining.telemetry.history import TIERS, unpack

RATE_S = TIERS[0].step_s
"""Over how many seconds a recorded rate is."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How shares ended. `difficulty_accepted`: expected hashes of the accepted ones; None where two algorithms were
    mined, whose work has no common unit. `last_at`: of the newest one."""

    accepted: int = 0
    rejected: int = 0
    stale: int = 0
    lost: int = 0
    difficulty_accepted: float | None = 0.0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """A node as it was recorded last. `session`: its newest; `tally`: of that run; `rate_hps`: until `rate_at`."""

    session: PoolSession | None = None
    tally: Tally = Tally()
    rate_hps: float | None = None
    rate_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PoolRecord:
    """The newest session of this computer at any endpoint of a pool, and its shares. None: there was none."""

    session: PoolSession | None = None
    tally: Tally = Tally()


_Row = Mapping[str, Any]


def session_tallies(sessions: Iterable[PoolSession]) -> dict[int, Tally]:
    """The shares of each session, by its number. One query."""
    wanted = {(row.node_id, row.epoch, row.generation): row.pk for row in sessions}
    found: dict[int, list[_Row]] = defaultdict(list)
    for row in _counted({(node, epoch) for node, epoch, _ in wanted}, "session_generation"):
        key = wanted.get((row["node_id"], row["epoch"], row["session_generation"]))
        if key is not None:
            found[key].append(row)
    return {key: _tally(found[key]) for key in wanted.values()}


def node_records(nodes: Sequence[Node]) -> dict[int, NodeRecord]:
    """What was recorded last of each node, by its number. Three queries."""
    sessions = {row.node_id: row for row in _newest_sessions(nodes)}
    rates = _last_rates(nodes)
    counts: dict[tuple[int, str], list[_Row]] = defaultdict(list)
    for row in _counted({(session.node_id, session.epoch) for session in sessions.values()}):
        counts[row["node_id"], row["epoch"]].append(row)
    records = {}
    for node in nodes:
        session = sessions.get(node.pk)
        rate, at = rates.get(node.pk, (None, None))
        tally = _tally(counts[node.pk, session.epoch]) if session is not None else Tally()
        records[node.pk] = NodeRecord(session, tally, rate, at)
    return records


def pool_records(pools: Sequence[Pool]) -> dict[int, PoolRecord]:
    """The newest session at each pool, of its coin. Two queries, beside the pools' endpoints and coins."""
    places = {pool.pk: {(row.label, row.scheme == "stratum+ssl") for row in pool.endpoints.all()} for pool in pools}
    labels = {label for each in places.values() for label, _ in each}
    newest = (
        PoolSession.objects.filter(node__is_local=True, endpoint__in=labels)
        .values("endpoint", "is_tls", "coin")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    sessions = list(PoolSession.objects.filter(pk__in=newest))
    tallies = session_tallies(sessions)
    records = {}
    for pool in pools:
        coins = (pool.coin.ticker, "")  # "": it was not written down
        own = [row for row in sessions if (row.endpoint, row.is_tls) in places[pool.pk] and row.coin in coins]
        last = max(own, key=lambda row: row.started_at, default=None)
        records[pool.pk] = PoolRecord(last, tallies[last.pk]) if last is not None else PoolRecord()
    return records


def _newest_sessions(nodes: Sequence[Node]) -> QuerySet[PoolSession]:
    """The newest one of each node."""
    sessions = PoolSession.objects.filter(node=OuterRef("pk")).order_by("-started_at", "-pk")
    newest = Subquery(sessions.values("pk")[:1])
    keys = Node.objects.filter(pk__in=[node.pk for node in nodes]).order_by().annotate(newest=newest)
    return PoolSession.objects.filter(pk__in=keys.values("newest"))


def _counted(runs: set[tuple[int, str]], *by: str) -> Iterable[_Row]:
    """Shares of these (node, epoch), counted by outcome and algorithm."""
    rows = Share.objects.filter(node__in={node for node, _ in runs}, epoch__in={epoch for _, epoch in runs})
    groups = rows.order_by().values("node_id", "epoch", "outcome", "algorithm", *by)
    counted: Iterable[_Row] = groups.annotate(shares=Count("pk"), hashes=Sum("difficulty"), last=Max("at"))
    return counted


def _tally(rows: Sequence[_Row]) -> Tally:
    counts = dict.fromkeys(("accepted", "rejected", "stale", "lost"), 0)
    for row in rows:
        if row["outcome"] in counts:
            counts[row["outcome"]] += row["shares"]
    accepted = [row for row in rows if row["outcome"] == "accepted"]
    is_one = len({row["algorithm"] for row in accepted}) <= 1
    work = sum(row["hashes"] for row in accepted) if is_one else None
    return Tally(**counts, difficulty_accepted=work, last_at=max((row["last"] for row in rows), default=None))


def _last_rates(nodes: Sequence[Node]) -> dict[int, tuple[float, datetime]]:
    """The last bin of each node that was watched, and its end: of one algorithm, the one that was mined last."""
    blocks = RateBlock.objects.filter(step_s=RATE_S)
    newest = Subquery(blocks.filter(node=OuterRef("node")).order_by("-start").values("start")[:1])
    found: dict[int, tuple[float, datetime]] = {}
    for block in blocks.filter(node__in=[node.pk for node in nodes], start=newest).order_by("pk"):
        last, known = _last_rate(block), found.get(block.node_id)
        if last is not None and (known is None or last[1] >= known[1]):
            found[block.node_id] = last
    return found


def _last_rate(block: RateBlock) -> tuple[float, datetime] | None:
    """The last bin that was watched, and its end."""
    try:
        rates = unpack(bytes(block.data))["hashrate"]
    except ValueError:
        return None
    for index in range(len(rates) - 1, -1, -1):
        if not math.isnan(rates[index]):
            return rates[index], datetime.fromtimestamp(block.start + (index + 1) * block.step_s, UTC)
    return None

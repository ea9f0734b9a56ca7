"""What the fleet page is told: one short row for each Node, its sums, and what is known of each Node beside its Frames.

Rows are lists in the order of COLUMNS: a thousand of them go to every page each second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from mining.fleet.gist import Gist
from mining.selectors.drift import Drift, DriftKind
from mining.selectors.fleet_totals import FleetTotals, Sight

COLUMNS = (
    "id", "age_s", "state", "reason", "algorithm", "offline", "s10", "s60", "expected", "accepted", "rejected",
    "stale", "lost", "link", "pool", "plan", "alerts", "severity", "alert",
)  # fmt: skip
"""`alerts`: how many; `severity` and `alert`: of the worst one. Everything but `id` is null before the first Frame."""
_SEVERITIES = ("error", "warning", "info")
_LONGEST_TEXT = 200  # characters: a Node wrote it, and every row goes to every page
_NOTHING = [None] * (len(COLUMNS) - 2)


@dataclass(frozen=True, slots=True)
class Card:
    """What the console knows of a Node beside its Frames. `member`: "", or why it gets nothing (left, cloned)."""

    id: str
    name: str
    is_local: bool
    group: str
    tags: list[str]
    cpu: str
    threads: int | None
    version: str
    member: str
    drift: str
    drift_sentence: str


def row_of(sight: Sight) -> list[object]:
    """Return the row of one Node."""
    age_s = None if sight.age_s is None else round(sight.age_s, 1)
    gist = sight.gist
    if gist is None:
        return [sight.ulid, age_s, *_NOTHING]
    rates, shares = gist.hashrate_hps, gist.shares
    return [
        sight.ulid, age_s, _cut(gist.state), _cut(gist.state_reason), _cut(gist.algorithm), gist.offline,
        _short(rates.s10), _short(rates.s60), _short(gist.expected_hps), shares.accepted, shares.rejected, shares.stale,
        shares.lost, _cut(gist.session.link), _cut(gist.session.pool or gist.session.endpoint), gist.plan_version,
        *_alerts(gist),
    ]  # fmt: skip


def sums_of(totals: FleetTotals) -> dict[str, object]:
    """Return the sums as pages get them."""
    presence = {state.value: count for state, count in totals.presence.items()}
    return {"nodes": totals.nodes, "presence": presence, "algorithms": [asdict(each) for each in totals.algorithms]}


def cards_of(drifts: Iterable[Drift]) -> list[Card]:
    """Return one for each Node; the rows come from `places_of_nodes`."""
    return [_card(drift) for drift in drifts]


def _card(drift: Drift) -> Card:
    node = drift.node
    access = getattr(node, "access", None)
    return Card(
        id=node.ulid,
        name=node.name,
        is_local=node.is_local,
        group=drift.group,
        tags=sorted(tag.name for tag in node.tags.all()),
        cpu=str(node.hardware.get("cpu") or ""),
        threads=node.hardware.get("threads"),
        version=node.version,
        member="" if access is None or access.state == "member" else access.state,
        drift="" if drift.kind is DriftKind.SAME else drift.kind.value,
        drift_sentence=drift.sentence,
    )


def _alerts(gist: Gist) -> tuple[int, str | None, str | None]:
    if not gist.alerts:
        return 0, None, None
    worst = min(gist.alerts, key=lambda each: _SEVERITIES.index(each.severity) if each.severity in _SEVERITIES else 9)
    return len(gist.alerts), _cut(worst.severity), _cut(worst.sentence)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def _short(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 1)

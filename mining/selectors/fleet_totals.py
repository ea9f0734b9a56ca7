"""What a fleet does now, in sums: the one place where figures of several Nodes are added.

Only Nodes whose newest Frame is live or late count. Rates of two algorithms have no common unit and are never added.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mining.fleet.gist import Gist
from mining.fleet.presence import Presence, presence_of
from mining.telemetry.frame import Rates


@dataclass(frozen=True, slots=True)
class Sight:
    """One Node as it is seen now. `age_s`: of its newest Frame by our clock; None when it never sent one."""

    ulid: str
    age_s: float | None = None
    gist: Gist | None = None

    @property
    def presence(self) -> Presence:
        """How sure the figures are."""
        return presence_of(self.age_s)


@dataclass(slots=True)
class AlgorithmTotal:
    """Sums over the counted Nodes of one algorithm. `demonstrations`: how many of them earn nothing (offline).

    A rate is null until one of the Nodes has measured it; `unmeasured` Nodes have no mean of ten seconds yet. Shares
    are those of each Node's present run.
    """

    algorithm: str
    nodes: int = 0
    mining: int = 0
    demonstrations: int = 0
    unmeasured: int = 0
    s10: float | None = None
    s60: float | None = None
    m15: float | None = None
    found: int = 0
    accepted: int = 0
    rejected: int = 0
    stale: int = 0
    lost: int = 0
    in_flight: int = 0
    difficulty_accepted: int = 0

    def add(self, gist: Gist) -> None:
        """Count one Node."""
        self.nodes += 1
        self.mining += gist.state == "mining"
        self.demonstrations += gist.offline
        self._add_rates(gist.hashrate_hps)
        for name in ("found", "accepted", "rejected", "stale", "lost", "in_flight", "difficulty_accepted"):
            setattr(self, name, getattr(self, name) + getattr(gist.shares, name))

    def _add_rates(self, rates: Rates) -> None:
        self.unmeasured += rates.s10 is None
        for name in ("s10", "s60", "m15"):
            rate = getattr(rates, name)
            if rate is not None:
                setattr(self, name, (getattr(self, name) or 0.0) + rate)


@dataclass(frozen=True, slots=True)
class FleetTotals:
    """`presence`: Nodes in each state, all states named. `algorithms`: in the order of their names."""

    presence: dict[Presence, int]
    algorithms: list[AlgorithmTotal] = field(default_factory=list)

    @property
    def nodes(self) -> int:
        """All Nodes."""
        return sum(self.presence.values())


def running_plans(sights: Iterable[Sight]) -> dict[str, int]:
    """Return the version of the plan that each Node runs, by its ULID, of those that are seen now."""
    return {each.ulid: each.gist.plan_version for each in sights if each.gist is not None and each.presence.is_counted}


def fleet_totals(sights: Iterable[Sight]) -> FleetTotals:
    """Add up what is seen now."""
    presence = dict.fromkeys(Presence, 0)
    sums: dict[str, AlgorithmTotal] = {}
    for sight in sights:
        state = sight.presence
        presence[state] += 1
        if state.is_counted and sight.gist is not None:
            name = sight.gist.algorithm
            sums.setdefault(name, AlgorithmTotal(name)).add(sight.gist)
    return FleetTotals(presence, [sums[name] for name in sorted(sums)])

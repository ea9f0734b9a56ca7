"""What a fleet does now, as the API shows it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Self

from ninja import Schema

from mining.selectors.fleet_totals import AlgorithmTotal, FleetTotals


class FleetRates(Schema):
    """Hashes per second, means of ten seconds, a minute, a quarter of an hour; null until one node measured it."""

    s10: float | None
    s60: float | None
    m15: float | None


class FleetShares(Schema):
    """Shares of each node's present run."""

    found: int
    accepted: int
    rejected: int
    stale: int
    lost: int
    in_flight: int
    difficulty_accepted: int


class AlgorithmTotalOut(Schema):
    """Sums over the nodes of one algorithm that are live or late."""

    algorithm: str
    nodes: int
    mining: int
    demonstrations: int
    unmeasured: int
    hashrate_hps: FleetRates
    shares: FleetShares

    @classmethod
    def of(cls, total: AlgorithmTotal) -> Self:
        """As it is shown."""
        known = asdict(total)
        counted = {name: known[name] for name in ("algorithm", "nodes", "mining", "demonstrations", "unmeasured")}
        rates = FleetRates(**{name: known[name] for name in FleetRates.model_fields})
        shares = FleetShares(**{name: known[name] for name in FleetShares.model_fields})
        return cls(**counted, hashrate_hps=rates, shares=shares)


class FleetTotalsOut(Schema):
    """All nodes by presence (live, late, stale, offline, never), and the sums of those that count."""

    nodes: int
    presence: dict[str, int]
    algorithms: list[AlgorithmTotalOut]

    @classmethod
    def of(cls, totals: FleetTotals) -> Self:
        """As it is shown."""
        presence = {state.value: count for state, count in totals.presence.items()}
        return cls(
            nodes=totals.nodes, presence=presence, algorithms=[AlgorithmTotalOut.of(each) for each in totals.algorithms]
        )

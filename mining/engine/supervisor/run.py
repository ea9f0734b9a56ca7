"""Run: the totals of one Supervisor from its start to its end, over all its stretches of mining. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from mining.engine.jobs import OutcomeKind
from mining.engine.tally import Tally
from mining.errors import ExitCode


@dataclass(frozen=True, slots=True)
class StretchTotals:
    """What one stretch of mining came to. `seconds`: from its first hash to its drain. `generation`: its last one.
    `last_hash_at`: monotonic seconds, None without a hash."""

    seconds: float = 0.0
    hashes: int = 0
    restarts: int = 0
    expected_shares: float = 0.0
    generation: int = 0
    algorithm: str = ""
    last_hash_at: float | None = None


@dataclass(slots=True)
class Run:
    """Sums of the stretches that have ended; the tally counts through. `reason`, `exit_code`: why and how it ended.

    `by_algorithm`: seconds and hashes of each; hash rates of different algorithms are never added.
    """

    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0
    hashes: int = 0
    restarts: int = 0
    reauths: int = 0
    failovers: int = 0
    expected_shares: float = 0.0
    generation: int = 0
    dataset_seconds: float | None = None
    by_algorithm: dict[str, tuple[float, int]] = field(default_factory=dict)
    reason: str = ""
    exit_code: ExitCode = ExitCode.DONE

    def add(self, stretch: StretchTotals) -> None:
        """A stretch has ended. The time between two of them belongs to none."""
        self.seconds += stretch.seconds
        self.hashes += stretch.hashes
        self.restarts += stretch.restarts
        self.expected_shares += stretch.expected_shares
        self.generation = max(self.generation, stretch.generation)
        if stretch.hashes:
            seconds, hashes = self.by_algorithm.get(stretch.algorithm, (0.0, 0))
            self.by_algorithm[stretch.algorithm] = seconds + stretch.seconds, hashes + stretch.hashes

    def broken_laws(self) -> list[str]:
        """What does not add up after a drain, when nothing may be under way any more; always empty."""
        tally = self.tally
        laws = tally.broken_laws()
        if tally.checking or tally.in_flight:
            laws.append(f"{tally.checking} being checked and {tally.in_flight} in flight after the drain")
        return laws

    def summary(self) -> dict[str, object]:
        """The fields of the `summary` event."""
        tally = self.tally
        return {
            "seconds": round(self.seconds, 3),
            "hashes": self.hashes,
            "hashrate_hps": rate_of(self.seconds, self.hashes) if len(self.by_algorithm) < 2 else None,
            "by_algorithm": {
                algorithm: {"seconds": round(seconds, 3), "hashes": hashes, "hashrate_hps": rate_of(seconds, hashes)}
                for algorithm, (seconds, hashes) in self.by_algorithm.items()
            },
            "candidates": tally.candidates,
            "invalid": tally.invalid,
            "stale_before_check": tally.stale_before_check,
            "found": tally.found,
            "accepted": tally.accepted,
            "rejected": tally.outcomes[OutcomeKind.REJECTED],
            "stale": tally.outcomes[OutcomeKind.STALE],
            "lost": tally.outcomes[OutcomeKind.LOST],
            "restarts": self.restarts,
            "reauths": self.reauths,
            "failovers": self.failovers,
            "dataset_seconds": self.dataset_seconds,
            "reason": self.reason,
            "exit_code": int(self.exit_code),
        }


def rate_of(seconds: float, hashes: int) -> float | None:
    """Hashes per second over a time, None without any time."""
    return round(hashes / seconds, 2) if seconds > 0 else None

"""Tally: candidates, shares and outcomes of one run, under the conservation laws. Pure.

candidates = invalid + stale before check + found + being checked
found = accepted + rejected + stale + lost + in flight
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from mining.engine.jobs import Job, Outcome, OutcomeKind


@dataclass(slots=True)
class Tally:
    """Absolute counts since the start of the Supervisor."""

    candidates: int = 0
    invalid: int = 0
    stale_before_check: int = 0
    checking: int = 0
    found: int = 0
    in_flight: int = 0
    outcomes: Counter[OutcomeKind] = field(default_factory=Counter)
    by_reason: Counter[str] = field(default_factory=Counter)
    accepted_work: Counter[str] = field(default_factory=Counter)

    def candidate_received(self) -> None:
        """A worker reported a nonce; it is being checked from now on."""
        self.candidates += 1
        self.checking += 1

    def candidate_stale(self) -> None:
        """Its job could not be credited any more, so it was not checked."""
        self.checking -= 1
        self.stale_before_check += 1

    def candidate_invalid(self) -> None:
        """Our own re-hash disagreed."""
        self.checking -= 1
        self.invalid += 1

    def share_found(self) -> None:
        """Our own re-hash agreed: it is a share, on its way."""
        self.checking -= 1
        self.found += 1
        self.in_flight += 1

    def share_ended(self, outcome: Outcome, job: Job) -> None:
        """Exactly one outcome for each share. The work of accepted ones is kept by algorithm: it has no common unit."""
        self.in_flight -= 1
        self.outcomes[outcome.kind] += 1
        if outcome.kind is OutcomeKind.ACCEPTED:
            self.accepted_work[job.algorithm] += job.difficulty
        elif outcome.reason:
            self.by_reason[outcome.reason] += 1

    @property
    def accepted(self) -> int:
        """Shares that ended accepted."""
        return self.outcomes[OutcomeKind.ACCEPTED]

    def broken_laws(self) -> list[str]:
        """Return the laws that do not hold; always empty, and asserted at the end of every run and test."""
        laws = []
        ended = self.invalid + self.stale_before_check + self.found + self.checking
        if self.candidates != ended:
            laws.append(f"candidates {self.candidates} != {ended}")
        ended = sum(self.outcomes.values()) + self.in_flight
        if self.found != ended:
            laws.append(f"found {self.found} != {ended}")
        return laws

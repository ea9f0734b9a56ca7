"""Tally: the conservation laws hold after every event, whatever the order."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mining.engine.jobs import Job, Outcome, OutcomeKind
from mining.engine.tally import Tally
from mining.telemetry.frames import shares_row


def a_job(difficulty: int, algorithm: str = "rx/0") -> Job:
    return Job("1", algorithm, b"blob", 1, difficulty)


class _TallyMachine(RuleBasedStateMachine):
    """Candidates come, are checked, become shares, end."""

    def __init__(self) -> None:
        super().__init__()
        self.tally = Tally()
        self.ended: list[OutcomeKind] = []
        self.credited = 0

    @rule()
    def a_candidate_comes(self) -> None:
        self.tally.candidate_received()

    @precondition(lambda self: self.tally.checking > 0)
    @rule(how=st.sampled_from(["stale", "invalid", "found"]))
    def a_check_ends(self, how: str) -> None:
        match how:
            case "stale":
                self.tally.candidate_stale()
            case "invalid":
                self.tally.candidate_invalid()
            case _:
                self.tally.share_found()

    @precondition(lambda self: self.tally.in_flight > 0)
    @rule(kind=st.sampled_from(OutcomeKind), reason=st.sampled_from(["", "low"]), difficulty=st.integers(1, 9))
    def a_share_ends(self, kind: OutcomeKind, reason: str, difficulty: int) -> None:
        self.tally.share_ended(Outcome(kind, reason), a_job(difficulty))
        self.ended.append(kind)
        self.credited += difficulty if kind is OutcomeKind.ACCEPTED else 0

    @invariant()
    def the_laws_hold(self) -> None:
        assert self.tally.broken_laws() == []

    @invariant()
    def only_accepted_shares_are_credited(self) -> None:
        assert self.tally.accepted == self.ended.count(OutcomeKind.ACCEPTED)
        assert self.tally.accepted_work.total() == self.credited
        assert sum(self.tally.by_reason.values()) <= len(self.ended) - self.tally.accepted

    @invariant()
    def the_frame_keeps_the_law_of_found_shares(self) -> None:
        _, row = shares_row(self.tally, "rx/0")
        assert row.found == row.accepted + row.rejected + row.stale + row.lost + row.in_flight


TestTallyLaws = _TallyMachine.TestCase
TestTallyLaws.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)


def test_the_work_of_two_algorithms_is_never_added() -> None:
    tally = Tally()
    for job in (a_job(5), a_job(70, "scrypt"), a_job(6)):
        tally.candidate_received()
        tally.share_found()
        tally.share_ended(Outcome(OutcomeKind.ACCEPTED), job)
    assert shares_row(tally, "rx/0")[1].difficulty_accepted == 11
    assert shares_row(tally, "scrypt")[1].difficulty_accepted == 70


def test_a_broken_law_is_told_with_its_numbers() -> None:
    assert Tally(candidates=3, found=1, in_flight=1).broken_laws() == ["candidates 3 != 1"]
    assert Tally(candidates=2, found=2).broken_laws() == ["found 2 != 0"]


def test_reasons_are_counted_for_shares_that_were_not_accepted() -> None:
    tally = Tally()
    for kind, reason in ((OutcomeKind.ACCEPTED, "ok"), (OutcomeKind.STALE, "late"), (OutcomeKind.STALE, "late")):
        tally.candidate_received()
        tally.share_found()
        tally.share_ended(Outcome(kind, reason), a_job(5))
    assert dict(tally.by_reason) == {"late": 2} and tally.accepted_work == {"rx/0": 5}
    _, row = shares_row(tally, "rx/0")
    assert (row.accepted, row.stale, row.by_reason) == (1, 2, {"late": 2})

"""The dispatcher and candidates: each is stale, invalid or found, and what is found ends exactly once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.engine.dispatcher import with_nonce
from mining.engine.jobs import Outcome, OutcomeKind, Share
from mining.engine.verifier import VerifyAnswer
from tests.unit.engine.dispatch_bench import EASY, OTHER_SEED, DispatchBench, make_job
from tests.unit.engine.fake_crew import FakeCrew, Request, agreeing, disagreeing


@pytest.fixture
async def bench(crew: FakeCrew) -> DispatchBench:
    """Job `one` is mined as generation 1."""
    made = DispatchBench(crew)
    await made.mine(make_job("one"))
    return made


def _ended(bench: DispatchBench) -> bool:
    return bench.tally.checking == 0 and bench.tally.in_flight == 0


async def test_a_confirmed_candidate_is_submitted_once_as_it_was_found(bench: DispatchBench) -> None:
    bench.crew.verifier.judge = lambda request: VerifyAnswer(1, True, EASY, b"\x05" * 32)
    bench.find(0xABCDEF, core=11)
    await bench.until(lambda: bool(bench.outcomes))
    (share,) = bench.source.submitted
    assert (share.generation, share.job.job_id, share.nonce, share.core) == (1, "one", 0xABCDEF, 11)
    assert (share.hash, share.raw_hash) == (EASY, b"\x05" * 32)
    ((told, outcome, age),) = bench.outcomes
    assert told is share and outcome.kind is OutcomeKind.ACCEPTED and age >= 0
    assert (bench.tally.found, bench.tally.accepted, dict(bench.tally.accepted_work)) == (1, 1, {"rx/0": 10})
    assert bench.tally.broken_laws() == []


async def test_the_verifier_gets_the_whole_input_and_who_found_it(bench: DispatchBench) -> None:
    bench.find(7, core=11, result=b"\x09" * 32)
    await bench.until(lambda: bool(bench.crew.verifier.requests))
    (request,) = bench.crew.verifier.requests
    assert (request.epoch, request.algorithm, request.core, request.claimed) == (1, 1, 11, b"\x09" * 32)
    assert request.blob == with_nonce(make_job("one"), 7)


async def test_a_wrong_hash_is_invalid_counted_against_its_core_and_never_sent(bench: DispatchBench) -> None:
    bench.crew.verifier.judge = disagreeing
    bench.find(1, core=11)
    await bench.until(lambda: bool(bench.invalid))
    assert bench.crew.wrong_cores == [11] and bench.invalid == [11]
    assert bench.source.submitted == [] and (bench.tally.invalid, bench.tally.found) == (1, 0)


async def test_a_right_hash_above_the_target_is_invalid_too(bench: DispatchBench) -> None:
    high = b"\xff" * 32
    bench.crew.verifier.judge = agreeing
    bench.find(1, result=high)
    await bench.until(lambda: bench.tally.invalid == 1)
    assert bench.source.submitted == []


async def test_a_candidate_of_a_job_that_cannot_be_credited_is_stale_without_a_re_hash(bench: DispatchBench) -> None:
    bench.source.stale.add("one")
    bench.find(1)
    assert bench.tally.stale_before_check == 1 and bench.crew.verifier.requests == []


@pytest.mark.parametrize("generation", [0, 2, 99])
async def test_a_candidate_of_an_unknown_generation_is_stale(bench: DispatchBench, generation: int) -> None:
    bench.find(1, generation=generation)
    assert bench.tally.stale_before_check == 1 and bench.tally.broken_laws() == []


async def test_a_late_candidate_of_the_job_before_is_checked_under_its_own_seed(bench: DispatchBench) -> None:
    await bench.mine(make_job("two", seed=OTHER_SEED))
    bench.crew.verifier.judge = agreeing
    bench.find(5, generation=1)
    await bench.until(lambda: bool(bench.outcomes))
    assert bench.crew.verifier.requests[0].epoch == 1
    assert bench.source.submitted[0].job.job_id == "one"


async def test_a_candidate_whose_seed_is_gone_for_good_is_stale(bench: DispatchBench) -> None:
    bench.crew.verifier.judge = lambda request: None
    bench.find(1)
    await bench.until(lambda: bench.tally.stale_before_check == 1)
    assert bench.source.submitted == []


async def test_of_many_candidates_for_one_block_only_the_first_costs_a_re_hash(bench: DispatchBench) -> None:
    def wins(share: Share) -> Outcome:
        bench.source.stale.add("one")
        return Outcome(OutcomeKind.ACCEPTED)

    bench.source.answer = wins
    for nonce in range(5):
        bench.find(nonce)
    await bench.until(lambda: len(bench.crew.verifier.requests) == 1)
    request = bench.crew.verifier.requests[0]
    bench.source.stale.add("one")
    request.future.set_result(agreeing(request))
    await bench.until(lambda: _ended(bench))
    assert len(bench.crew.verifier.requests) == 1 and bench.tally.stale_before_check == 4
    assert len(bench.source.submitted) == 1


async def test_a_slow_answer_of_the_source_does_not_hold_up_other_candidates(bench: DispatchBench) -> None:
    bench.crew.verifier.judge = agreeing
    bench.source.answer = lambda share: None if share.nonce == 0 else Outcome(OutcomeKind.ACCEPTED)
    for nonce in range(3):
        bench.find(nonce)
    await bench.until(lambda: len(bench.outcomes) == 2)
    assert bench.tally.in_flight == 1
    await bench.dispatcher.drain(0.0)


async def test_jobs_of_long_ago_are_forgotten_and_their_candidates_stale(bench: DispatchBench) -> None:
    for number in range(70):
        await bench.mine(make_job(f"later {number}"))
    bench.find(1, generation=1)
    assert bench.tally.stale_before_check == 1
    bench.find(1, generation=70)
    assert bench.tally.checking == 1


# --- drain ----------------------------------------------------------------------------------------------------


async def test_a_drain_waits_for_re_hash_and_answer(bench: DispatchBench) -> None:
    bench.find(1)
    draining = asyncio.create_task(bench.dispatcher.drain(5.0))
    await bench.until(lambda: len(bench.crew.verifier.requests) == 1)
    assert not draining.done()
    request = bench.crew.verifier.requests[0]
    request.future.set_result(agreeing(request))
    await draining
    assert bench.tally.accepted == 1 and _ended(bench)


async def test_a_drain_without_anything_under_way_ends_at_once(bench: DispatchBench) -> None:
    await asyncio.wait_for(bench.dispatcher.drain(60.0), timeout=30)


async def test_an_answer_that_does_not_come_in_time_is_lost(bench: DispatchBench) -> None:
    bench.crew.verifier.judge = agreeing
    bench.source.answer = lambda share: None
    bench.find(1)
    await bench.until(lambda: bool(bench.source.submitted))
    await bench.dispatcher.drain(0.02)
    assert bench.tally.outcomes[OutcomeKind.LOST] == 1 and _ended(bench)
    ((_, outcome, _),) = bench.outcomes
    assert outcome.kind is OutcomeKind.LOST and bench.tally.broken_laws() == []


async def test_candidates_that_were_not_checked_in_time_are_stale(bench: DispatchBench) -> None:
    for nonce in range(3):
        bench.find(nonce)
    await bench.dispatcher.drain(0.02)
    assert bench.tally.stale_before_check == 3 and _ended(bench) and bench.tally.broken_laws() == []


async def test_a_share_found_in_the_last_moment_of_a_drain_has_its_outcome(bench: DispatchBench) -> None:
    bench.find(1)
    await bench.until(lambda: len(bench.crew.verifier.requests) == 1)
    request = bench.crew.verifier.requests[0]
    request.future.set_result(agreeing(request))
    while not bench.tally.found:
        await asyncio.sleep(0)
    await bench.dispatcher.drain(0.0)
    assert _ended(bench) and bench.tally.broken_laws() == []
    assert len(bench.outcomes) == 1


async def test_a_candidate_that_comes_after_the_drain_is_stale(bench: DispatchBench) -> None:
    """A worker that did not park in time may leave one in its pipe."""
    await bench.dispatcher.drain(0.0)
    bench.find(1)
    for _ in range(10):
        await asyncio.sleep(0)
    assert bench.tally.stale_before_check == 1 and _ended(bench)


async def test_a_drain_gives_up_a_rebuild(bench: DispatchBench) -> None:
    bench.crew.gate.clear()
    bench.dispatcher.job_received(make_job("two", seed=OTHER_SEED))
    await bench.until(lambda: len(bench.crew.seeds) == 2)
    await bench.dispatcher.drain(0.0)
    bench.crew.gate.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert bench.jobs == ["one"] and bench.preparing[-1] is False


# --- the laws -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fate:
    """What happens to one candidate."""

    generation: int
    check: str
    end: OutcomeKind | None
    pause: int


FATES = st.builds(
    _Fate,
    generation=st.sampled_from([1, 1, 1, 2]),
    check=st.sampled_from(["agrees", "agrees", "disagrees", "gone", "never"]),
    end=st.sampled_from([*OutcomeKind, None]),
    pause=st.integers(0, 3),
)


async def _play(bench: DispatchBench, fates: list[_Fate], stale_after: int) -> None:
    checks = {nonce: fate.check for nonce, fate in enumerate(fates)}

    def judge(nonce: int, request: Request) -> VerifyAnswer | None:
        match checks[nonce]:
            case "agrees":
                return agreeing(request)
            case "disagrees":
                return disagreeing(request)
            case _:
                return None

    def answer(share: Share) -> Outcome | None:
        kind = fates[share.nonce].end
        return None if kind is None else Outcome(kind, "scripted")

    bench.source.answer = answer
    await bench.mine(make_job("one"))
    for nonce, fate in enumerate(fates):
        if nonce == stale_after:
            bench.source.stale.add("one")
        bench.find(nonce, generation=fate.generation)
        for _ in range(fate.pause):
            await asyncio.sleep(0)
        for request in bench.crew.verifier.requests:
            asked = int.from_bytes(request.blob[39:43], "little")
            if not request.future.done() and checks[asked] != "never":
                request.future.set_result(judge(asked, request))
        assert bench.tally.broken_laws() == []
    await bench.dispatcher.drain(0.0)


@settings(max_examples=60, deadline=None)
@given(fates=st.lists(FATES, max_size=10), stale_after=st.integers(0, 14))
def test_every_candidate_has_one_end_and_every_share_one_outcome(fates: list[_Fate], stale_after: int) -> None:
    crew = FakeCrew(2)
    bench: list[DispatchBench] = []

    async def run() -> None:
        bench.append(DispatchBench(crew))
        await _play(bench[0], fates, stale_after)

    asyncio.run(run())
    crew.close()
    tally, told = bench[0].tally, bench[0].outcomes
    assert tally.candidates == len(fates) == tally.invalid + tally.stale_before_check + tally.found
    assert tally.found == len(told) == sum(tally.outcomes.values()) and tally.in_flight == 0
    assert len({share.nonce for share, _, _ in told}) == len(told), "one outcome for each share"
    submitted = [share.nonce for share in bench[0].source.submitted]
    assert len(set(submitted)) == len(submitted), "nothing is sent twice"

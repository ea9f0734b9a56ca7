"""When a plan holds, when it has failed for good, and what takes no time from its limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
import pytest

from mining.engine.boards import Counter
from mining.engine.dispatcher import Published
from mining.engine.jobs import Job, Link
from mining.engine.plan import Plan
from mining.engine.sources.base import SessionFacts
from mining.engine.supervisor.follower import FollowerEvents, PlanFollower
from mining.engine.supervisor.link_state import LinkState
from mining.engine.supervisor.stretch import Stretch
from mining.engine.supervisor.verification import Look, Verification
from mining.errors import LoginRefusedError
from tests.unit.engine.fake_crew import FakeCrew

CORES = (10, 11)
PLAN = Plan("pool", "XMR", "rx/0", CORES)
STOPPED = msgspec.structs.replace(PLAN, is_started=False)
JOB = Job("1", "rx/0", bytes(76), target=1, difficulty=1)
LIMIT_S = 100.0


@dataclass
class _Relay:
    endpoint: str = "pool:1"
    is_changing: bool = False
    facts: SessionFacts = field(default_factory=SessionFacts)
    next_facts: SessionFacts = field(default_factory=SessionFacts)
    next_cause: str | None = None


@dataclass
class _Dispatcher:
    current: Published | None = None


@dataclass
class _Stretch:
    """What a verification reads of a stretch of mining that follows PLAN at generation 5."""

    crew: Any
    plan: Plan = PLAN
    source: _Relay | None = field(default_factory=_Relay)
    dispatcher: _Dispatcher | None = field(default_factory=_Dispatcher)
    source_since: int = 5

    def give_job(self, generation: int = 6) -> None:
        assert self.dispatcher is not None
        self.dispatcher.current = Published(generation, 1, JOB, 0.0)
        for slot in self.crew.slots:
            slot.pid = 100 + slot.slot
            self.crew.counters.row(slot.slot)[Counter.GENERATION] = generation

    def hash(self, *cores: int) -> None:
        for core in cores:
            self.crew.counters.row(core - 10)[Counter.HASHES] += 1


class _Tester:
    """One verification, looked at a second later each time."""

    def __init__(self, stretch: _Stretch) -> None:
        self.stretch: _Stretch | None = stretch
        self.plan = PLAN
        self.link = LinkState(Link.READY)
        self.verification = Verification(LIMIT_S)
        self.now = 0.0

    def look(self, after_s: float = 1.0) -> Look:
        self.now += after_s
        return self.verification.look(self.plan, cast(Stretch, self.stretch), self.link, self.now)


@pytest.fixture
def tester() -> Iterator[_Tester]:
    crew = FakeCrew(2)
    crew.is_rebuilding = False  # type: ignore[attr-defined]
    yield _Tester(_Stretch(crew))
    crew.close()


def test_a_plan_holds_when_every_core_has_hashed_for_its_own_job(tester: _Tester) -> None:
    stretch = tester.stretch
    assert stretch is not None
    assert "no job yet" in tester.look().waiting_for
    stretch.give_job()
    assert not tester.look().is_verified, "the hashes of before count for nothing"
    stretch.hash(10)
    look = tester.look()
    assert not look.is_verified and look.waiting_for == "core 11 has not hashed"
    stretch.hash(11)
    assert tester.look().is_verified


def test_hashes_for_a_job_of_the_source_before_do_not_count(tester: _Tester) -> None:
    stretch = tester.stretch
    assert stretch is not None
    stretch.give_job(generation=5)
    tester.look()
    stretch.hash(*CORES)
    assert not tester.look().is_verified


def test_a_source_that_has_not_taken_over_is_waited_for_with_its_trouble(tester: _Tester) -> None:
    stretch = tester.stretch
    assert stretch is not None and stretch.source is not None
    stretch.give_job()
    stretch.source.is_changing, stretch.source.next_cause = True, "b.example does not answer"
    assert tester.look().waiting_for == "b.example does not answer"
    look = tester.look(LIMIT_S)
    assert look.failure is not None
    assert look.failure.sentence == "The plan did not hold within 100 s: b.example does not answer"


def test_a_pool_of_another_algorithm_has_failed_at_once(tester: _Tester) -> None:
    stretch = tester.stretch
    assert stretch is not None and stretch.source is not None
    stretch.source.is_changing = True
    stretch.source.next_facts = SessionFacts(last_code="wrong_algorithm")
    stretch.source.next_cause = "b.example sent a rx/2 job, but rx/0 is mined"
    look = tester.look()
    assert look.failure is not None and look.failure.code == "wrong_algorithm" and "rx/2" in look.failure.sentence


def test_a_core_that_computes_wrong_hashes_has_failed_at_once(tester: _Tester) -> None:
    stretch = tester.stretch
    assert stretch is not None
    stretch.give_job()
    stretch.crew.slots[1].is_quarantined = True
    look = tester.look()
    assert look.failure is not None and look.failure.sentence == "Core 11 computes wrong hashes"


def test_a_core_that_does_not_exist_has_failed_at_once(tester: _Tester) -> None:
    stretch = tester.stretch
    assert stretch is not None
    stretch.give_job()
    tester.plan = stretch.plan = msgspec.structs.replace(PLAN, cores=(10, 99))
    look = tester.look()
    assert look.failure is not None and "Core 99 does not exist" in look.failure.sentence


def test_building_memory_takes_no_time_from_the_limit(tester: _Tester) -> None:
    stretch = tester.stretch
    assert stretch is not None
    tester.look()
    stretch.crew.is_rebuilding = True
    for _ in range(50):
        assert tester.look(LIMIT_S).is_building
    stretch.crew.is_rebuilding = False
    assert tester.look().failure is None
    assert tester.look(LIMIT_S).failure is not None


def test_the_stretch_of_the_plan_before_is_waited_for(tester: _Tester) -> None:
    tester.plan = msgspec.structs.replace(PLAN, algorithm="scrypt")
    assert tester.look().is_building and not tester.look().is_verified


@pytest.mark.parametrize("changes", [{"is_paused": True}, {"intensity": 0}])
def test_a_paused_plan_holds_without_a_hash_once_the_session_is_there(tester: _Tester, changes: dict[str, Any]) -> None:
    stretch = tester.stretch
    assert stretch is not None
    tester.plan = stretch.plan = msgspec.structs.replace(PLAN, **changes)
    assert not tester.look().is_verified
    stretch.give_job()
    tester.link.link = Link.LOGIN
    assert not tester.look().is_verified
    tester.link.link = Link.READY
    assert tester.look().is_verified


def test_a_stopped_plan_holds_when_nothing_runs_any_more(tester: _Tester) -> None:
    tester.plan = STOPPED
    assert not tester.look().is_verified
    tester.stretch = None
    assert tester.look().is_verified


# --- the follower ---------------------------------------------------------------------------------------------


class _Owner:
    """What a follower told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.gone_back: list[Plan] = []
        events = FollowerEvents(lambda *receipt: self.told.append(receipt), self.gone_back.append)
        self.follower = PlanFollower(events)

    def round(self, plan: Plan, state: str, look: Look | None = None) -> None:
        self.follower.round(plan, state, lambda _: look or Look())


NEW = msgspec.structs.replace(PLAN, version=2)


def test_a_plan_that_fails_is_taken_back_to_the_last_one_that_held() -> None:
    owner = _Owner()
    owner.round(PLAN, "mining")
    owner.follower.began()
    assert owner.follower.failed(LoginRefusedError("the pool refused"))
    assert owner.gone_back == [PLAN] and owner.told == [("applied", ""), ("rolled_back", "the pool refused")]
    assert not owner.follower.failed(LoginRefusedError("later")), "nothing is under test any more"


def test_a_plan_is_only_good_once_it_held() -> None:
    owner = _Owner()
    for state in ("preparing", "draining", "failed"):
        owner.round(PLAN, state)
    owner.follower.began()
    assert not owner.follower.failed(LoginRefusedError("the pool refused"))
    assert owner.gone_back == [] and owner.told[-1] == ("failed", "the pool refused")


def test_a_verified_plan_is_the_good_one_from_then_on() -> None:
    owner = _Owner()
    owner.round(PLAN, "mining")
    owner.follower.began()
    owner.round(NEW, "preparing")
    assert owner.follower.good == PLAN
    owner.round(NEW, "mining", Look(is_verified=True))
    assert owner.follower.good == NEW and owner.told[-1] == ("verified", "")


def test_what_a_person_changed_meanwhile_stays_when_the_plan_is_taken_back() -> None:
    owner = _Owner()
    owner.round(PLAN, "mining")
    owner.follower.began()
    owner.follower.amended(intensity=40, is_paused=True)
    owner.follower.failed(LoginRefusedError("the pool refused"))
    assert owner.gone_back == [msgspec.structs.replace(PLAN, intensity=40, is_paused=True)]


def test_the_end_of_the_node_ends_the_test() -> None:
    owner = _Owner()
    owner.follower.stopped("stopped by a person")
    assert owner.told == []
    owner.follower.began()
    owner.follower.stopped("stopped by a person")
    assert owner.told[-1] == ("failed", "the Node ended before the plan was verified: stopped by a person")

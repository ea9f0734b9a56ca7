"""Nothing is mined beside a benchmark, and a result that was measured beside mining is none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mining.models import BenchmarkRun, Event, Node, Plan
from mining.services import benchmarks
from mining.services.benchmark_process import BenchmarkProcess, Outcome
from mining.services.benchmarks import benchmark_cancel, benchmark_start
from mining.services.control import node_order
from mining.services.errors import ConflictError, ForbiddenError
from mining.services.plan_wishes import PlanWish
from mining.services.plans import deliver_waiting, plan_apply, plan_create, plan_deliver, plan_rollback
from tests.django.console import plan_rows as rows
from tests.django.console.conftest import FakeNode
from tests.support.databases import closes_its_connection
from tests.support.process_facts import until

pytestmark = pytest.mark.django_db
WISH = PlanWish(is_offline=True)
RESULT: dict[str, object] = {"hashrate_hps": 1000.0, "ok": True}


class _Process(BenchmarkProcess):
    """Is over at once with a result, after `meanwhile`."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        super().__init__([sys.executable], Path("none"))
        self._meanwhile = meanwhile

    def run(self) -> Outcome:
        """What `meanwhile` ended early, else the result."""
        self._meanwhile()
        return Outcome("failed", {}, self._words) if self._end_early else Outcome("done", RESULT)


@pytest.fixture
def run(fake: FakeNode, node: Node, monkeypatch: pytest.MonkeyPatch) -> BenchmarkRun:
    """One that runs, and is followed by nobody."""
    fake.frame["state"] = "idle"
    with monkeypatch.context() as patch:
        patch.setattr(benchmarks, "_follow", lambda *_: None)
        made = benchmark_start(rows.OPERATOR, node, algorithm="scrypt", hashes=1000)
    fake.asked.clear()
    return made


@pytest.mark.parametrize("op", ["start", "resume"])
def test_mining_does_not_begin_beside_a_benchmark(fake: FakeNode, node: Node, run: BenchmarkRun, op: str) -> None:
    with pytest.raises(ConflictError, match="Cancel it or wait for its end") as caught:
        node_order(rows.OPERATOR, node, op)
    assert caught.value.code == "benchmark" and fake.asked == []
    node_order(rows.OPERATOR, node, "stop")
    BenchmarkRun.objects.update(state="done")
    node_order(rows.OPERATOR, node, op)
    assert len(fake.asked) == 2


def test_a_plan_that_would_begin_to_mine_is_not_made_beside_a_benchmark(
    fake: FakeNode, node: Node, run: BenchmarkRun
) -> None:
    plan = plan_create(rows.ADMIN, node, WISH)
    fake.frame["state"] = "failed"
    acts: list[Callable[[], object]] = [
        lambda: plan_apply(rows.ADMIN, node, WISH),
        lambda: plan_deliver(rows.ADMIN, plan),
        lambda: plan_rollback(rows.ADMIN, node, plan.version),
        lambda: node_order(rows.ADMIN, node, "intensity", 40),
    ]
    for give in acts:
        with pytest.raises(ConflictError) as caught:
            give()
        assert caught.value.code == "benchmark"
    with pytest.raises(ForbiddenError):
        plan_apply(rows.VIEWER, node, WISH)
    assert Plan.objects.count() == 1 and "apply_plan" not in fake.asked
    assert deliver_waiting(rows.ADMIN, node) == plan, "the recorder hands over what a miner was started for"


def test_a_plan_for_an_idle_node_begins_nothing_and_is_taken(fake: FakeNode, node: Node, run: BenchmarkRun) -> None:
    assert plan_apply(rows.ADMIN, node, WISH).state == "delivered"


def test_a_benchmark_is_not_started_while_the_miner_starts(fake: FakeNode, node: Node) -> None:
    fake.frame = {}
    with pytest.raises(ConflictError, match="starting") as caught:
        benchmark_start(rows.OPERATOR, node, algorithm="scrypt", hashes=1000)
    assert caught.value.code == "mining" and not BenchmarkRun.objects.exists()


@closes_its_connection
@pytest.mark.parametrize(("state", "ended"), [("mining", "failed"), ("preparing", "failed"), ("idle", "done")])
def test_a_result_beside_which_mining_began_is_not_kept(
    fake: FakeNode, node: Node, run: BenchmarkRun, state: str, ended: str
) -> None:
    fake.frame["state"] = state
    benchmarks._follow(run.pk, _Process(), node)
    run.refresh_from_db()
    assert run.state == ended
    assert run.result == (RESULT if ended == "done" else {})
    assert ("mining began beside it" in run.sentence) is (ended == "failed")


@closes_its_connection
def test_one_is_ended_early_when_a_terminal_begins_to_mine_and_stops_again(
    fake: FakeNode, node: Node, run: BenchmarkRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmarks, "_LOOK_EVERY_S", 0.01)
    process = _Process(lambda: until(lambda: process._end_early != "", 60, "it is ended early"))
    fake.frame["state"] = "mining"
    benchmarks._follow(run.pk, process, node)
    run.refresh_from_db()
    assert run.state == "failed" and "mining began beside it" in run.sentence and run.result == {}


def test_a_cancel_of_one_that_ended_after_it_was_read_keeps_the_result(node: Node, run: BenchmarkRun) -> None:
    BenchmarkRun.objects.update(state="done", result=RESULT)
    for process in (None, benchmarks._processes.pop(run.pk)):
        if process is not None:
            process._is_over = True
            benchmarks._processes[run.pk] = process
        with pytest.raises(ConflictError) as caught:
            benchmark_cancel(rows.OPERATOR, run)
        assert caught.value.code == "over"
    run.refresh_from_db()
    assert (run.state, run.result) == ("done", RESULT)
    assert not Event.objects.filter(kind="benchmark.cancelled").exists()


def test_a_second_cancel_is_no_second_event(node: Node, run: BenchmarkRun) -> None:
    benchmark_cancel(rows.OPERATOR, run)
    with pytest.raises(ConflictError) as caught:
        benchmark_cancel(rows.OPERATOR, run)
    assert caught.value.code == "over"
    assert Event.objects.filter(kind="benchmark.cancelled").count() == 1

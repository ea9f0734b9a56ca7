"""Orders to a Node, and what it says of itself; with a Node that answers from memory."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.utils import timezone

from minerconsole.web import leftovers
from minerconsole.web.leftovers import clear_leftovers
from mining.engine.control import NotRunningError
from mining.models import BenchmarkRun, Event, Node
from mining.services import benchmarks
from mining.services.actors import Actor
from mining.services.benchmark_process import BenchmarkProcess, command_of
from mining.services.benchmarks import benchmark_start, give_up_lost
from mining.services.control import node_order
from mining.services.errors import ConflictError, ForbiddenError, InvalidError
from mining.services.node_status import node_status
from mining.services.plan_wishes import PlanWish
from mining.services.plans import console_values, plan_apply, plan_create
from tests.django.console import plan_rows as rows
from tests.django.console.conftest import FakeNode

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("op", "word"), [("start", "start_mining"), ("stop", "stop_mining"), ("pause", "pause"), ("resume", "resume")]
)
def test_an_order_reaches_the_node_and_the_event_log(fake: FakeNode, node: Node, op: str, word: str) -> None:
    assert node_order(rows.OPERATOR, node, op) is None
    assert fake.asked == [word]
    assert Event.objects.get().actor == "olaf"


@pytest.mark.parametrize("op", ["start", "stop", "pause", "resume", "intensity", "cores", "algorithm"])
@pytest.mark.parametrize("actor", [rows.VIEWER, rows.STRANGER])
def test_who_may_not_operate_gives_no_order(fake: FakeNode, node: Node, actor: Actor, op: str) -> None:
    with pytest.raises(ForbiddenError):
        node_order(actor, node, op, 50)
    assert fake.asked == []


def test_an_unknown_order_is_named_with_those_that_exist(fake: FakeNode, node: Node) -> None:
    with pytest.raises(InvalidError, match=r"'execute' is no order.*intensity"):
        node_order(rows.ADMIN, node, "execute", "rm")


def test_intensity_makes_a_plan(fake: FakeNode, node: Node) -> None:
    plan = node_order(rows.OPERATOR, node, "intensity", 40)
    assert plan is not None and plan.values == {"INTENSITY": "40"}
    assert fake.asked[-1] == "apply_plan"


def test_cores_take_the_place_of_threads(fake: FakeNode, node: Node) -> None:
    plan_apply(rows.ADMIN, node, PlanWish(is_offline=True, threads=1))
    plan = node_order(rows.OPERATOR, node, "cores", "0")
    assert plan is not None and plan.values["CORES"] == "0" and "THREADS" not in plan.values


@pytest.mark.parametrize(
    ("op", "value"), [("intensity", 101), ("intensity", ""), ("cores", "x"), ("intensity", "fast")]
)
def test_a_wrong_value_is_refused_before_the_node_is_asked(fake: FakeNode, node: Node, op: str, value: object) -> None:
    with pytest.raises(InvalidError):
        node_order(rows.OPERATOR, node, op, value)  # type: ignore[arg-type]
    assert "apply_plan" not in fake.asked


def test_a_pinned_setting_is_refused_with_the_reason(fake: FakeNode, node: Node) -> None:
    fake.frame["pins"] = {"INTENSITY": "command line (--intensity)"}
    with pytest.raises(ConflictError) as caught:
        node_order(rows.OPERATOR, node, "intensity", 40)
    assert caught.value.code == "pinned"
    assert "leave out --intensity" in caught.value.sentence
    node.refresh_from_db()
    assert node.pins == {"INTENSITY": "command line (--intensity)"}


def test_an_algorithm_is_chosen_alone_offline_only(fake: FakeNode, node: Node) -> None:
    fake.frame["offline"] = False
    with pytest.raises(InvalidError, match="the coin gives the algorithm"):
        node_order(rows.OPERATOR, node, "algorithm", "scrypt")
    fake.frame["offline"] = True
    plan = node_order(rows.OPERATOR, node, "algorithm", "scrypt")
    assert plan is not None and plan.values == {"OFFLINE": "on", "ALGORITHM": "scrypt"}


def test_a_node_that_does_not_run_is_an_answer(fake: FakeNode, node: Node) -> None:
    fake.refusal = NotRunningError("Nothing is running from here", next_step="Start it.")
    status = node_status(node)
    assert not status.is_running and status.frame is None
    with pytest.raises(ConflictError) as caught:
        node_order(rows.OPERATOR, node, "pause")
    assert caught.value.code == "not_running"


def test_a_running_node_tells_its_frame(fake: FakeNode, node: Node) -> None:
    status = node_status(node)
    assert status.is_running and status.pid == 4711
    assert status.frame is not None and status.frame.state == fake.frame["state"]


def test_another_computer_is_not_reached_yet(fake: FakeNode) -> None:
    far = rows.node(ulid="01JDYYYYYYYYYYYYYYYYYYYYYY", is_local=False, name="far")
    with pytest.raises(ConflictError) as caught:
        node_order(rows.ADMIN, far, "pause")
    assert caught.value.code == "not_member"
    assert fake.asked == []


def test_a_benchmark_beside_a_miner_is_refused(fake: FakeNode, node: Node) -> None:
    fake.frame["state"] = "mining"
    with pytest.raises(ConflictError, match="would measure neither"):
        benchmark_start(rows.OPERATOR, node, algorithm="rx/0", hashes=1000)
    assert not BenchmarkRun.objects.exists()


@pytest.mark.parametrize(("algorithm", "hashes"), [("rx/9", 1000), ("rx/0", 0), ("rx/0", 10**9)])
def test_a_benchmark_of_nothing_known_is_refused(fake: FakeNode, node: Node, algorithm: str, hashes: int) -> None:
    fake.frame["state"] = "idle"
    with pytest.raises(InvalidError):
        benchmark_start(rows.OPERATOR, node, algorithm=algorithm, hashes=hashes)


def test_one_benchmark_at_a_time(fake: FakeNode, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.frame["state"] = "idle"
    monkeypatch.setattr(benchmarks, "_follow", lambda *_: None)
    run = benchmark_start(rows.OPERATOR, node, algorithm="scrypt", hashes=1000)
    assert run.state == "running"
    with pytest.raises(ConflictError) as caught:
        benchmark_start(rows.OPERATOR, node, algorithm="scrypt", hashes=1000)
    assert caught.value.code == "in_use"
    assert give_up_lost() == 1
    run.refresh_from_db()
    assert run.state == "failed" and run.ended_at is not None


def test_a_real_benchmark_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    command = command_of(tmp_path, algorithm="scrypt", hashes=1000, cores="0", mode="auto", parent=os.getpid())
    outcome = BenchmarkProcess(command, tmp_path).run()
    assert (outcome.state, outcome.sentence) == ("done", "")
    assert outcome.result["hashes"] == 1000 and len(str(outcome.result["check"])) == 16
    assert (outcome.result["cores"], outcome.result["ok"]) == ("0", True)


def test_a_benchmark_whose_end_was_never_written_stands_in_nobodys_way(
    fake: FakeNode, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.frame["state"] = "idle"
    monkeypatch.setattr(benchmarks, "_follow", lambda *_: None)
    run = benchmark_start(rows.OPERATOR, node, algorithm="scrypt", hashes=1000)
    BenchmarkRun.objects.filter(pk=run.pk).update(started_at=run.started_at - timedelta(hours=2))
    assert benchmark_start(rows.OPERATOR, node, algorithm="scrypt", hashes=1000).state == "running"


def test_the_web_process_clears_what_the_one_before_it_left(node: Node) -> None:
    now = timezone.now()
    run = BenchmarkRun.objects.create(node=node, started_at=now, algorithm="scrypt", hashes=1000)
    for key, end in (("old", now - timedelta(days=1)), ("good", now + timedelta(days=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=end)
    clear_leftovers()
    run.refresh_from_db()
    assert run.state == "failed"
    assert [session.session_key for session in Session.objects.all()] == ["good"]


def test_a_database_without_tables_keeps_nobody_from_the_page(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def nothing() -> int:
        raise OperationalError("no such table: mining_benchmarkrun")

    monkeypatch.setattr(leftovers, "give_up_lost", nothing)
    clear_leftovers()
    assert "still there" in caplog.text


def test_an_algorithm_offline_leaves_nothing_of_the_pool_behind(fake: FakeNode, node: Node) -> None:
    pool = rows.pool(profile="snipa", password="very secret", difficulty=1000, email="a@example.org")
    pool.endpoints.update(scheme="stratum+ssl", tls_fingerprint="ab" * 32)
    wallet = rows.wallet()
    plan_create(rows.ADMIN, node, PlanWish(coin=rows.coin(), wallet=wallet, pools=(pool,), cores="0"))
    fake.frame["offline"] = True
    plan = node_order(rows.OPERATOR, node, "algorithm", "scrypt")
    assert plan is not None
    assert plan.values == {
        "OFFLINE": "on", "ALGORITHM": "scrypt", "CORES": "0", "INTENSITY": "100", "MODE": "auto", "HUGE_PAGES": "auto",
        "PRIORITY": "low",
    }  # fmt: skip
    assert "very secret" not in str(console_values(node))

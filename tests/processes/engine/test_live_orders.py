"""Orders to a running miner over its control socket: each takes effect, and touches nobody whom it does not concern."""

from __future__ import annotations

import os

import pytest

from mining.engine.boards import Counter, WorkerState
from mining.errors import MinerConsoleError
from tests.support.counter_view import CounterView
from tests.support.mine import WAIT_S, MineRun
from tests.support.process_facts import until

CORES = sorted(os.sched_getaffinity(0))[:2]
needs_two_cores = pytest.mark.skipif(len(CORES) < 2, reason="needs two cores")


def rows_of(run: MineRun) -> dict[int, str]:
    return {row["core"]: row["state"] for row in run.frame["cores"]}


def wait_hashes(run: MineRun, counters: CounterView, core: int, count: int = 2) -> None:
    goal = counters.hashes(core) + count
    until(lambda: counters.hashes(core) >= goal, WAIT_S, lambda: f"core {core} hashes; {run.story()}")


def wait_state(counters: CounterView, core: int, *states: WorkerState) -> None:
    until(lambda: counters.read(core, Counter.STATE) in states, WAIT_S, f"core {core} is {states}")


@needs_two_cores
def test_a_core_leaves_and_comes_back_while_the_other_never_stops(light_miner: MineRun) -> None:
    run, (staying, leaving) = light_miner, CORES
    with run.counters() as counters:
        worker, mark = counters.worker(staying), run.mark
        run.ask("cores", value=str(staying))
        run.wait_event("worker", since=mark, core=leaving, state="off")
        run.wait_frame(lambda frame: [row["core"] for row in frame["cores"]] == [staying])
        assert run.pid_titled(f"core {leaving}") == 0
        wait_hashes(run, counters, staying)
        mark = run.mark
        run.ask("cores", value=f"{staying},{leaving}")
        run.wait_event("worker", since=mark, core=leaving, state="starting")
        wait_hashes(run, counters, leaving)
        run.wait_frame(lambda frame: len(frame["cores"]) == 2)
        assert counters.worker(staying) == worker, "the staying core's worker was not touched"
    assert "CORES" not in run.frame["pins"], "an order over the socket locks nothing"


def test_pause_parks_the_workers_and_resume_lets_them_go_on(light_miner: MineRun) -> None:
    run = light_miner
    with run.counters() as counters:
        workers = {core: counters.worker(core) for core in rows_of(run)}
        run.ask("pause")
        for core in workers:
            wait_state(counters, core, WorkerState.PARKED)
        before = {core: counters.hashes(core) for core in workers}
        frame = run.wait_frame(lambda frame: frame["state"] == "paused")
        assert frame["session"]["link"] == "ready", "still logged in"
        run.wait_frame(lambda frame: frame["state"] == "paused")
        assert {core: counters.hashes(core) for core in workers} == before
        run.ask("resume")
        for core in workers:
            wait_hashes(run, counters, core)
        run.wait_frame(lambda frame: frame["state"] == "mining")
        assert {core: counters.worker(core) for core in workers} == workers


def test_intensity_nought_is_a_pause_and_a_hundred_goes_on(light_miner: MineRun) -> None:
    run = light_miner
    with run.counters() as counters:
        run.ask("intensity", value=0)
        for core in rows_of(run):
            wait_state(counters, core, WorkerState.PARKED)
        frame = run.wait_frame(lambda frame: frame["state"] == "paused")
        assert frame["intensity"]["commanded"] == 0
        run.ask("intensity", value=100)
        for core in rows_of(run):
            wait_hashes(run, counters, core)
        frame = run.wait_frame(lambda frame: frame["state"] == "mining")
        assert frame["intensity"]["commanded"] == 100


def test_stop_mining_releases_workers_and_memory_and_start_mining_begins_anew(light_miner: MineRun) -> None:
    run = light_miner
    found = run.frame["shares"]["found"]
    run.ask("stop_mining")
    run.wait_frame(lambda frame: frame["state"] == "idle")
    until(
        lambda: run.titles() == ["minerconsole: mine", "minerconsole: supervisor"],
        WAIT_S,
        lambda: f"only runner and Supervisor are left: {run.titles()}",
    )
    mark = run.mark
    run.ask("start_mining")
    run.wait_event("share", since=mark, outcome="accepted")
    frame = run.wait_frame(lambda frame: frame["state"] == "mining")
    assert frame["shares"]["found"] > found, "the counts go on"


def test_orders_given_again_change_nothing(light_miner: MineRun) -> None:
    run = light_miner
    with run.counters() as counters:
        workers = {core: counters.worker(core) for core in rows_of(run)}
        for op in ("start_mining", "resume"):
            run.ask(op)
        run.ask("cores", value=",".join(str(core) for core in rows_of(run)))
        for core in workers:
            wait_hashes(run, counters, core)
        assert {core: counters.worker(core) for core in workers} == workers


@pytest.mark.parametrize(
    ("op", "fields", "words"),
    [
        ("intensity", {"value": 101}, "101"),
        ("intensity", {"value": "50"}, "50"),
        ("cores", {"value": "0-4095"}, "cores"),
        ("cores", {"value": "none"}, "none"),
        ("execute", {}, "execute"),
    ],
)
def test_a_wrong_order_is_refused_in_a_sentence(
    op: str, fields: dict[str, object], words: str, light_miner: MineRun
) -> None:
    plan = light_miner.wait_frame(lambda frame: True)["plan_version"]
    with pytest.raises(MinerConsoleError, match=words):
        light_miner.ask(op, **fields)
    assert light_miner.wait_frame(lambda frame: True)["plan_version"] == plan

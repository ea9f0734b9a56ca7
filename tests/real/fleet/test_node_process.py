"""A real node at a real Redis: signed plans make it mine, breaks of every kind leave one miner, and mining goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mining.engine.signed_plan import PlanDocument, encode_document, sign
from mining.fleet.commands import CommandDocument, encode_command, sign_command
from mining.fleet.membership import is_member
from tests.support.fleet_node import PATIENCE_S, SCRYPT, FleetNode, fleet_node
from tests.support.process_facts import until
from tests.support.redis_server import RedisServer, redis_server


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, redis: RedisServer, tables: Path) -> Iterator[FleetNode]:
    """One that follows plan 1 and mines. Each test leaves it mining."""
    with fleet_node(tmp_path_factory.mktemp("node"), redis, tables=tables) as found:
        found.start()
        found.wait_state("idle")
        found.plan(1)
        found.wait_followed(1)
        yield found
        assert found.stop() == 0
        found.wait_gone()


def test_a_signed_plan_makes_a_node_mine_and_its_receipts_say_verified(node: FleetNode) -> None:
    node.wait_state("mining")
    told = [(1, "delivered"), (1, "applied"), (1, "verified")]
    until(lambda: len(node.receipts()) >= len(told), PATIENCE_S, node.story)
    assert node.receipts() == told
    assert len(node.titled("supervisor")) == 1 and len(node.titled("core 0")) == 1


def test_its_user_asked_for_nothing_that_it_may_not(node: FleetNode, redis: RedisServer) -> None:
    name = f"node-{node.ulid}"
    assert [each for each in redis.refused() if each["username"] == name] == []


def test_with_the_password_of_a_node_nobody_changes_its_payee(node: FleetNode) -> None:
    thief = os.urandom(32)
    data = encode_document(PlanDocument(node.ulid, 9, {"WALLET": "thief", "POOL_1": "stratum+tcp://127.0.0.1:1"}))
    for signature in (sign(thief, data), bytes(64), b""):
        node.send("apply_plan", data, signature, broker=node.broker)
    stop = encode_command(CommandDocument("0" * 26, node.ulid, "stop", 1_800_000_000))
    node.send("stop", stop, sign_command(thief, stop), broker=node.broker)
    node.wait_answer({"task": "stop", "code": "bad_signature"})
    assert node.followed == (1, "verified") and node.state == "mining"
    assert sum(each.get("code") == "bad_signature" for each in node.answers()) == 4


def test_a_task_that_is_none_of_the_set_is_dropped_and_the_next_one_is_done(node: FleetNode) -> None:
    for task in ("execute", "../celery.map"):
        node.send(task, b"x", b"y", broker=node.broker)
    done = node.command("pause")
    node.wait_answer({"id": done, "ok": True})
    node.wait_state("paused")
    node.command("resume")
    node.wait_state("mining")


def test_a_command_that_comes_five_times_is_done_once(node: FleetNode) -> None:
    given = node.command("pause", times=5)
    node.wait_state("paused")
    node.command("resume")
    node.wait_state("mining")
    assert sum(each.get("id") == given for each in node.answers()) == 1


@pytest.mark.soak
def test_the_doctor_answers_and_mining_goes_on(node: FleetNode) -> None:
    given = node.command("doctor")
    answer = node.wait_answer({"id": given, "state": "done"})
    assert "findings" in str(answer["result"]) or isinstance(answer["result"], dict | list)
    assert node.state == "mining"


@pytest.mark.soak
def test_a_stopped_node_stays_stopped_over_a_restart_until_it_is_started(node: FleetNode) -> None:
    node.command("stop")
    node.wait_state("idle")
    assert node.stop() == 0
    node.wait_gone()
    node.start()
    node.wait_state("idle")
    node.command("start")
    node.wait_state("mining")
    assert node.followed == (1, "verified")


def test_a_worker_that_is_killed_leaves_no_orphan_and_the_next_one_mines_the_same_plan(node: FleetNode) -> None:
    (before,) = node.titled("supervisor")
    node.kill()
    node.start()  # at once: the miner of the one before still drains
    until(lambda: len(node.titled("node")) == 1, PATIENCE_S, node.story)
    most = 0

    def is_mining_again() -> bool:
        nonlocal most
        most = max(most, len(node.titled("core 0")))
        return before not in node.titled("supervisor") and node.state == "mining"

    until(is_mining_again, PATIENCE_S, node.story)
    assert most == 1, "two miners at once"
    node.wait_followed(1)


@pytest.mark.soak
def test_a_runner_that_is_killed_is_started_again(node: FleetNode) -> None:
    (before,), (its_supervisor,) = node.titled("mine"), node.titled("supervisor")
    os.kill(before, 9)
    until(lambda: node.titled("mine") not in ([], [before]), PATIENCE_S, node.story)
    until(lambda: its_supervisor not in node.titled("supervisor"), PATIENCE_S, node.story)
    node.wait_state("mining")
    assert len(node.titled("supervisor")) == 1


@pytest.mark.soak
def test_without_a_broker_a_node_mines_and_when_it_is_back_the_node_hears_it(tmp_path: Path, tables: Path) -> None:
    with redis_server(tmp_path / "redis") as redis, fleet_node(tmp_path / "node", redis, tables=tables) as node:
        node.start()
        node.plan(1)
        node.wait_followed(1)
        redis.stop()
        before = node.hashes()
        until(lambda: node.hashes() > before, PATIENCE_S, node.story)
        assert node.stop() == 0  # also while the broker is away
        node.wait_gone()
        node.start()
        node.wait_state("mining")  # a start that never saw the broker
        redis.start()  # empty, as after a crash without a disk; users are given again
        redis.add_node(node.ulid, "node-secret")
        node.plan(2, **SCRYPT, INTENSITY="50")
        node.wait_followed(2)
        assert len(node.titled("supervisor")) == 1
        node.command("leave")
        assert node.process is not None and node.process.wait(PATIENCE_S) == 0
        node.wait_gone()
        assert not is_member(node.home)

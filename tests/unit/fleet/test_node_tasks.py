"""The tasks of a node: what is signed changes what is wanted, everything else changes nothing and has a name."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from mining.engine.followed_version import Followed, write_followed
from mining.engine.signed_plan import PlanDocument, encode_document, public_key_of, sign
from mining.engine.ulid import new_ulid
from mining.fleet.commands import LONGEST_TTL_S, CommandDocument, encode_command, sign_command
from mining.fleet.membership import Membership, become_member, forget_membership, read_membership
from mining.fleet.tasks import NodeTasks
from mining.fleet.wanted import Wanted, change_wanted, read_wanted

NODE = "01JDXXXXXXXXXXXXXXXXXXXXXX"
NOON = 1_800_000_000
MEMBER = Membership(NODE, "cellar", "https://console", "owner", "redis://node:secret@broker/0", float(NOON))
Answer = dict[str, Any]


class Node:
    """A member with tasks, and its console."""

    def __init__(self, home: Path) -> None:
        self.home, self.key, self.now = home, os.urandom(32), float(NOON)
        become_member(home, MEMBER, public_key_of(self.key))
        self.answers: list[Answer] = []
        self.begun: list[str] = []
        self.wakes = 0
        self.tasks = NodeTasks(
            home, NODE, now=lambda: self.now, wake=self._woken, begin=lambda document: self.begun.append(document.op),
            answer=self.answers.append,
        )  # fmt: skip

    def _woken(self) -> None:
        self.wakes += 1

    def plan(self, version: int, *, key: bytes | None = None, **values: str) -> Answer:
        """Give it a plan."""
        data = encode_document(PlanDocument(NODE, version, values))
        return self._do("apply_plan", data, sign(key or self.key, data))

    def command(self, op: str, *, key: bytes | None = None, task: str = "", **more: Any) -> Answer:
        """Give it a command."""
        fields: dict[str, Any] = {"id": new_ulid(), "issued_at": NOON, "node_id": NODE} | more
        data = encode_command(CommandDocument(op=op, **fields))
        return self._do(task or op, data, sign_command(key or self.key, data))

    def _do(self, task: str, data: bytes, signature: bytes) -> Answer:
        document, signed = (base64.urlsafe_b64encode(each).decode() for each in (data, signature))
        return self.tasks.do(task, document, signed)

    @property
    def wanted(self) -> Wanted:
        """What is wanted of it."""
        return read_wanted(self.home)


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A member of a fleet."""
    return Node(tmp_path)


def test_a_plan_is_kept_with_its_signature_and_the_keeper_is_woken(node: Node) -> None:
    assert node.plan(1, OFFLINE="on") == {"ok": True, "task": "apply_plan", "version": 1, "again": False}
    assert node.wanted.plan is not None and node.wakes == 1
    assert node.wanted.plan.opened(public_key_of(node.key), node_id=NODE).values == {"OFFLINE": "on"}
    assert (node.home / "secrets/wanted.json").stat().st_mode & 0o777 == 0o600
    assert "on" not in repr(node.wanted.plan)


def test_a_plan_that_comes_again_or_late_changes_nothing(node: Node) -> None:
    node.plan(2, OFFLINE="on")
    before = node.wanted
    assert node.plan(2, OFFLINE="on")["again"] is True
    assert node.plan(1, WALLET="thief")["code"] == "old_version"
    assert node.plan(2, WALLET="thief")["code"] == "old_version"
    assert node.wanted == before


def test_an_old_plan_is_refused_also_when_only_the_miner_remembers_the_newer_one(node: Node) -> None:
    write_followed(node.home, Followed(7, "d", "verified"))
    assert node.plan(7)["code"] == "old_version"
    assert node.plan(8)["ok"] is True


def test_nobody_but_the_pinned_console_changes_the_payee(node: Node) -> None:
    node.plan(1, WALLET="mine")
    before = node.wanted
    answer = node.plan(2, key=os.urandom(32), WALLET="thief")
    assert answer["ok"] is False and answer["code"] == "bad_signature"
    assert node.tasks.do("apply_plan", "?", "?")["code"] == "bad_command"
    assert node.tasks.do("apply_plan", "", "")["code"] == "bad_signature"
    assert node.wanted == before
    assert [each["code"] for each in node.answers] == ["bad_signature", "bad_command", "bad_signature"]


def test_commands_change_what_is_wanted(node: Node) -> None:
    assert node.command("stop")["ok"] and node.wanted.is_started is False
    assert node.command("start")["ok"] and node.wanted.is_started is True
    assert node.command("pause")["ok"] and node.wanted.is_paused is True
    assert node.command("resume")["ok"] and node.wanted.is_paused is False
    assert node.wanted.revision == 4 == node.wakes


def test_a_command_that_is_given_again_is_done_once(node: Node) -> None:
    stop = new_ulid()
    node.command("stop", id=stop)
    node.command("start", issued_at=NOON + 1)
    assert node.command("stop", id=stop) == {"ok": True, "task": "stop", "id": stop, "again": True}
    assert node.wanted.is_started is True


def test_a_node_that_was_away_for_a_day_does_not_do_yesterday_s_stop(node: Node) -> None:
    node.now = NOON + 86_400.0
    answer = node.command("stop")
    assert answer["code"] == "expired" and "86400 s old" in answer["sentence"]
    assert node.wanted == Wanted()


def test_a_forgotten_command_is_not_done_again_by_a_clock_set_back(node: Node) -> None:
    stop = new_ulid()
    node.command("stop", id=stop)
    node.now = NOON + 2.0 * LONGEST_TTL_S
    node.command("start", issued_at=NOON + 2 * LONGEST_TTL_S)
    node.now = float(NOON)
    assert node.command("stop", id=stop)["code"] == "expired"
    assert node.wanted.is_started is True


def test_a_command_is_bound_to_its_task_node_and_console(node: Node) -> None:
    assert node.command("stop", task="start")["code"] == "bad_command"
    assert node.command("stop", node_id="01JDYYYYYYYYYYYYYYYYYYYYYY")["code"] == "wrong_node"
    assert node.command("stop", key=os.urandom(32))["code"] == "bad_signature"
    assert node.wanted == Wanted()


def test_the_owner_s_pause_is_not_overruled(node: Node) -> None:
    change_wanted(node.home, lambda before: before.ordered(is_paused_here=True))
    for op in ("resume", "start"):
        answer = node.command(op)
        assert answer["code"] == "paused_by_owner" and "node resume" in answer["sentence"]
    assert node.command("stop")["ok"] is True
    assert node.wanted.is_paused_here is True


def test_what_takes_long_is_begun_once_and_answers_later(node: Node) -> None:
    again = new_ulid()
    node.command("benchmark", arguments={"hashes": "1K"}, id=again)
    node.command("benchmark", arguments={"hashes": "1K"}, id=again)
    assert node.begun == ["benchmark"] and node.answers == []


def test_a_node_that_left_follows_nobody(node: Node) -> None:
    forget_membership(node.home)
    assert read_membership(node.home) is None
    assert node.plan(1)["code"] == "no_console"
    assert node.command("stop")["code"] == "no_console"


def test_a_membership_tells_no_password(node: Node) -> None:
    found = read_membership(node.home)
    assert found == MEMBER and "secret" not in repr(found)
    assert (node.home / "secrets/fleet.json").stat().st_mode & 0o777 == 0o600

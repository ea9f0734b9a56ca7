"""Joining through the API at a console with a real broker: once per token, told by proofs, refused by name."""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from redis.exceptions import AuthenticationError

from minerconsole.api.throttles import CALLS
from mining.engine.node_id import node_id_of
from mining.engine.signed_plan import NODE_KEY, private_key_of, public_key_of
from mining.engine.ulid import new_ulid
from mining.fleet.acl import acl_lines
from mining.fleet.beats import tell_left
from mining.fleet.connection import connect
from mining.fleet.enrolment import Statement, join_proof, opened_statement, token_digest
from mining.fleet.keys import ANSWERS, BEATS, node_key, node_prefix, node_queue
from mining.fleet.membership import Membership
from mining.models import BenchmarkRun, Event, JoinToken, MemberState, Node, NodeAccess, Plan, PlanState
from mining.services.actors import Role
from mining.services.coins import coins_ensure
from mining.services.control import node_order
from mining.services.errors import ConflictError, ForbiddenError
from mining.services.far_benchmarks import far_benchmarks_collect
from mining.services.fleet_broker import acl_file_write, users_sync
from mining.services.fleet_clones import beats_look
from mining.services.fleet_orders import plans_send_again
from mining.services.fleet_removal import node_remove
from mining.services.fleet_tokens import join_token_create, join_token_revoke
from mining.services.plan_wishes import PlanWish
from mining.services.plans import plan_apply
from mining.services.roles import roles_ensure
from tests.support.console import make_actor, make_node
from tests.support.redis_server import RedisServer, redis_server
from tests.support.visitors import HOST

pytestmark = pytest.mark.django_db
HARDWARE = {"cpu": "A CPU", "threads": 4, "memory_bytes": 8 << 30, "layout": [{"cpu": 0, "core": 0}]}


class Machine:
    """A computer that wants to join, with a home of its own."""

    def __init__(self, home: Path, **says: Any) -> None:
        home.mkdir()
        self.home, self.ulid, self.key = home, node_id_of(home), private_key_of(home, NODE_KEY)
        self.says = {"hostname": home.name, "machine": "ab" * 8, "hardware": HARDWARE} | says

    def look(self, token: str) -> Any:
        """Ask whose console it is."""
        return _client().get("/api/v1/fleet/invitation", headers={"Authorization": f"Bearer {token}"})

    def join(self, token: str, **changes: Any) -> Any:
        """Join, and return the answer."""
        proof = join_proof(self.key, digest=token_digest(token), node_id=self.ulid)
        body = {"ulid": self.ulid, "public_key": public_key_of(self.key).hex(), "proof": proof.hex()}
        return _client().post(
            "/api/v1/fleet/join", body | self.says | changes, content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip

    def joined(self, token: str) -> Statement:
        """Join, and believe the console's statement as the product does."""
        key = bytes.fromhex(self.look(token).json()["public_key"])
        answer = self.join(token)
        assert answer.status_code == 200, answer.content
        data, signature = (
            base64.urlsafe_b64decode(answer.json()["statement"]),
            bytes.fromhex(answer.json()["signature"]),
        )
        return opened_statement(key, data, signature, digest=token_digest(token), node_id=self.ulid)

    @property
    def node(self) -> Node:
        """Its row."""
        return Node.objects.get(ulid=self.ulid)


def _client() -> Client:
    return Client(headers={"Host": HOST})


def _token(**more: Any) -> str:
    return join_token_create(make_actor(Role.ADMIN), **more)[1]


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture(autouse=True)
def console(db: None, redis: RedisServer, settings: Any, tmp_path: Path) -> Iterator[None]:
    """A console with this broker and a home of its own."""
    settings.MINERCONSOLE_HOME = tmp_path / "console"
    settings.MINERCONSOLE_BROKER, settings.MINERCONSOLE_BROKER_PUBLIC = redis.url, ""
    (tmp_path / "console").mkdir()
    CALLS.forget()
    roles_ensure()
    coins_ensure()
    yield
    settings.MINERCONSOLE_BROKER = redis.url
    users_sync()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """One that has not joined."""
    return Machine(tmp_path / "cellar-7")


def test_a_machine_joins_once_with_its_token_and_gets_a_user_that_works(machine: Machine) -> None:
    told = machine.joined(_token())
    assert (told.node_id, told.node_name) == (machine.ulid, "cellar-7")
    with contextlib.closing(connect(told.broker)) as client:
        assert client.xadd(node_key(machine.ulid, BEATS), {"r": "1"})
    node = machine.node
    assert node.public_key == public_key_of(machine.key).hex() and not node.is_local and node.hardware == HARDWARE
    assert node.access.state == MemberState.MEMBER
    (event,) = Event.objects.filter(kind="fleet.joined")
    assert event.node == node and "joined" in event.sentence
    kept = str(list(NodeAccess.objects.values())) + str(list(JoinToken.objects.values()))
    assert told.broker.split(":")[2].split("@")[0] not in kept, "the password is kept"


def test_looking_uses_no_token_up_and_shows_owner_and_key(machine: Machine) -> None:
    token = _token(name="rack 3")
    for _ in range(2):
        told = machine.look(token).json()
        assert told["node_name"] == "rack 3" and " at " in told["owner"] and len(told["fingerprint"]) == 39
    assert machine.joined(token).node_name == "rack 3"


def test_a_token_that_was_used_is_refused_and_says_by_whom(machine: Machine, tmp_path: Path) -> None:
    token = _token()
    machine.joined(token)
    other = Machine(tmp_path / "other")
    for answer in (other.look(token), other.join(token)):
        assert _code(answer) == (409, "token_used") and "cellar-7" in answer.json()["detail"]
    assert not Node.objects.filter(ulid=other.ulid).exists()


def test_a_token_that_is_too_old_or_was_taken_back_is_refused(machine: Machine) -> None:
    old = _token(now=timezone.now() - timedelta(minutes=16))
    assert _code(machine.join(old)) == (409, "token_expired")
    row, token = join_token_create(make_actor(Role.ADMIN))
    join_token_revoke(make_actor(Role.ADMIN), row)
    assert _code(machine.join(token)) == (409, "token_expired")


def test_a_token_that_nobody_made_is_refused_and_what_is_none_asks_for_one(machine: Machine) -> None:
    assert _code(machine.join("mcj_" + "x" * 40)) == (404, "token_unknown")
    assert _code(machine.join("guess"))[0] == 401
    assert Node.objects.count() == 0


@pytest.mark.parametrize("what", ["another key", "another node", "another token"])
def test_a_machine_that_does_not_prove_its_key_is_refused_and_the_token_stays_good(machine: Machine, what: str) -> None:
    token = _token()
    forged = {
        "another key": {"public_key": public_key_of(os.urandom(32)).hex()},
        "another node": {"ulid": new_ulid()},
        "another token": {"proof": join_proof(machine.key, digest=token_digest("x"), node_id=machine.ulid).hex()},
    }[what]
    assert _code(machine.join(token, **forged)) == (422, "bad_proof")
    machine.joined(token)


def test_a_copy_without_its_key_and_a_copy_of_one_that_is_alive_are_refused_as_clones(machine: Machine) -> None:
    machine.joined(_token())
    token, machine.key = _token(), os.urandom(32)
    assert _code(machine.join(token)) == (409, "node_cloned")
    machine.key = private_key_of(machine.home, NODE_KEY)
    NodeAccess.objects.update(heard_at=timezone.now(), machine="ab" * 8)
    answer = machine.join(token, machine="cd" * 8)
    assert _code(answer) == (409, "node_cloned") and "new-identity" in answer.json()["next_step"]
    NodeAccess.objects.update(heard_at=timezone.now() - timedelta(minutes=1))
    assert machine.join(token, machine="cd" * 8).status_code == 200  # it moved to another computer


def test_joining_again_gives_another_password_and_ends_the_one_before(machine: Machine) -> None:
    first, second = machine.joined(_token()), machine.joined(_token())
    with contextlib.closing(connect(first.broker)) as client, pytest.raises(AuthenticationError):
        client.ping()
    with contextlib.closing(connect(second.broker)) as client:
        assert client.time()
    assert Node.objects.filter(ulid=machine.ulid).count() == 1


def test_a_broker_that_is_away_refuses_and_uses_no_token_up(machine: Machine, settings: Any) -> None:
    token, there = _token(), settings.MINERCONSOLE_BROKER
    settings.MINERCONSOLE_BROKER = "redis://console:secret@127.0.0.1:1/0"
    answer = machine.join(token)
    assert _code(answer) == (409, "broker_away") and "secret" not in answer.content.decode()
    settings.MINERCONSOLE_BROKER = there
    machine.joined(token)


def test_what_a_machine_says_of_itself_is_kept_only_as_far_as_it_is_known(machine: Machine) -> None:
    machine.says["hardware"] = {"cpu": "x" * 500, "threads": 8, "evil": {"a": 1}, "layout": [{"cpu": 1, "b": 2}, 3]}
    machine.joined(_token())
    assert machine.node.hardware == {"threads": 8, "layout": [{"cpu": 1}]}


def test_only_administrators_invite_and_only_a_console_with_a_broker(settings: Any) -> None:
    with pytest.raises(ForbiddenError):
        join_token_create(make_actor(Role.OPERATOR))
    settings.MINERCONSOLE_BROKER = ""
    with pytest.raises(ConflictError) as refused:
        join_token_create(make_actor(Role.ADMIN))
    assert refused.value.code == "no_broker"


def test_a_broker_that_lost_its_users_gets_them_again_and_others_lose_theirs(
    machine: Machine, redis: RedisServer, tmp_path: Path
) -> None:
    told = machine.joined(_token())
    stranger = new_ulid()
    with contextlib.closing(redis.client()) as client:
        client.execute_command("ACL", "DELUSER", f"node-{machine.ulid}")  # type: ignore[no-untyped-call]
        redis.add_node(stranger, "left long ago")
        given, taken = users_sync()
        assert given == 1 and taken >= 1
        assert f"node-{stranger}".encode() not in client.acl_users()
    with contextlib.closing(connect(told.broker)) as client:
        assert client.time()
    file = tmp_path / "users.acl"
    file.write_text("user console on #abc ~* +@all\n")
    assert acl_file_write(file) == NodeAccess.objects.count()
    digests = dict(NodeAccess.objects.values_list("node__ulid", "password_digest"))
    assert file.read_text().splitlines() == ["user console on #abc ~* +@all", *acl_lines(digests)]


def test_a_broker_that_comes_back_with_older_rights_is_given_those_of_now(
    machine: Machine, tmp_path: Path, settings: Any
) -> None:
    """Its data was kept, and its file of users was not: nobody could write it when the rights were withdrawn."""
    with redis_server(tmp_path) as redis:
        settings.MINERCONSOLE_BROKER = redis.url
        machine.joined(_token())
        user = f"node-{machine.ulid}"
        with contextlib.closing(redis.client()) as client:
            assert users_sync()[0] == 1 and users_sync()[0] == 0
            client.execute_command("ACL", "SETUSER", user, "+flushall")  # type: ignore[no-untyped-call]
            client.execute_command("ACL", "SAVE")  # type: ignore[no-untyped-call]
            client.save()
        redis.stop()
        redis.start()
        assert users_sync()[0] == 1
        with contextlib.closing(redis.client()) as client:
            assert client.acl_dryrun(user, "flushall") != "OK"


# --- plans, commands, clones -----------------------------------------------------------------------------------------


def _beat(redis: RedisServer, machine: Machine, run: str, host: str = "h") -> None:
    with contextlib.closing(redis.client()) as client:
        client.xadd(node_key(machine.ulid, BEATS), {"r": run, "m": host, "h": host, "n": "1.0"})


def _queued(redis: RedisServer, machine: Machine) -> int:
    with contextlib.closing(redis.client()) as client:
        count: Any = client.llen(node_prefix(machine.ulid) + node_queue(machine.ulid))
        return int(count)


def test_a_plan_goes_into_the_queue_of_its_machine_and_again_while_nobody_answers(
    machine: Machine, redis: RedisServer
) -> None:
    machine.joined(_token())
    plan = plan_apply(make_actor(Role.ADMIN), machine.node, PlanWish(is_offline=True))
    assert plan.state == PlanState.QUEUED and "has not answered" in plan.state_reason
    assert _queued(redis, machine) == 1
    assert plans_send_again() == 0
    Plan.objects.update(state_at=timezone.now() - timedelta(minutes=1))
    assert plans_send_again() == 1 and _queued(redis, machine) == 2
    Plan.objects.update(state=PlanState.VERIFIED)
    assert plans_send_again() == 0


def test_a_plan_for_a_machine_starts_above_what_it_followed_before(machine: Machine) -> None:
    machine.says["followed_version"] = 41
    machine.joined(_token())
    assert plan_apply(make_actor(Role.ADMIN), machine.node, PlanWish(is_offline=True)).version == 42


def test_two_machines_with_one_identity_are_found_and_given_nothing(machine: Machine, redis: RedisServer) -> None:
    machine.joined(_token())
    for run in ("R1", "R1", "R2"):
        _beat(redis, machine, run, f"host {run}")
    assert beats_look() == 0  # it was started again
    _beat(redis, machine, "R1", "host R1")
    assert beats_look() == 1
    assert machine.node.access.state == MemberState.CLONED
    (event,) = Event.objects.filter(kind="fleet.cloned")
    assert event.level == "error" and "host R1" in event.sentence and "host R2" in event.sentence
    with pytest.raises(ConflictError) as refused_plan:
        plan_apply(make_actor(Role.ADMIN), machine.node, PlanWish(is_offline=True))
    with pytest.raises(ConflictError) as refused_order:
        node_order(make_actor(Role.ADMIN), machine.node, "start")
    assert refused_plan.value.code == refused_order.value.code == "node_cloned"
    assert _queued(redis, machine) == 0
    assert beats_look() == 0 and Event.objects.filter(kind="fleet.cloned").count() == 1
    assert _code(machine.join(_token())) == (409, "node_cloned")  # the other one is still alive
    NodeAccess.objects.update(heard_at=timezone.now() - timedelta(minutes=1))
    machine.joined(_token())
    assert machine.node.access.state == MemberState.MEMBER
    assert beats_look() == 0  # what was heard before it joined again does not count


def test_a_machine_whose_owner_left_is_no_member_any_more(machine: Machine) -> None:
    told = machine.joined(_token())
    tell_left(Membership(machine.ulid, "n", "https://console", "owner", told.broker, 1.0))
    beats_look()
    access = machine.node.access
    assert (access.state, access.state_reason) == (MemberState.LEFT, "its owner had it leave")
    users_sync()
    with contextlib.closing(connect(told.broker)) as client, pytest.raises(AuthenticationError):
        client.ping()


def test_beats_tell_when_a_machine_was_heard_and_how_far_its_clock_is_off(machine: Machine, redis: RedisServer) -> None:
    machine.joined(_token())
    _beat(redis, machine, "R1")
    beats_look()
    access = machine.node.access
    assert access.heard_at is not None and abs((timezone.now() - access.heard_at).total_seconds()) < 60
    assert access.clock_offset_s is not None and access.clock_offset_s > 1e9  # its clock reads one second past 1970


def test_an_order_without_an_answer_says_so_in_the_events(
    machine: Machine, redis: RedisServer, monkeypatch: Any
) -> None:
    machine.joined(_token())
    monkeypatch.setattr("mining.services.fleet_orders._POLL_S", 0.01)
    from mining.services.fleet_orders import command_send

    sent = command_send(machine.node, "stop", wait_s=0.05)
    assert sent.answer is None and _queued(redis, machine) == 1


def test_a_machine_that_is_removed_can_do_nothing_at_the_broker(machine: Machine, redis: RedisServer) -> None:
    told = machine.joined(_token())
    with pytest.raises(ForbiddenError):
        node_remove(make_actor(Role.OPERATOR), machine.node)
    NodeAccess.objects.update(state=MemberState.CLONED)  # so that nobody waits for its answer
    node_remove(make_actor(Role.ADMIN), machine.node)
    assert machine.node.access.state == MemberState.LEFT
    with contextlib.closing(connect(told.broker)) as client, pytest.raises(AuthenticationError):
        client.ping()
    with contextlib.closing(redis.client()) as client:
        assert client.keys(f"{node_prefix(machine.ulid)}*") == []
    with pytest.raises(ConflictError) as refused:
        plan_apply(make_actor(Role.ADMIN), machine.node, PlanWish(is_offline=True))
    assert refused.value.code == "node_left"
    machine.joined(_token())
    assert machine.node.access.state == MemberState.MEMBER


def test_a_machine_that_never_joined_is_given_nothing() -> None:
    far = make_node("far")
    with pytest.raises(ConflictError) as refused:
        plan_apply(make_actor(Role.ADMIN), far, PlanWish(is_offline=True))
    assert refused.value.code == "not_member"


@pytest.mark.parametrize(
    "answer", [b'{"id": []}', b'{"id": {}, "digest": 1}', b"[" * 5000, b'{"a": "' + b"x" * 200_000]
)
def test_a_machine_that_answers_nonsense_is_removed_all_the_same(
    machine: Machine, monkeypatch: Any, answer: bytes
) -> None:
    told = machine.joined(_token())
    monkeypatch.setattr("mining.services.fleet_removal._HEARS_S", 0.05)
    with contextlib.closing(connect(told.broker)) as client:
        client.xadd(node_key(machine.ulid, ANSWERS), {"a": answer})
    assert node_remove(make_actor(Role.ADMIN), machine.node).state == MemberState.LEFT
    with contextlib.closing(connect(told.broker)) as client, pytest.raises(AuthenticationError):
        client.ping()


def test_a_fault_of_ours_while_it_is_told_keeps_no_machine_from_being_removed(
    machine: Machine, monkeypatch: Any, caplog: Any
) -> None:
    told = machine.joined(_token())
    monkeypatch.setattr("mining.services.fleet_removal.command_send", lambda *_words, **_more: int("none"))
    node_remove(make_actor(Role.ADMIN), machine.node)
    with contextlib.closing(connect(told.broker)) as client, pytest.raises(AuthenticationError):
        client.ping()
    assert "could not be told to leave" in caplog.text


def test_the_result_of_a_broken_machine_hides_nobody_elses(tmp_path: Path) -> None:
    broken, whole = Machine(tmp_path / "broken"), Machine(tmp_path / "whole")
    runs = []
    for one in (broken, whole):
        told = one.joined(_token())
        run = BenchmarkRun.objects.create(
            node=one.node,
            algorithm="rx/0",
            hashes=9,
            state="running",
            started_at=timezone.now(),
            result={"command": "c"},
        )
        runs.append(run)
        result = '{"hps": 1e999, "said": "a\\u0000b\\ud800"}' if one is whole else f'{{"x": [{"1," * 40_000}1]}}'
        with contextlib.closing(connect(told.broker)) as client:
            client.xadd(node_key(one.ulid, ANSWERS), {"a": f'{{"id": "c", "ok": true, "result": {result}}}'})
    assert far_benchmarks_collect() == 2
    for run in runs:
        run.refresh_from_db()
    assert [run.state for run in runs] == ["failed", "done"] and "too long" in runs[0].sentence
    assert runs[1].result == {"hps": None, "said": "ab"}

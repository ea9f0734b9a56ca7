"""Two machines mine while everything around them breaks: broker, database, network, workers, tasks that come twice.

Each break: no second miner, no orphan, mining goes on without the console, everything catches up, and the rows are the
journals, share for share. One machine has a network of its own, which can be cut.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mining.configuration.broker_url import broker_place
from mining.engine.signed_plan import CONSOLE_KEY, private_key_of
from mining.fleet.keys import ACKED, JOURNAL, node_key
from mining.fleet.node_app import VISIBILITY_S
from mining.fleet.wanted import from_text
from tests.support.fleet_console import TEMPLATE, make_template
from tests.support.fleet_laws import check_laws, one_miner_each, recorded_shares, told_shares
from tests.support.network import Network, own_network
from tests.support.node_queue import NodeQueue
from tests.support.postgres import Postgres, running_postgres
from tests.support.process_facts import until
from tests.support.redis_server import RedisServer, redis_server
from tests.support.whole_console import SOON_S, JoinedNode, WholeConsole, whole_console

pytestmark = pytest.mark.soak
AWAY_S = 30.0
WORDS = ("--cores", "0", "--difficulty", "300")


class Fleet:
    """The console with all of its servers, and two machines that mine."""

    def __init__(self, console: WholeConsole, postgres: Postgres, redis: RedisServer, network: Network) -> None:
        self.console, self.postgres, self.redis, self.network = console, postgres, redis, network
        self.nodes: list[JoinedNode] = []
        self._intensity = 40

    def plan(self, node: JoinedNode) -> int:
        """Give it another plan through the API; returns its version."""
        self._intensity += 1
        body = {"is_offline": True, "algorithm": "scrypt", "intensity": self._intensity}
        return int(self.console.done("POST", f"/nodes/{node.ulid}/plans", body)["version"])

    def wait_verified(self, node: JoinedNode, version: int) -> None:
        """At the machine, and in the console's rows."""
        node.wait_followed(version)
        place = f"/nodes/{node.ulid}/plans/{version}"
        until(
            lambda: self.console.done("GET", place)["state"] == "verified", SOON_S,
            lambda: f"{node.folder.name} {version}: {self.shipped(node)}\n{self.console.said()}",
        )  # fmt: skip

    def shipped(self, node: JoinedNode) -> str:
        """How far a machine's journal got, for a failed test."""
        with contextlib.closing(self.redis.client()) as client:
            waiting: Any = (
                client.xinfo_stream(node_key(node.ulid, JOURNAL))
                if client.exists(node_key(node.ulid, JOURNAL))
                else "no stream"
            )
            acked = client.get(node_key(node.ulid, ACKED))
        rows = self.console.tell(
            'SELECT file, "offset", mining_journalposition.updated_at FROM mining_journalposition JOIN mining_node '
            f"ON mining_node.id = node_id WHERE ulid = '{node.ulid}'"
        )
        files = {path.name: path.stat().st_size for path in (node.home / "journal").iterdir()}
        return f"stream {waiting}, acked {acked!r}, rows {rows}, files {files}\n{node.story()}"

    def wait_settled(self, node: JoinedNode, version: int) -> str:
        """Wait until the console's rows know what became of a plan; returns its state. A plan whose machine was killed
        between applied and verified has failed, and the machine goes on with the one that held before."""
        place, told = f"/nodes/{node.ulid}/plans/{version}", dict[str, Any]()

        def is_settled() -> bool:
            told.update(self.console.done("GET", place))
            return told["state"] in ("verified", "failed", "rolled_back")

        until(is_settled, SOON_S, lambda: f"{told}\n{node.story()}")
        assert told["state"] == "verified" or told["state_reason"], told
        return str(told["state"])

    def wait_found(self, *nodes: JoinedNode, during_s: float = 0.0) -> None:
        """Wait until each of them found shares from now on, for so long at least."""
        before, least = [len(told_shares(node)) for node in nodes], time.monotonic() + during_s

        def have_all() -> bool:
            found = all(len(told_shares(node)) > count for node, count in zip(nodes, before, strict=True))
            return found and time.monotonic() >= least

        until(have_all, SOON_S + during_s, lambda: "\n".join(node.story() for node in nodes))

    def check(self) -> None:
        """The laws, of both and in sum."""
        check_laws(self.console, self.nodes)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Each test leaves both mining."""
    folder = tmp_path_factory.mktemp("breaks")
    with contextlib.ExitStack() as stack:
        network = stack.enter_context(own_network())
        addresses = ("127.0.0.1", network.here)
        redis = stack.enter_context(redis_server(folder / "redis", addresses=addresses))
        postgres = stack.enter_context(running_postgres())
        make_template(postgres, tmp_path_factory.mktemp("template"))
        postgres.create_database("breaks", TEMPLATE)
        public = redis.url.replace("127.0.0.1", network.here)
        console = stack.enter_context(whole_console(folder / "console", postgres, "breaks", redis, public))
        made = Fleet(console, postgres, redis, network)
        for name, behind in (("one", network.words), ("two", ())):
            node = JoinedNode(folder / name, console, *WORDS, behind=behind)
            stack.callback(node.clean_up)
            node.join(name)
            node.key = private_key_of(console.home, CONSOLE_KEY)
            node.start()
            made.nodes.append(node)
        for node in made.nodes:
            made.wait_verified(node, made.plan(node))
            assert _connected_to(made, node) == broker_place(public)
        yield made
        for node in made.nodes:
            assert node.stop() == 0
        for node in made.nodes:
            node.wait_gone()


@pytest.fixture(autouse=True)
def one_miner(fleet: Fleet) -> Iterator[None]:
    """In no test of this file two miners of one machine."""
    with one_miner_each(fleet.nodes):
        yield


def _connected_to(fleet: Fleet, node: JoinedNode) -> str:
    """The address at which the broker has its connections."""
    with contextlib.closing(fleet.redis.client()) as client:
        mine = [each for each in client.client_list() if each["user"] == f"node-{node.ulid}"]
    (address,) = {str(each["laddr"]) for each in mine}
    return address


def test_a_broker_that_is_away_for_half_a_minute_and_forgets_everything(fleet: Fleet) -> None:
    fleet.redis.stop()
    fleet.wait_found(*fleet.nodes, during_s=AWAY_S)
    fleet.redis.start()  # without keys and users: the console's worker gives both again
    fleet.check()
    for node in fleet.nodes:
        fleet.wait_verified(node, fleet.plan(node))
    fleet.check()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restarted", "crashed"])
def test_a_database_that_is_restarted_or_crashes(fleet: Fleet, how: signal.Signals) -> None:
    fleet.postgres.stop(how)
    fleet.wait_found(*fleet.nodes, during_s=AWAY_S / 2)
    fleet.postgres.start()
    fleet.wait_found(*fleet.nodes)
    fleet.check()


def test_a_network_of_one_machine_that_is_cut_while_its_broker_forgets_it(fleet: Fleet) -> None:
    cut, other = fleet.nodes
    fleet.network.cut()
    try:
        with contextlib.closing(fleet.redis.client()) as client:  # what it would be told of that is lost on the way
            assert client.execute_command("CLIENT", "KILL", "USER", f"node-{cut.ulid}") > 0  # type: ignore[no-untyped-call]
        rows = len(recorded_shares(fleet.console, other))
        fleet.wait_found(*fleet.nodes, during_s=AWAY_S)
        until(lambda: len(recorded_shares(fleet.console, other)) > rows, SOON_S, "the other one is recorded")
        presence = fleet.console.done("GET", "/fleet/totals")["presence"]
        assert (presence["live"] + presence["late"], presence["stale"]) == (1, 1), presence
        version = fleet.plan(cut)
    finally:
        fleet.network.mend()
    fleet.wait_verified(cut, version)
    fleet.check()


def test_a_network_that_is_cut_and_comes_back_before_anybody_gave_up(fleet: Fleet) -> None:
    cut = fleet.nodes[0]
    fleet.network.cut()
    try:
        fleet.wait_found(cut, during_s=5.0)
    finally:
        fleet.network.mend()
    fleet.wait_verified(cut, fleet.plan(cut))
    fleet.check()


def test_a_worker_that_is_killed_while_it_was_given_a_plan(fleet: Fleet) -> None:
    for node in fleet.nodes:
        version = fleet.plan(node)
        node.kill()
        node.start()  # at once: the miner of the one before still drains
        fleet.wait_settled(node, version)
        node.wait_state("mining")
        fleet.wait_verified(node, fleet.plan(node))
    fleet.check()


def test_a_worker_that_ends_warmly_and_begins_again(fleet: Fleet) -> None:
    before = [node.followed for node in fleet.nodes]
    for node in fleet.nodes:
        assert node.stop() == 0
        node.wait_gone()
        assert told_shares(node)
        node.start()
    for node, followed in zip(fleet.nodes, before, strict=True):
        node.wait_state("mining")
        assert node.followed == followed
    fleet.check()


def test_a_task_that_was_taken_by_a_worker_that_died_is_done_once_after_the_visibility_timeout(fleet: Fleet) -> None:
    node = fleet.nodes[1]
    assert node.stop() == 0
    node.wait_gone()
    queue = NodeQueue(fleet.redis, node.ulid)
    given = node.command("pause", ttl_s=600)
    taken = queue.take()
    assert taken is not None
    queue.die()
    node.start()
    node.wait_state("mining")
    assert (queue.waiting, queue.taken) == (0, 1)
    until(lambda: node.state == "paused", VISIBILITY_S + SOON_S, node.story)
    node.command("resume")
    node.wait_state("mining")
    _put_again(fleet, node, taken, times=3)  # as if what it did had never been noted
    until(lambda: (queue.waiting, queue.taken) == (0, 0), SOON_S, node.story)
    fleet.wait_found(node)
    assert node.state == "mining" and sum(each.get("id") == given for each in node.answers()) == 1
    fleet.check()


def test_plans_that_come_again_in_any_order_change_nothing(fleet: Fleet) -> None:
    node = fleet.nodes[0]
    fleet.wait_verified(node, fleet.plan(node))
    followed, receipts = node.followed, node.receipts()
    miner, queue = node.titled("supervisor"), NodeQueue(fleet.redis, node.ulid)
    rows = fleet.console.tell(
        "SELECT document, signature FROM mining_plan JOIN mining_node ON mining_node.id = node_id "
        f"WHERE ulid = '{node.ulid}' ORDER BY mining_plan.version"
    )
    assert len(rows) >= 2
    for document, signature in (*rows, *reversed(rows), *rows[-1:] * 3):
        node.send("apply_plan", bytes(document), bytes.fromhex(signature))
    until(lambda: (queue.waiting, queue.taken) == (0, 0), SOON_S, node.story)
    fleet.wait_found(node)
    assert (node.followed, node.receipts(), node.titled("supervisor")) == (followed, receipts, miner)
    queue.die()
    fleet.check()


def test_all_at_once(fleet: Fleet) -> None:
    """Broker, database and console's worker away, one machine's network cut, the other's worker killed."""
    cut, other = fleet.nodes
    worker = fleet.console.processes["worker"]
    breaks: tuple[Callable[[], Any], ...] = (
        fleet.network.cut, fleet.redis.stop, lambda: fleet.postgres.stop(signal.SIGQUIT), other.kill,
        lambda: os.kill(worker.pid, signal.SIGKILL),
    )  # fmt: skip
    for break_it in breaks:
        break_it()
    worker.wait()
    other.start()
    other.wait_state("mining")  # a start that saw neither broker nor console
    fleet.wait_found(*fleet.nodes, during_s=AWAY_S)
    fleet.postgres.start()
    fleet.redis.start()
    fleet.network.mend()
    fleet.console.start()
    for node in (cut, other):
        fleet.wait_verified(node, fleet.plan(node))
    fleet.check()


def _put_again(fleet: Fleet, node: JoinedNode, task: Any, *, times: int) -> None:
    fields = task.decode()[1]
    document, signature = from_text(fields["document"]), from_text(fields["signature"])
    for _ in range(times):
        node.send("pause", document, signature)

"""Nothing connects anywhere but to what is configured: the sockets of all processes of a run, while it runs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_monerod import FakeMonerod
from tests.support.mine import START_S, WAIT_S, MineRun, mining
from tests.support.process_facts import Connection, connections_of, datagram_sockets_of, free_port, until

WALLET = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
LOOPBACK = "0100007F"


@pytest.fixture
def daemon() -> Iterator[FakeMonerod]:
    """A scripted monerod that serves from a thread of its own."""
    loop, server = asyncio.new_event_loop(), FakeMonerod()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(30)
    yield server
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def seen_while(run: MineRun, rounds: int) -> set[Connection]:
    """All TCP sockets of the run during `rounds` further frames."""
    seen: set[Connection] = set()
    for _ in range(rounds):
        done = threading.Event()

        def look(done: threading.Event = done, mark: int = run.mark) -> bool:
            pids = [process.pid for process in run.processes()]
            seen.update(connections_of(pids))
            assert datagram_sockets_of(pids) == [], "a UDP socket: a name look-up?"
            if any(event["event"] == "frame" for event in run.events[mark:]):
                done.set()
            return done.is_set()

        until(look, WAIT_S, "a frame")
    return seen


def named(host: str, port: int) -> str:
    return f"{host}:{port:04X}"


def test_offline_there_is_no_socket_but_the_page(tmp_path: Path, self_tested_home: Path) -> None:
    port = free_port()
    options = ("--offline", "--light", "--difficulty", "6", "--listen", f"127.0.0.1:{port}")
    with mining(tmp_path, *options, self_test=self_tested_home) as run:
        run.wait_event("share", timeout_s=START_S)
        until(lambda: any(c.is_listening for c in connections_of(p.pid for p in run.processes())), WAIT_S, "the page")
        seen = seen_while(run, 3)
    assert {connection.local for connection in seen} == {named(LOOPBACK, port)}
    assert all(connection.is_listening for connection in seen)


def test_without_the_page_there_is_no_socket_at_all(light_miner: MineRun) -> None:
    assert seen_while(light_miner, 3) == set()


@pytest.mark.soak
def test_solo_the_daemon_is_the_only_peer(tmp_path: Path, self_tested_home: Path, daemon: FakeMonerod) -> None:
    url = f"daemon+http://127.0.0.1:{daemon.endpoint.port}"
    options = ("--light", "--no-web", "--pool", url, "--wallet", WALLET)
    with mining(tmp_path, *options, self_test=self_tested_home) as run:
        run.wait_event("share", timeout_s=START_S)
        seen = seen_while(run, 3)
    assert {connection.remote for connection in seen} == {named(LOOPBACK, daemon.endpoint.port)}
    assert not any(connection.is_listening for connection in seen)
    assert daemon.requests

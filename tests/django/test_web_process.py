"""The web peer as a process: where it listens, what it shows, and when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from mining.engine.control import ControlServer
from mining.engine.event_hub import EventHub
from tests.support.frames import mining_frame
from tests.support.homes import log_in, make_database, make_login_link

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def port() -> int:
    """A port that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the web process for `tmp_path`; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def run(listen: str, *more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "minerconsole.web", "--home", str(tmp_path), "--listen", listen, *more]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "minerconsole.settings"}  # the product's, not the tests'
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def _until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, f"not so within {PATIENCE_S:.0f} s: {what}"
        time.sleep(0.02)


def _status(port: int, path: str, cookie: str = "") -> int:
    request = Request(f"http://127.0.0.1:{port}{path}", headers={"Cookie": cookie, "Accept": "application/json"})
    try:
        with urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code
    except OSError:  # nobody there, or it is still loading
        return 0


def _frame(port: int, cookie: str) -> dict[str, object]:
    request = Request(f"http://127.0.0.1:{port}/api/v1/frame", headers={"Cookie": cookie})
    with urlopen(request, timeout=30) as answer:
        body: dict[str, object] = json.load(answer)
        return body


def test_it_serves_without_a_miner_and_ends_quickly_when_asked(start: Start, port: int) -> None:
    process = start(f"127.0.0.1:{port}")
    _until(lambda: _status(port, "/livez") == 200, "it answers")
    assert _status(port, "/api/v1/frame") == 401
    assert Path(f"/proc/{process.pid}/cmdline").read_bytes().startswith(b"minerconsole: web")
    process.send_signal(signal.SIGINT)
    assert _status(port, "/livez") == 200
    began = time.monotonic()
    process.terminate()
    assert process.wait(timeout=PATIENCE_S) == 0
    assert time.monotonic() - began < 5
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_an_open_connection_does_not_hold_it_up(start: Start, port: int) -> None:
    process = start(f"127.0.0.1:{port}")
    _until(lambda: _status(port, "/livez") == 200, "it answers")
    with socket.create_connection(("127.0.0.1", port)) as idle:
        idle.sendall(b"GET / HT")
        process.terminate()
        assert process.wait(timeout=PATIENCE_S) == 0


async def test_it_shows_frames_outlives_the_miner_and_leaves_at_its_goodbye(
    start: Start, port: int, tmp_path: Path
) -> None:
    make_database(tmp_path)
    process = start(f"127.0.0.1:{port}")
    await asyncio.to_thread(_until, lambda: _status(port, "/livez") == 200, "it answers")
    cookie = await asyncio.to_thread(log_in, make_login_link(tmp_path))
    assert await asyncio.to_thread(_status, port, "/api/v1/frame", cookie) == 503
    for seq in (1, 2):  # the miner is started twice: the page finds it again
        hub = EventHub()
        server = ControlServer(tmp_path, hub, lambda op, message: {"ok": True})
        await server.start()
        hub.emit_frame(mining_frame(seq=seq))
        await asyncio.to_thread(_until, partial(_has_frame, port, cookie, seq), f"frame {seq}")
        if seq == 2:
            hub.emit("bye", exit_code=0)
        await server.close()
        if seq == 1:
            await asyncio.to_thread(
                _until, lambda: _frame(port, cookie)["linked"] is False, "it knows that the miner is gone"
            )
    assert await asyncio.to_thread(process.wait, PATIENCE_S) == 0


def _has_frame(port: int, cookie: str, seq: int) -> bool:
    with contextlib.suppress(OSError):
        body = _frame(port, cookie)
        return body["seq"] == seq and body["linked"] is True
    return False


def test_a_busy_port_is_one_sentence_and_exit_3(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        process = start(f"127.0.0.1:{taken}")
        words = process.communicate(timeout=PATIENCE_S)[1]
    assert process.returncode == 3
    assert words == (
        f"Port {taken} on 127.0.0.1 is taken by another program; mining goes on without the page."
        " Choose another with --listen.\n"
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]"])
def test_an_address_others_can_reach_needs_a_password_and_is_exit_3(start: Start, host: str, port: int) -> None:
    process = start(f"{host}:{port}")
    words = process.communicate(timeout=PATIENCE_S)[1]
    assert process.returncode == 3
    assert "could be opened by other computers, and no user of it has a password" in words
    assert words.count("\n") == 1


def test_it_ends_with_its_parent(port: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "minerconsole.web", "--home", str(tmp_path), "--listen", f"127.0.0.1:{port}"]
    script = "import subprocess, sys; subprocess.Popen(sys.argv[1:]); sys.stdin.read()"
    parent = subprocess.Popen([sys.executable, "-c", script, *command], stdin=subprocess.PIPE, cwd=ROOT)
    try:
        _until(lambda: _status(port, "/livez") == 200, "it answers")
    finally:
        parent.kill()
        parent.communicate()
    _until(lambda: _status(port, "/livez") == 0, "it has ended")


def test_a_parent_that_is_gone_already_is_noticed(start: Start, port: int) -> None:
    process = start(f"127.0.0.1:{port}", "--parent", str(os.getppid()))
    assert process.wait(timeout=PATIENCE_S) == 0

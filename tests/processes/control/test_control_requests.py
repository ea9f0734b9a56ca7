"""Requests over the real control socket: answers, refusals, garbage, and nobody there."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from mining.engine.control import ControlServer, NotRunningError, refusal, request
from mining.engine.event_hub import EventHub
from mining.errors import MinerConsoleError
from tests.processes.control.conftest import Desk


async def test_a_request_brings_its_fields_and_gets_its_answer(desk: Desk) -> None:
    desk.answer = {"ok": True, "pid": 7, "words": "Grüße"}
    assert await desk.ask("intensity", value=50, source="test") == desk.answer
    assert desk.asked == [("intensity", {"op": "intensity", "value": 50, "source": "test"})]


async def test_a_refusal_is_an_error_with_its_code_and_sentence(desk: Desk) -> None:
    desk.answer = refusal("bad_value", "Intensity 101 is not a whole number from 0 to 100.")
    with pytest.raises(MinerConsoleError) as caught:
        await desk.ask("intensity", value=101)
    assert (caught.value.code, caught.value.sentence) == ("bad_value", desk.answer["error"]["sentence"])  # type: ignore[index]


async def test_socket_and_folder_belong_to_the_user_alone(desk: Desk) -> None:
    assert stat.S_IMODE((desk.home / "run" / "control.sock").stat().st_mode) == 0o600
    assert stat.S_IMODE((desk.home / "run").stat().st_mode) == 0o700


async def test_listening_leaves_the_umask_of_the_process_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        server = ControlServer(tmp_path, EventHub(), lambda op, message: {"ok": True})
        await server.start()
        await server.close()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


async def test_a_home_with_a_path_longer_than_a_socket_address_works(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30) / ("path" * 30)
    assert len(str(home)) > 108
    made = Desk(home)
    await made.server.start()
    assert await made.ask("status") == {"ok": True}
    await made.server.close()


async def test_a_socket_left_by_a_dead_supervisor_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "run" / "control.sock"))
    with pytest.raises(NotRunningError):
        request(tmp_path, "status")
    made = Desk(tmp_path)
    await made.server.start()
    assert await made.ask("status") == {"ok": True}
    await made.server.close()


@pytest.mark.parametrize("what", ["no home", "no run", "no socket", "run is a file", "socket is a file"])
def test_nobody_there_is_told_with_the_home_and_the_next_step(tmp_path: Path, what: str) -> None:
    home = tmp_path / "home"
    if what != "no home":
        home.mkdir()
    if what == "run is a file":
        (home / "run").write_text("")
    if what in ("no socket", "socket is a file"):
        (home / "run").mkdir()
    if what == "socket is a file":
        (home / "run" / "control.sock").write_text("")
    with pytest.raises(NotRunningError) as caught:
        request(home, "status")
    assert caught.value.code == "not_running" and str(home) in caught.value.sentence
    assert "./manage.sh mine" in caught.value.sentence


def test_a_supervisor_that_does_not_answer_is_told_apart_from_none(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "run" / "control.sock"))
        mute.listen()
        with pytest.raises(MinerConsoleError, match=r"did not answer within 0.05 s") as caught:
            request(tmp_path, "status", timeout_s=0.05)
    assert caught.value.code == "no_answer"


async def test_after_the_end_nobody_is_there(desk: Desk) -> None:
    await desk.server.close()
    with pytest.raises(NotRunningError):
        await desk.ask("status")
    assert not (desk.home / "run" / "control.sock").exists()


GARBAGE = [
    b"\n",
    b"hello\n",
    b"[]\n",
    b"null\n",
    b'"status"\n',
    b'{"op":7}\n',
    b'{"oop":"status"}\n',
    b"{\n",
    b"\x00\xff\xfe\n",
    b"[" * 100_000 + b"\n",
]


@pytest.mark.parametrize("line", GARBAGE, ids=[repr(line[:16]) for line in GARBAGE])
async def test_garbage_is_refused_and_the_next_request_on_the_line_is_answered(desk: Desk, line: bytes) -> None:
    async with desk.connection() as (reader, writer), asyncio.timeout(30):
        writer.write(line + b'{"op":"status"}\n')
        refused, answered = [json.loads(await reader.readline() or b"{}") for _ in range(2)]
    assert refused.get("ok") is False and refused["error"]["code"] == "bad_request"
    assert answered == {"ok": True} and [op for op, _ in desk.asked] == ["status"]


async def test_a_line_without_end_is_cut_off_and_others_are_served(desk: Desk) -> None:
    async with desk.connection() as (reader, writer), asyncio.timeout(30):
        writer.write(b"x" * (3 << 20))
        with contextlib.suppress(ConnectionResetError):  # what it did not read is thrown away with the connection
            assert await reader.read() == b""
    assert await desk.ask("status") == {"ok": True}


async def test_who_leaves_in_the_middle_of_a_request_disturbs_nobody(desk: Desk) -> None:
    async with desk.connection() as (_, writer):
        writer.write(b'{"op":"sta')
    assert await desk.ask("status") == {"ok": True} and len(desk.asked) == 1


async def test_an_unexpected_error_in_one_order_leaves_the_socket_open_for_others(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(op: str, message: dict[str, object]) -> dict[str, object]:
        raise RuntimeError("a bug")

    desk.server._handler = fail
    with pytest.raises(MinerConsoleError):
        await desk.ask("status")
    desk.server._handler = lambda op, message: {"ok": True}
    assert await desk.ask("status") == {"ok": True}
    caplog.clear()


def test_an_answer_that_was_cut_off_is_no_answer(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "run" / "control.sock"))
        server.listen()
        ended = threading.Thread(target=_half_an_answer, args=(server,))
        ended.start()
        with pytest.raises(NotRunningError, match="just ending"):
            request(tmp_path, "status")
        ended.join()


def _half_an_answer(server: socket.socket) -> None:
    link, _ = server.accept()
    with link:
        link.recv(4096)
        link.sendall(b'{"ok": tr')

"""The control socket, both ends: HOME/run/control.sock, mode 0600, one JSON object a line.

Requests: status, watch, pause, resume, intensity, cores, algorithm, apply_plan, start_mining, stop_mining, stop. The
set is closed: there is no "execute". The socket is addressed through /proc/self/fd, because a Unix path may have 107
bytes only.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from mining.engine.event_hub import EventHub
from mining.errors import MinerConsoleError
from mining.program import program_name

SOCKET_NAME = "control.sock"
_LINE_LIMIT = 1 << 20
_STATUS_TIMEOUT_S = 10.0

Handler = Callable[[str, dict[str, object]], dict[str, object]]


class NotRunningError(MinerConsoleError):
    """Nobody answers at the control socket."""

    default_code = "not_running"


@contextlib.contextmanager
def _socket_path(home: Path) -> Iterator[str]:
    """A short path to the socket, valid inside the block."""
    folder = os.open(home / "run", os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{SOCKET_NAME}"
    finally:
        os.close(folder)


def request(home: Path, op: str, timeout_s: float = 5.0, **fields: object) -> dict[str, object]:
    """Ask the Supervisor of `home` and return its answer. Raises NotRunningError when there is none, and
    MinerConsoleError with the code and sentence of a refusal."""
    try:
        with _socket_path(home) as path, socket.socket(socket.AF_UNIX) as link:
            link.settimeout(timeout_s)
            link.connect(path)
            link.sendall(json.dumps({"op": op, **fields}).encode() + b"\n")
            with link.makefile("rb") as answers:
                line = answers.readline(_LINE_LIMIT)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError, ConnectionResetError, BrokenPipeError):
        raise NotRunningError(
            f"Nothing is running from {home}", next_step=f"Start it with {program_name()} mine."
        ) from None
    except TimeoutError:
        raise MinerConsoleError(
            f"The Supervisor of {home} did not answer within {timeout_s:g} s",
            next_step=f"Try again; {program_name()} logs shows what it does.",
            code="no_answer",
        ) from None
    except PermissionError:
        raise MinerConsoleError(
            f"The control socket in {home / 'run'} belongs to another user",
            next_step="Use the account that started the miner.",
            code="permission",
        ) from None
    if not line.endswith(b"\n"):  # also the beginning of an answer whose end never came
        raise NotRunningError(f"The Supervisor of {home} is just ending", next_step="Try again in a moment.")
    answer: dict[str, object] = json.loads(line)
    if not answer.get("ok"):
        error = answer.get("error")
        error = error if isinstance(error, dict) else {}
        raise MinerConsoleError(str(error.get("sentence", "refused")), code=str(error.get("code", "refused")))
    return answer


async def watch(home: Path) -> AsyncIterator[dict[str, object]]:
    """Yield the events of the Supervisor of `home` until it ends. Raises NotRunningError when it is not there."""
    try:
        with _socket_path(home) as path:
            reader, writer = await asyncio.open_unix_connection(path, limit=_LINE_LIMIT)
    except OSError:
        raise NotRunningError(f"Nothing is running from {home}") from None
    try:
        writer.write(b'{"op":"watch"}\n')
        while line := await reader.readline():
            yield json.loads(line)
    except (ConnectionResetError, BrokenPipeError):
        return
    finally:
        writer.close()


class ControlServer:
    """The Supervisor's end."""

    def __init__(self, home: Path, hub: EventHub, handler: Handler) -> None:
        self._home = home
        self._hub = hub
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen. The caller holds the lock of the home folder, so a socket that is there is a dead one."""
        (self._home / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileNotFoundError):
            (self._home / "run" / SOCKET_NAME).unlink()
        with _socket_path(self._home) as path:
            mask = os.umask(0o177)
            try:
                self._server = await asyncio.start_unix_server(self._serve, path, limit=_LINE_LIMIT)
            finally:
                os.umask(mask)

    async def close(self, grace_s: float = 0.5) -> None:
        """Let the watchers read what is left, then end."""
        if self._server is not None:
            self._server.close()
        self._hub.end()
        if self._clients:
            await asyncio.wait(list(self._clients), timeout=grace_s)
        for task in list(self._clients):
            task.cancel()
        with contextlib.suppress(FileNotFoundError):
            (self._home / "run" / SOCKET_NAME).unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            while line := await reader.readline():
                message = _decode(line)
                if message is None:
                    _write(writer, refusal("bad_request", "A request is one JSON object with an `op`."))
                elif message["op"] == "watch":
                    await self._stream(writer)
                    return
                else:
                    _write(writer, self._handler(str(message["op"]), message))
                await writer.drain()
        except (ConnectionError, asyncio.LimitOverrunError, ValueError):
            pass
        except asyncio.CancelledError:  # by close(); left to asyncio, Python 3.11 would print a traceback
            pass
        finally:
            self._clients.discard(task)
            writer.close()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        watcher = self._hub.watch()
        try:
            while lines := await watcher.take():
                writer.writelines(lines)
                await writer.drain()
        finally:
            self._hub.unwatch(watcher)


def refusal(code: str, sentence: str) -> dict[str, object]:
    """An answer that says no, and why."""
    return {"ok": False, "error": {"code": code, "sentence": sentence}}


def _decode(line: bytes) -> dict[str, object] | None:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) and isinstance(message.get("op"), str) else None


def _write(writer: asyncio.StreamWriter, answer: dict[str, object]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")

"""The event-loop side of a test pool: listener, sockets, timers of the behaviour, and new work."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Coroutine

from mining.stratum.cryptonote.server_messages import encode_job
from mining.stratum.errors import LineTooLongError
from mining.stratum.framing import LineBuffer
from tests.support.pools.behaviour import Behaviour, IdleEffect
from tests.support.pools.connection import Connection
from tests.support.pools.desk import Desk
from tests.support.pools.faults import FaultKind
from tests.support.pools.hashing import ShareHasher
from tests.support.pools.records import ConnectionRecord, Offence
from tests.support.pools.state import PoolState, Session

HOST = "127.0.0.1"
TICK_S = 0.02
READ_BYTES = 65_536
HANDSHAKE_S = 10.0
CLOSE_S = 1.0


class PoolServer:
    """Everything here runs in one event loop. `block_s`, `job_s`: new heights and new jobs come that often."""

    def __init__(
        self, state: PoolState, hasher: ShareHasher, *, block_s: float | None = None, job_s: float | None = None
    ) -> None:
        self.state = state
        self.port = 0
        self.tls: ssl.SSLContext | None = None
        self._hasher = hasher
        self._periods = {"block": block_s, "job": job_s}
        self._due = {name: time.monotonic() + (period or 0) for name, period in self._periods.items()}
        self.links: dict[int, Connection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: socket.socket | None = None
        self._keeper: socket.socket | None = None
        self._desk = Desk(state, hasher, spawn=self.spawn, crash=self._crash)

    @property
    def behaviour(self) -> Behaviour:
        """The pool type."""
        return self.state.behaviour

    # --- life -----------------------------------------------------------------------------------------------------

    async def listen(self) -> None:
        """Listen on a free port, or on the one that it had.

        Another bound socket keeps the port while nothing listens, so that no client takes it for its own end.
        """
        if self._listener is not None:
            return
        if self._keeper is None:
            self._keeper = _bound(0)
            self.port = self._keeper.getsockname()[1]
        self._listener = _bound(self.port)
        self._listener.listen()
        asyncio.get_running_loop().add_reader(self._listener, self._accept, self._listener)

    async def go_down(self) -> None:
        """Close the listener and all sockets; no id of before is known afterwards."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        for link in list(self.links.values()):
            link.is_frozen = False
            link.close("the pool went down")
        self.state.sessions.clear()
        self.state.banned_until = 0.0

    async def stop(self) -> None:
        """Go down for good and end all tasks."""
        await self.go_down()
        await asyncio.sleep(0)  # what was begun last can clean up after itself only once it runs
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._keeper is not None:
            self._keeper.close()

    def spawn(self, work: Coroutine[object, object, None]) -> None:
        """Run `work`; what it raises fails the test at the end."""
        task = asyncio.create_task(self._watched(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watched(self, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except Exception as error:
            self.state.errors.append(error)
            self.state.notify()

    async def tick(self) -> None:
        """Look after the timers for ever."""
        while True:
            await asyncio.sleep(TICK_S)
            self._watch_sessions()
            self._watch_logins()
            for name, period in self._periods.items():
                if period is not None and time.monotonic() >= self._due[name]:
                    self._due[name] += period
                    self.new_work(is_block=name == "block")

    # --- sockets --------------------------------------------------------------------------------------------------

    def _accept(self, listener: socket.socket) -> None:
        # Not asyncio.start_server: a connection that it accepts while it is closed is never closed (Python 3.11).
        try:
            link, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        link.setblocking(False)
        number = len(self.state.connections) + 1
        record = ConnectionRecord(number, time.monotonic(), (number - 1) % self.behaviour.processes)
        self.state.connections.append(record)
        self.state.notify()
        self.spawn(self._welcome(link, record))

    async def _welcome(self, link: socket.socket, record: ConnectionRecord) -> None:
        loop, writers = asyncio.get_running_loop(), list[asyncio.StreamWriter]()
        reader = asyncio.StreamReader(READ_BYTES, loop)
        protocol = asyncio.StreamReaderProtocol(reader, lambda _, writer: writers.append(writer), loop)
        await loop.connect_accepted_socket(lambda: protocol, link)
        await self._attend(Connection(self.state, record, reader, writers[0]))

    async def _attend(self, link: Connection) -> None:
        self.links[link.record.number] = link
        tasks: list[asyncio.Task[None]] = []
        try:
            if self.state.is_banned and self.state.ban_text is None:
                link.end("pool: banned")
            elif self.state.trouble.has(FaultKind.SILENT):
                link.is_frozen = True
            elif self.tls is not None:
                await link.writer.start_tls(self.tls, ssl_handshake_timeout=HANDSHAKE_S)
            tasks = [asyncio.create_task(self._guarded(link, work)) for work in (link.write_lines(), self._read(link))]
            await link.ended.wait()
            async with asyncio.timeout(CLOSE_S):
                await tasks[0]
                await link.writer.wait_closed()
        except OSError as error:  # also of TLS, and TimeoutError
            link.end(f"client: {error}")
        finally:
            link.end("pool: stopped")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            link.writer.transport.abort()
            del self.links[link.record.number]

    async def _guarded(self, link: Connection, work: Coroutine[object, object, None]) -> None:
        """Let no end of a socket pass as a failure, and no failure as the end of a socket."""
        try:
            await work
        except OSError as error:
            link.end(f"client: {error}")
        except Exception as error:
            self.state.errors.append(error)
            link.end(f"pool: {error!r}")

    async def _read(self, link: Connection) -> None:
        lines = LineBuffer(self.behaviour.line_limit)
        while link.record.is_open:
            if link.is_frozen:
                await link.ended.wait()
                return
            data = await link.reader.read(READ_BYTES)
            if link.is_frozen:
                continue
            if not data:
                link.end("client: closed")
                return
            try:
                self._desk.take(link, lines.feed(data))
            except LineTooLongError as error:
                self._desk.take(link, error.lines)
                self._desk.line_too_long(link)

    def _crash(self, link: Connection) -> None:
        """End the process of a connection: all its sockets, all its sessions."""
        for other in list(self.links.values()):
            if other.record.process == link.record.process:
                if other.session is not None:
                    self.state.forget(other.session)
                other.close("the pool's process crashed")

    # --- timers ---------------------------------------------------------------------------------------------------

    def _watch_sessions(self) -> None:
        rule, now = self.behaviour, time.monotonic()
        for session in self.state.live_sessions():
            is_idle = rule.idle_s is not None and now - session.beat_at > rule.idle_s
            if is_idle and rule.idle_effect is IdleEffect.FORGOTTEN:
                self.state.forget(session)
            elif is_idle and rule.idle_effect is IdleEffect.CLOSED:
                session.connection.close("idle")
            limit = rule.first_share_s
            if limit is not None and not session.accepted and now - session.logged_in_at > limit:
                session.connection.close("no valid share yet")
            if not session.connection.record.is_open and rule.idle_effect is not IdleEffect.FORGOTTEN:
                self.state.forget(session)

    def _watch_logins(self) -> None:
        limit = self.behaviour.login_s
        for link in list(self.links.values()):
            is_late = limit is not None and time.monotonic() - link.record.opened_at > limit
            if is_late and not link.login_count and link.is_open:
                self.state.offend(link.record.number, Offence.NO_LOGIN)
                if Offence.NO_LOGIN in self.behaviour.bans.causes:
                    self._desk.ban(link, "no login")
                link.close("no login")

    # --- work -----------------------------------------------------------------------------------------------------

    def new_work(self, *, is_block: bool, seed: bytes | None = None, next_seed: bytes = b"") -> None:
        """Push a new job to every session, of a new height or of the same."""
        if is_block or seed is not None:
            self.state.ring.next_block(seed=seed, next_seed=next_seed)
            self._hasher.prepare(self.state.algorithm, self.state.ring.current.seed)
        for session in self._sessions_with_socket():
            is_idle = self.behaviour.idle_s is not None and time.monotonic() - session.beat_at > self.behaviour.idle_s
            if is_idle and self.behaviour.idle_effect is IdleEffect.CLOSED_AT_NEXT_JOB:
                session.connection.close("idle")
            else:
                self.push(session)

    def _sessions_with_socket(self) -> list[Session]:
        return [session for session in self.state.live_sessions() if session.connection.is_open]

    def push(self, session: Session, *, blob: bytes | None = None, algorithm: str | None = None) -> None:
        """Make a session's next job and send it."""
        job = self.state.next_job(session, blob=blob, algorithm=algorithm)
        shape = self.behaviour.shape
        session.connection.notice(encode_job(job.offer(), shape))


def _bound(port: int) -> socket.socket:
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    link.setblocking(False)
    link.bind((HOST, port))
    return link

"""How the faults come over a test pool: those of every dialect, and those of the cryptonote one."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeAlias, TypeVar

from mining.stratum.cryptonote.server_messages import EMPTY_JOB, encode_job, encode_notice, encode_reconnect
from tests.support.pools.connection import Connection, Link
from tests.support.pools.faults import FLOOD_BYTES, Fault, FaultKind, ScheduledFault
from tests.support.pools.server import PoolServer
from tests.support.pools.sockets import SocketServer
from tests.support.pools.state import Session

L = TypeVar("L", bound=Link[Any])


class SocketMischief(ABC, Generic[L]):
    """Injects faults into one server, in its event loop. `refusal`, `ban_text`: the pool's own words."""

    def __init__(self, server: SocketServer[L], *, refusal: str, ban_text: str | None) -> None:
        self._server = server
        self._book = server.book
        self._refusal = refusal
        self._ban_text = ban_text
        self._running = 0

    @abstractmethod
    def strike(self, link: L, fault: Fault) -> None:
        """What a fault does to one connection, beyond the faults of its socket."""

    @abstractmethod
    def forget_all(self) -> None:
        """Make all sessions unknown; the sockets stay."""

    @property
    def is_quiet(self) -> bool:
        """Whether no schedule and no delayed fault is under way."""
        return self._running == 0

    async def play(self, schedule: Sequence[ScheduledFault]) -> None:
        """Let scheduled faults happen, from now on."""
        self._running += 1
        started = time.monotonic()
        for entry in sorted(schedule, key=lambda entry: entry.at_s):
            await asyncio.sleep(max(0.0, started + entry.at_s - time.monotonic()))
            await self.inject(entry.fault)
        self._running -= 1
        self._book.notify()

    async def inject(self, fault: Fault) -> None:
        """Let one fault happen; those that last go on by themselves."""
        trouble, kind = self._book.trouble, fault.kind
        match kind:
            case FaultKind.DROP_REPLIES | FaultKind.SPLIT | FaultKind.GLUE | FaultKind.ID_ZERO | FaultKind.SILENT:
                trouble.begin(kind, fault.seconds)
            case FaultKind.LATE_REPLIES:
                trouble.delay_s = fault.delay_s
                trouble.begin(kind, fault.seconds)
            case FaultKind.REFUSE_LOGIN:
                trouble.refusal = fault.text or self._refusal
                trouble.begin(kind, fault.seconds)
            case FaultKind.DELAYED_LOGIN_ERROR:
                trouble.delayed_refusal = fault.text or "Temporary (one hour max) ban: too many workers"
                trouble.delayed_refusal_s = fault.delay_s
            case FaultKind.UNAUTHENTICATED_ONCE:
                trouble.unauthenticated_text = fault.text
            case FaultKind.FORGET | FaultKind.RESTART:
                self._running += 1
                self._server.spawn(
                    self._forget(fault.seconds) if kind is FaultKind.FORGET else self._restart(fault.seconds)
                )
            case FaultKind.BAN:
                self._ban_everyone(fault)
            case _:
                for link in [link for link in self._server.links.values() if link.is_open]:
                    self._strike(link, fault)

    def _strike(self, link: L, fault: Fault) -> None:
        match fault.kind:
            case FaultKind.HALF_OPEN:
                link.is_frozen = True
            case FaultKind.VANISH:
                link.vanish()
            case FaultKind.FLOOD:
                link.flood(fault.number or FLOOD_BYTES)
            case _:
                self.strike(link, fault)

    def _ban_everyone(self, fault: Fault) -> None:
        """Connections get the text with their next request; without a text they are closed at once."""
        text = fault.text or self._ban_text
        self._book.ban(fault.seconds, text, closes=True)
        self.forget_all()
        for link in list(self._server.links.values()):
            if text is None:
                link.close("banned")

    async def _forget(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        self.forget_all()
        self._running -= 1

    async def _restart(self, down_s: float) -> None:
        await self._server.go_down()
        await asyncio.sleep(down_s)
        await self._server.listen()
        self._running -= 1
        self._book.notify()


AnyMischief: TypeAlias = SocketMischief[Any]


class Mischief(SocketMischief[Connection]):
    """The faults of a cryptonote pool."""

    def __init__(self, server: PoolServer) -> None:
        texts = server.behaviour.texts
        super().__init__(server, refusal=texts.bad_address, ban_text=texts.banned)
        self._pool = server
        self._state = server.state

    def forget_all(self) -> None:
        for session in self._state.live_sessions():
            self._state.forget(session)

    def strike(self, link: Connection, fault: Fault) -> None:
        session = link.session
        match fault.kind:
            case FaultKind.RECONNECT:
                link.notice(encode_reconnect(fault.text, fault.number))
            case FaultKind.EMPTY_JOB:
                link.notice(encode_notice("job", EMPTY_JOB))
            case FaultKind.DUPLICATE_JOB if session is not None and session.newest_job is not None:
                link.notice(encode_job(session.newest_job.offer(), self._state.behaviour.shape))
            case FaultKind.VARDIFF if session is not None and session.newest_job is not None:
                session.difficulty = fault.number
                same = session.newest_job.template is self._state.ring.current
                self._pool.push(session, blob=session.newest_job.blob if same else None)
            case FaultKind.OTHER_ALGORITHM if session is not None:
                self._pool.push(session, algorithm=fault.text)
                asyncio.get_running_loop().call_later(fault.seconds, self._push_if_alive, session)

    def _push_if_alive(self, session: Session) -> None:
        if session.is_alive and session.connection.is_open:
            self._pool.push(session)

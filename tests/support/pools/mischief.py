"""How the faults come over a test pool."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from mining.stratum.cryptonote.server_messages import EMPTY_JOB, encode_job, encode_notice, encode_reconnect
from tests.support.pools.connection import Connection
from tests.support.pools.faults import FLOOD_BYTES, Fault, FaultKind, ScheduledFault
from tests.support.pools.server import PoolServer
from tests.support.pools.state import Session


class Mischief:
    """Injects faults into one server, in its event loop."""

    def __init__(self, server: PoolServer) -> None:
        self._server = server
        self._state = server.state
        self._running = 0

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
        self._state.notify()

    async def inject(self, fault: Fault) -> None:
        """Let one fault happen; those that last go on by themselves."""
        trouble, kind = self._state.trouble, fault.kind
        match kind:
            case FaultKind.DROP_REPLIES | FaultKind.SPLIT | FaultKind.GLUE | FaultKind.ID_ZERO | FaultKind.SILENT:
                trouble.begin(kind, fault.seconds)
            case FaultKind.LATE_REPLIES:
                trouble.delay_s = fault.delay_s
                trouble.begin(kind, fault.seconds)
            case FaultKind.REFUSE_LOGIN:
                trouble.refusal = fault.text or self._state.behaviour.texts.bad_address
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

    def _strike(self, link: Connection, fault: Fault) -> None:
        """What a fault does to one connection."""
        session = link.session
        match fault.kind:
            case FaultKind.HALF_OPEN:
                link.is_frozen = True
            case FaultKind.VANISH:
                link.vanish()
            case FaultKind.FLOOD:
                link.flood(fault.number or FLOOD_BYTES)
            case FaultKind.RECONNECT:
                link.notice(encode_reconnect(fault.text, fault.number))
            case FaultKind.EMPTY_JOB:
                link.notice(encode_notice("job", EMPTY_JOB))
            case FaultKind.DUPLICATE_JOB if session is not None and session.newest_job is not None:
                link.notice(encode_job(session.newest_job.offer(), self._state.behaviour.shape))
            case FaultKind.VARDIFF if session is not None and session.newest_job is not None:
                session.difficulty = fault.number
                same = session.newest_job.template is self._state.ring.current
                self._server.push(session, blob=session.newest_job.blob if same else None)
            case FaultKind.OTHER_ALGORITHM if session is not None:
                self._server.push(session, algorithm=fault.text)
                asyncio.get_running_loop().call_later(fault.seconds, self._push_if_alive, session)

    def _push_if_alive(self, session: Session) -> None:
        if session.is_alive and session.connection.is_open:
            self._server.push(session)

    def _ban_everyone(self, fault: Fault) -> None:
        """Connections get the text with their next request; without a text they are closed at once."""
        text = fault.text or self._state.behaviour.texts.banned
        self._state.ban(fault.seconds, text, closes=True)
        for link in list(self._server.links.values()):
            if link.session is not None:
                self._state.forget(link.session)
            if text is None:
                link.close("banned")

    async def _forget(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        for session in self._state.live_sessions():
            self._state.forget(session)
        self._running -= 1

    async def _restart(self, down_s: float) -> None:
        await self._server.go_down()
        await asyncio.sleep(down_s)
        await self._server.listen()
        self._running -= 1
        self._state.notify()

"""How the faults come over a Stratum V1 test pool."""

from __future__ import annotations

from mining.stratum.bitcoin.server_messages import (
    encode_call,
    encode_notice,
    encode_reconnect,
    encode_show_message,
    notify_params,
)
from tests.support.pools.faults import Fault, FaultKind
from tests.support.pools.mischief import SocketMischief
from tests.support.pools.v1.server import V1Server
from tests.support.pools.v1.state import V1Connection, V1Session

_GARBAGE: tuple[tuple[int, object], ...] = (
    (1, "00"),  # a short previous hash
    (2, "zz"),  # a coinbase that is no hex
    (4, "none"),  # branches that are no list
    (6, "ffffffff"),  # nbits that are no target
    (0, None),  # no job id
    (8, "perhaps"),  # no flag
)
FIRST_CALL = 900_001
RANDOM_V1_FAULTS: tuple[Fault, ...] = (
    Fault(FaultKind.FORGET, seconds=0.0),
    Fault(FaultKind.DROP_REPLIES, seconds=1.0),
    Fault(FaultKind.LATE_REPLIES, seconds=2.0, delay_s=0.5),
    Fault(FaultKind.UNAUTHENTICATED_ONCE),
    Fault(FaultKind.RESTART, seconds=0.3),
    Fault(FaultKind.DUPLICATE_JOB),
    Fault(FaultKind.EMPTY_JOB),
    *(Fault(FaultKind.GARBAGE_JOB, number=number) for number in range(len(_GARBAGE))),
    Fault(FaultKind.ID_ZERO, seconds=0.5),
    Fault(FaultKind.SPLIT, seconds=2.0),
    Fault(FaultKind.GLUE, seconds=2.0),
    Fault(FaultKind.HALF_OPEN),
    Fault(FaultKind.VANISH),
    Fault(FaultKind.BAN, seconds=1.0),
    Fault(FaultKind.SILENT, seconds=1.0),
    Fault(FaultKind.DELAYED_LOGIN_ERROR, delay_s=0.5, text="Server full"),
    Fault(FaultKind.VARDIFF, difficulty=0.002),
    Fault(FaultKind.VARDIFF, difficulty=0.0007),
    Fault(FaultKind.SAME_JOB_VARDIFF, difficulty=0.0015),
    Fault(FaultKind.SET_EXTRANONCE),
    Fault(FaultKind.SET_EXTRANONCE, number=3),
    Fault(FaultKind.SHOW_MESSAGE, text="maintenance tonight"),
    Fault(FaultKind.GET_VERSION),
    Fault(FaultKind.PING),
    Fault(FaultKind.FLOOD, number=3 << 20),
)


class V1Mischief(SocketMischief[V1Connection]):
    """The faults of a Stratum V1 pool."""

    def __init__(self, server: V1Server) -> None:
        super().__init__(server, refusal="", ban_text=server.behaviour.banned)
        self._pool = server
        self._calls = FIRST_CALL

    def forget_all(self) -> None:
        self._pool.state.forget_all()

    def strike(self, link: V1Connection, fault: Fault) -> None:
        match fault.kind:
            case FaultKind.SHOW_MESSAGE:
                link.notice(encode_show_message(fault.text))
            case FaultKind.GET_VERSION | FaultKind.PING:
                method = "client.get_version" if fault.kind is FaultKind.GET_VERSION else "mining.ping"
                link.notice(encode_call(self._calls, method))
                self._calls += 1
            case FaultKind.RECONNECT:
                link.notice(encode_reconnect(fault.text or None, fault.number, int(fault.delay_s)))
            case FaultKind.EMPTY_JOB:
                link.notice(encode_notice("mining.notify", []))
            case _:
                session = link.session
                if session is not None and self._pool.state.wants_jobs(session):
                    self._strike_session(session, fault)

    def _strike_session(self, session: V1Session, fault: Fault) -> None:
        job = session.newest_job
        if job is None:
            return
        match fault.kind:
            case FaultKind.DUPLICATE_JOB:
                self._pool.push_again(session, job)
            case FaultKind.GARBAGE_JOB:
                params = notify_params(job)
                place, value = _GARBAGE[fault.number % len(_GARBAGE)]
                params[place] = value
                session.connection.notice(encode_notice("mining.notify", params))
            case FaultKind.SAME_JOB_VARDIFF:
                session.set_difficulty(fault.difficulty)
                self._pool.push_again(session, job)
            case FaultKind.VARDIFF:
                session.set_difficulty(fault.difficulty)
                self._pool.state.ring.next_job()
                self._pool.push(session, is_clean=self._pool.behaviour.is_always_clean)
            case FaultKind.SET_EXTRANONCE:
                self._pool.set_extranonce(session, fault.number)
                if fault.text:
                    self._pool.push_again(session, job)
                else:
                    self._pool.state.ring.next_job()
                    self._pool.push(session, is_clean=self._pool.behaviour.is_always_clean)

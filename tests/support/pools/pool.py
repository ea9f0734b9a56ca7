"""The test pool as tests use it: in a thread of its own, with thread-safe controls.

with TestPool.start(presets.SNIPA.but(idle_s=2.0), block_s=5.0) as pool:
    run_the_miner(pool.url)
    pool.wait_for(lambda pool: pool.accepted >= 3, 20.0)
    pool.inject(FaultKind.FORGET, seconds=0.0)
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.support.pools.behaviour import Behaviour
from tests.support.pools.certificates import Authority, Certificate
from tests.support.pools.faults import Fault, FaultKind, ScheduledFault
from tests.support.pools.hashing import share_hasher
from tests.support.pools.mischief import Mischief
from tests.support.pools.records import ConnectionRecord, LoginRecord, ShareRecord, Verdict, Violation
from tests.support.pools.server import HOST, PoolServer
from tests.support.pools.state import PoolState
from tests.support.pools.work import SEED

CONTROL_S = 10.0

T = TypeVar("T")


class TestPool:
    """One pool on a free port of 127.0.0.1. Its records may be read at any time; they only grow."""

    __test__ = False

    def __init__(
        self,
        behaviour: Behaviour,
        *,
        algorithm: str = "rx/0",
        seed: bytes = SEED,
        block_s: float | None = None,
        job_s: float | None = None,
        certificate: Certificate | None = None,
        schedule: Sequence[ScheduledFault] = (),
    ) -> None:
        self._news = threading.Condition()
        self._state = PoolState(behaviour, algorithm=algorithm, seed=seed, notify=self._notify)
        self._hasher = share_hasher(algorithm)
        self._hasher.prepare(algorithm, seed)
        self._server = PoolServer(self._state, self._hasher, block_s=block_s, job_s=job_s)
        self._mischief = Mischief(self._server)
        self._folder = tempfile.TemporaryDirectory(prefix="test-pool-")
        self._authority = Authority(Path(self._folder.name)) if certificate is not None else None
        self.fingerprint = ""
        if certificate is not None:
            self._show(certificate)
        self._schedule = schedule
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._is_listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"pool-{behaviour.name}", daemon=True)

    @classmethod
    def start(cls, behaviour: Behaviour, **settings: Any) -> Self:
        """Start a pool and return it once it listens; settings as of the constructor."""
        pool = cls(behaviour, **settings)
        pool._thread.start()
        if not pool._is_listening.wait(CONTROL_S):
            raise AssertionError(f"the test pool did not listen within {CONTROL_S:g} s: {pool._state.errors}")
        return pool

    def stop(self) -> None:
        """End it. Raises what went wrong inside of it, if anything did."""
        if self._thread.is_alive() and self._loop is not None and self._end is not None:
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(CONTROL_S)
        self._folder.cleanup()
        self._hasher.rest()
        if self._thread.is_alive():
            raise AssertionError(f"the test pool did not end within {CONTROL_S:g} s")
        if self._state.errors:
            raise AssertionError("the test pool failed inside") from self._state.errors[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- where it is ----------------------------------------------------------------------------------------------

    @property
    def host(self) -> str:
        """127.0.0.1."""
        return HOST

    @property
    def port(self) -> int:
        """The port; it stays the same over restarts."""
        return self._server.port

    @property
    def url(self) -> str:
        """The endpoint as a user writes it."""
        return f"stratum+{'tcp' if self._authority is None else 'ssl'}://{HOST}:{self.port}"

    @property
    def ca_path(self) -> Path:
        """The file of the authority that a client must trust."""
        assert self._authority is not None, "a pool without TLS"
        return self._authority.ca_path

    # --- what it has seen -----------------------------------------------------------------------------------------

    @property
    def behaviour(self) -> Behaviour:
        """Its type and settings."""
        return self._state.behaviour

    @property
    def connections(self) -> list[ConnectionRecord]:
        """All connections, in the order they came."""
        return list(self._state.connections)

    @property
    def logins(self) -> list[LoginRecord]:
        """All logins, good and refused."""
        return list(self._state.logins)

    @property
    def shares(self) -> list[ShareRecord]:
        """All judged shares."""
        return list(self._state.shares)

    @property
    def violations(self) -> list[Violation]:
        """What the clients did that they must never do."""
        return list(self._state.violations)

    @property
    def accepted(self) -> int:
        """Shares that were accepted, answered or not."""
        return len(self.shares_of(Verdict.ACCEPTED))

    @property
    def rejected(self) -> int:
        """Shares that were not accepted."""
        return len(self.shares) - self.accepted

    @property
    def open_connections(self) -> list[ConnectionRecord]:
        """Connections that neither side has closed."""
        return [record for record in self.connections if record.is_open]

    @property
    def is_quiet(self) -> bool:
        """Whether all scheduled faults and restarts are over (lasting ones may still hold)."""
        return self._mischief.is_quiet

    def shares_of(self, *verdicts: Verdict) -> list[ShareRecord]:
        """The shares with one of the verdicts."""
        return [share for share in self.shares if share.verdict in verdicts]

    def wait_for(self, is_true: Callable[[Self], bool], timeout_s: float = CONTROL_S) -> None:
        """Wait until `is_true(pool)`; fails with the pool's story at the deadline."""
        deadline = time.monotonic() + timeout_s
        while not is_true(self):
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not within {timeout_s:g} s; {self.story()}")
            with self._news:
                self._news.wait(min(left, 0.02))

    def story(self) -> str:
        """What happened so far, for the message of a failed test."""
        ends = [f"{record.number}: {record.ended or 'open'}" for record in self.connections]
        refused = [login.refusal for login in self.logins if login.refusal]
        verdicts = [f"{share.verdict.value}{f' ({share.text})' if share.text else ''}" for share in self.shares]
        offences = [f"{violation.offence} ({violation.detail})" for violation in self.violations]
        return (
            f"pool {self.behaviour.name}: connections {ends}; {len(self.logins)} logins, refused {refused}; "
            f"shares {verdicts[-20:]}; violations {offences[-20:]}; errors {self._state.errors}"
        )

    # --- controls -------------------------------------------------------------------------------------------------

    def inject(
        self, kind: FaultKind, *, seconds: float = 1.0, delay_s: float = 1.0, text: str = "", number: int = 0
    ) -> None:
        """Let one fault happen now."""
        self._call(self._mischief.inject(Fault(kind, seconds, delay_s, text, number)))

    def play(self, schedule: Sequence[ScheduledFault]) -> None:
        """Begin a schedule of faults; `is_quiet` tells its end."""
        self._call(self._spawned(self._mischief.play(schedule)))

    def heal(self) -> None:
        """End all lasting faults and bans (not the half-open sockets)."""
        self._call(self._heal())

    def new_block(self, *, seed: bytes | None = None, next_seed: bytes = b"") -> None:
        """Go one height up, perhaps with another seed, and push jobs."""
        self._call(self._new_work(is_block=True, seed=seed, next_seed=next_seed))

    def new_job(self) -> None:
        """Push a new job of the same height to every session."""
        self._call(self._new_work(is_block=False, seed=None, next_seed=b""))

    def go_down(self) -> None:
        """Close the listener and all sockets, until `come_back`."""
        self._call(self._server.go_down())

    def come_back(self) -> None:
        """Listen again on the same port."""
        self._call(self._server.listen())

    def show_certificate(self, certificate: Certificate) -> None:
        """Use another certificate for the connections to come."""
        self._call(self._show_later(certificate))

    # --- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(self._note_error)
        await self._server.listen()
        ticking = asyncio.create_task(self._server.tick())
        ticking.add_done_callback(self._note_end_of_ticks)
        if self._schedule:
            self._server.spawn(self._mischief.play(self._schedule))
        self._is_listening.set()
        await self._end.wait()
        ticking.cancel()
        await self._server.stop()

    def _note_error(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self._state.errors.append(error if isinstance(error, BaseException) else RuntimeError(str(context)))

    def _note_end_of_ticks(self, ticking: asyncio.Task[None]) -> None:
        if not ticking.cancelled() and (error := ticking.exception()) is not None:
            self._state.errors.append(error)

    def _notify(self) -> None:
        with self._news:
            self._news.notify_all()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CONTROL_S)

    async def _spawned(self, work: Coroutine[object, object, None]) -> None:
        self._server.spawn(work)

    async def _new_work(self, *, is_block: bool, seed: bytes | None, next_seed: bytes) -> None:
        self._server.new_work(is_block=is_block, seed=seed, next_seed=next_seed)

    async def _heal(self) -> None:
        self._state.trouble.end_all()
        self._state.banned_until = 0.0

    async def _show_later(self, certificate: Certificate) -> None:
        self._show(certificate)

    def _show(self, certificate: Certificate) -> None:
        assert self._authority is not None, "a pool without TLS"
        self._server.tls, self.fingerprint = self._authority.context_for(certificate)

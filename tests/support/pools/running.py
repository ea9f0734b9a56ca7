"""A test pool of any dialect in a thread of its own: its life, its records, and thread-safe controls."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from tests.support.pools.book import PoolBook
from tests.support.pools.certificates import Authority, Certificate
from tests.support.pools.faults import Fault, FaultKind, ScheduledFault
from tests.support.pools.mischief import AnyMischief
from tests.support.pools.records import ConnectionRecord, LoginRecord, ShareRecord, Verdict, Violation
from tests.support.pools.sockets import HOST, SocketServer

CONTROL_S = 10.0

T = TypeVar("T")
V = TypeVar("V", bound=SocketServer[Any])


class Named(Protocol):
    """A behaviour, as far as every pool has one."""

    @property
    def name(self) -> str:
        """What people call this kind of pool."""


class RunningPool(ABC, Generic[V]):
    """One pool on a free port of 127.0.0.1. Its records may be read at any time; they only grow.

    `book` and `server` belong to the pool's thread: only this class and its dialects touch them.
    """

    __test__ = False

    def __init__(
        self,
        book: PoolBook,
        server: V,
        mischief: AnyMischief,
        *,
        certificate: Certificate | None = None,
        schedule: Sequence[ScheduledFault] = (),
    ) -> None:
        self.book = book
        self.server = server
        self._mischief = mischief
        self._folder = tempfile.TemporaryDirectory(prefix="test-pool-")
        self._authority = Authority(Path(self._folder.name)) if certificate is not None else None
        self.fingerprint = ""
        if certificate is not None:
            self._show(certificate)
        self._schedule = schedule
        self._news = threading.Condition()
        book.notify = self._notify
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._is_listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="test-pool", daemon=True)

    @classmethod
    def start(cls, behaviour: Any, **settings: Any) -> Self:
        """Start a pool and return it once it listens; settings as of the constructor."""
        pool = cls(behaviour, **settings)
        pool._thread.start()
        if not pool._is_listening.wait(CONTROL_S):
            raise AssertionError(f"the test pool did not listen within {CONTROL_S:g} s: {pool.book.errors}")
        return pool

    def stop(self) -> None:
        """End it. Raises what went wrong inside of it, if anything did."""
        if self._thread.is_alive() and self._loop is not None and self._end is not None:
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(CONTROL_S)
        self._folder.cleanup()
        self.rest()
        if self._thread.is_alive():
            raise AssertionError(f"the test pool did not end within {CONTROL_S:g} s")
        if self.book.errors:
            raise AssertionError("the test pool failed inside") from self.book.errors[0]

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
        return self.server.port

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
    @abstractmethod
    def behaviour(self) -> Named:
        """Its type and settings."""

    def rest(self) -> None:
        """Let go of what is needed only while the pool runs."""

    @property
    def connections(self) -> list[ConnectionRecord]:
        """All connections, in the order they came."""
        return list(self.book.connections)

    @property
    def logins(self) -> list[LoginRecord]:
        """All logins, good and refused."""
        return list(self.book.logins)

    @property
    def shares(self) -> list[ShareRecord]:
        """All judged shares."""
        return list(self.book.shares)

    @property
    def violations(self) -> list[Violation]:
        """What the clients did that they must never do."""
        return list(self.book.violations)

    @property
    def accepted(self) -> int:
        """Shares that were accepted, answered or not."""
        return len(self.shares_of(Verdict.ACCEPTED))

    @property
    def rejected(self) -> int:
        """Shares that were not accepted."""
        return len(self.shares) - self.accepted

    @property
    def credited(self) -> list[ShareRecord]:
        """The shares that count, each once."""
        return self.shares_of(Verdict.ACCEPTED)

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
            f"shares {verdicts[-20:]}; violations {offences[-20:]}; errors {self.book.errors}"
        )

    # --- controls -------------------------------------------------------------------------------------------------

    def inject(
        self,
        kind: FaultKind,
        *,
        seconds: float = 1.0,
        delay_s: float = 1.0,
        text: str = "",
        number: int = 0,
        difficulty: float = 0.0,
    ) -> None:
        """Let one fault happen now."""
        self.call(self._mischief.inject(Fault(kind, seconds, delay_s, text, number, difficulty)))

    def play(self, schedule: Sequence[ScheduledFault]) -> None:
        """Begin a schedule of faults; `is_quiet` tells its end."""
        self.call(self._spawned(self._mischief.play(schedule)))

    def heal(self) -> None:
        """End all lasting faults and bans (not the half-open sockets)."""
        self.call(self._heal())

    def go_down(self) -> None:
        """Close the listener and all sockets, until `come_back`."""
        self.call(self.server.go_down())

    def come_back(self) -> None:
        """Listen again on the same port."""
        self.call(self.server.listen())

    def show_certificate(self, certificate: Certificate) -> None:
        """Use another certificate for the connections to come."""
        self.call(self._show_later(certificate))

    # --- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(self._note_error)
        await self.server.listen()
        ticking = asyncio.create_task(self.server.tick())
        ticking.add_done_callback(self._note_end_of_ticks)
        if self._schedule:
            self.server.spawn(self._mischief.play(self._schedule))
        self._is_listening.set()
        await self._end.wait()
        ticking.cancel()
        await self.server.stop()

    def _note_error(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.book.errors.append(error if isinstance(error, BaseException) else RuntimeError(str(context)))

    def _note_end_of_ticks(self, ticking: asyncio.Task[None]) -> None:
        if not ticking.cancelled() and (error := ticking.exception()) is not None:
            self.book.errors.append(error)

    def _notify(self) -> None:
        with self._news:
            self._news.notify_all()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` in the pool's thread and return what it gives."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CONTROL_S)

    async def _spawned(self, work: Coroutine[object, object, None]) -> None:
        self.server.spawn(work)

    async def _heal(self) -> None:
        self.book.trouble.end_all()
        self.book.banned_until = 0.0

    async def _show_later(self, certificate: Certificate) -> None:
        self._show(certificate)

    def _show(self, certificate: Certificate) -> None:
        assert self._authority is not None, "a pool without TLS"
        self.server.tls, self.fingerprint = self._authority.context_for(certificate)

"""The wait for a login and its first job: who waits, until when, and what ended it early."""

from __future__ import annotations

import asyncio

from mining.engine.session.problems import LinkError, silence_hint
from mining.engine.session.timers import SessionTimers
from mining.stratum.profiles import Behaviour


class Opening:
    """Two steps, each with its deadline: the login is granted, the first job is there."""

    def __init__(self, label: str, behaviour: Behaviour, timers: SessionTimers) -> None:
        self._label = label
        self._behaviour = behaviour
        self._timers = timers
        self._early: LinkError | None = None
        loop = asyncio.get_running_loop()
        self._login: asyncio.Future[None] = loop.create_future()
        self._first_job: asyncio.Future[None] = loop.create_future()
        for waiting in (self._login, self._first_job):
            waiting.add_done_callback(_seen)

    async def wait(self) -> None:
        """Wait for both. Raises LinkError: the pool's refusal, the end of the socket, or silence."""
        timers = self._timers
        await self._wait(self._login, timers.login_s, "did not answer the login", "login_timeout")
        await self._wait(self._first_job, timers.first_job_s, "logged us in but sent no job", "no_job")
        if self._early is not None:
            raise self._early  # it came in one piece with the login

    def granted(self) -> None:
        """The login was granted."""
        if not self._login.done():
            self._login.set_result(None)

    def job_came(self) -> None:
        """There is work."""
        if not self._first_job.done():
            self._first_job.set_result(None)

    def failed(self, error: LinkError) -> None:
        """Nothing will come of it; the first error counts."""
        self._early = self._early or error
        for waiting in (self._login, self._first_job):
            if not waiting.done():
                waiting.set_exception(error)
                break

    async def _wait(self, waiting: asyncio.Future[None], limit_s: float, what: str, code: str) -> None:
        try:
            async with asyncio.timeout(limit_s):
                await asyncio.shield(waiting)
        except TimeoutError:
            hint = silence_hint(self._behaviour) if code == "login_timeout" else ""
            raise LinkError(f"{self._label} {what} within {limit_s:g} s", next_step=hint, code=code) from None


def _seen(waiting: asyncio.Future[None]) -> None:
    """Mark an exception as read: the one who waited has it, or nobody waits any more."""
    if not waiting.cancelled():
        waiting.exception()

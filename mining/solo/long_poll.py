"""One long poll at a time: a call that litecoind answers when there is something newer than a template.

litecoind keeps a thread for the call until the tip moves, or, after a minute, its transactions do, and does not notice
that the caller went away. So a call is not given up while its tip is the newest, and none is made before a template has
lasted for a round. A daemon that stopped answering other calls meanwhile may have no thread left for them, and a call
that went without an answer for an hour may still hold one. After that nothing waits for an hour, nor while the tip is
still the one that the call waited on, which is what frees its thread; the tip is asked for in each round anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from mining.engine.plan import Endpoint
from mining.errors import LoginRefusedError, SourceUnavailableError
from mining.solo.http_client import NO_ANSWER_CODE, HttpDeadlines
from mining.solo.litecoind_rpc import LitecoindRpc

ANSWER_S = 3600.0
REST_S = 3600.0


@dataclass(slots=True)
class _Waiting:
    """A call under way."""

    previous_id: str
    task: asyncio.Task[None]


class LongPoll:
    """Rings when the call that waits is answered. `rest_s`: how long to do without after a call that had no answer."""

    def __init__(self, endpoint: Endpoint, connect_s: float, *, rest_s: float = REST_S) -> None:
        self._rpc = LitecoindRpc(endpoint, HttpDeadlines(connect_s=connect_s, answer_s=ANSWER_S))
        self._waiting: _Waiting | None = None
        self._rest_s = rest_s
        self._rests_until = float("-inf")
        self._abandoned_id = ""

    @property
    def is_waiting(self) -> bool:
        """Whether a call is under way."""
        return self._waiting is not None and not self._waiting.task.done()

    def watch(self, previous_id: str, long_poll_id: str, ring: Callable[[], None]) -> None:
        """Wait for something newer than the template of this long poll id; one that waits on this tip goes on."""
        if self._waiting is not None and self.is_waiting and self._waiting.previous_id == previous_id:
            return
        if previous_id == self._abandoned_id or asyncio.get_running_loop().time() < self._rests_until:
            return
        self.stop()
        task = asyncio.get_running_loop().create_task(self._wait(previous_id, long_poll_id, ring))
        self._waiting = _Waiting(previous_id, task)

    def call_failed(self) -> None:
        """Another call had no answer; if this was while one waited, do without for a while."""
        if self._waiting is not None and self.is_waiting:
            self._rest(self._waiting.previous_id)
            self.stop()

    def stop(self) -> None:
        """End the call that waits, if there is one."""
        if self._waiting is not None:
            self._waiting.task.cancel()
            self._waiting = None

    async def close(self) -> None:
        """End the call and release the socket."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.task.cancel()
            await asyncio.gather(waiting.task, return_exceptions=True)
        await self._rpc.close()

    def _rest(self, previous_id: str) -> None:
        self._abandoned_id = previous_id
        self._rests_until = asyncio.get_running_loop().time() + self._rest_s

    async def _wait(self, previous_id: str, long_poll_id: str, ring: Callable[[], None]) -> None:
        try:
            await self._rpc.template(long_poll_id=long_poll_id)
        except SourceUnavailableError as error:
            if error.code == NO_ANSWER_CODE:
                self._rest(previous_id)
            return
        except LoginRefusedError:
            return
        ring()

"""VerifierLink: the Supervisor's end of the socket pairs to Verifier processes.

One Verifier per seed epoch: the old one answers what it was asked before it is let go. A request whose Verifier died is
asked again of the next one of the same epoch, so no candidate is lost.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter, deque
from dataclasses import dataclass, field

from mining.engine.verifier import VerifyAnswer, pack_request, unpack_answer

_OUTSTANDING = 4
_ATTEMPTS = 4


@dataclass(slots=True)
class _Channel:
    epoch: int
    link: socket.socket | None = None
    waiting: deque[int] = field(default_factory=deque)
    asked: deque[int] = field(default_factory=deque)
    asked_at: float = 0.0


class VerifierLink:
    """Requests in order, answers as futures."""

    def __init__(self) -> None:
        self._channels: dict[int, _Channel] = {}
        self._requests: dict[int, tuple[bytes, asyncio.Future[VerifyAnswer | None]]] = {}
        self._number = 0
        self._attempts: Counter[int] = Counter()

    def oldest_wait_s(self, now: float) -> float:
        """How long the longest request has been with a Verifier; 0.0 when none is."""
        asked = [channel.asked_at for channel in self._channels.values() if channel.link is not None and channel.asked]
        return max((now - at for at in asked), default=0.0)

    def has_channel(self, epoch: int) -> bool:
        """Whether a Verifier of `epoch` is connected."""
        channel = self._channels.get(epoch)
        return channel is not None and channel.link is not None

    def open(self, epoch: int) -> socket.socket:
        """Return the end for a new Verifier of `epoch`; requests that wait for it go out at once."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        channel = self._channels.setdefault(epoch, _Channel(epoch))
        self._disconnect(channel)
        channel.link = ours
        asyncio.get_running_loop().add_reader(ours, self._read, channel, ours)
        self._send(channel)
        return theirs

    def verify(
        self, epoch: int, *, algorithm: int, core: int, claimed: bytes, blob: bytes
    ) -> asyncio.Future[VerifyAnswer | None]:
        """Ask for a re-hash under the seed of `epoch`. The future gives None when that seed is gone for good."""
        self._number += 1
        future: asyncio.Future[VerifyAnswer | None] = asyncio.get_running_loop().create_future()
        packet = pack_request(self._number, algorithm=algorithm, core=core, claimed=claimed, blob=blob)
        self._requests[self._number] = (packet, future)
        channel = self._channels.setdefault(epoch, _Channel(epoch))
        channel.waiting.append(self._number)
        self._send(channel)
        return future

    def retire(self, current: int) -> None:
        """Let go of the Verifiers of other epochs that have answered everything."""
        for epoch, channel in list(self._channels.items()):
            if epoch != current and (channel.link is None or not (channel.waiting or channel.asked)):
                self._drop(channel)

    def close(self) -> None:
        """Let go of all of them."""
        for channel in list(self._channels.values()):
            self._drop(channel)

    def _drop(self, channel: _Channel) -> None:
        self._disconnect(channel)
        del self._channels[channel.epoch]
        for number in [*channel.asked, *channel.waiting]:
            _, future = self._requests.pop(number)
            if not future.done():
                future.set_result(None)

    def _disconnect(self, channel: _Channel) -> None:
        if channel.link is not None:
            asyncio.get_running_loop().remove_reader(channel.link)
            channel.link.close()
            channel.link = None
        again = [number for number in channel.asked if not self._is_hopeless(number)]
        channel.waiting.extendleft(reversed(again))
        channel.asked.clear()

    def _is_hopeless(self, number: int) -> bool:
        """Give a request up whose Verifier died _ATTEMPTS times: it would stop all others."""
        self._attempts[number] += 1
        if self._attempts[number] < _ATTEMPTS:
            return False
        _, future = self._requests.pop(number)
        if not future.done():
            future.set_result(None)
        return True

    def _send(self, channel: _Channel) -> None:
        while channel.link is not None and channel.waiting and len(channel.asked) < _OUTSTANDING:
            number = channel.waiting.popleft()
            if not channel.asked:
                channel.asked_at = time.monotonic()
            channel.asked.append(number)
            try:
                channel.link.send(self._requests[number][0])
            except OSError:
                self._disconnect(channel)

    def _read(self, channel: _Channel, link: socket.socket) -> None:
        try:
            packet = link.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self._disconnect(channel)
            return
        answer = unpack_answer(packet)
        if answer.number in self._requests:
            channel.asked.remove(answer.number)
            channel.asked_at = time.monotonic()
            _, future = self._requests.pop(answer.number)
            self._attempts.pop(answer.number, None)
            if not future.done():
                future.set_result(answer)
        self._send(channel)

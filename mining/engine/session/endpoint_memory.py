"""What outlives the connections to one endpoint: used extranonce2 values, a session to resume, a slower heartbeat.

Everything else of a connection ends with its socket. This is kept so that nothing is given out twice, and so that the
shares of a broken Stratum V1 connection can be sent once more where, and only where, the pool takes the session back.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from mining.engine.session.dialects.base import Work
from mining.engine.session.job_ring import JobRing
from mining.engine.session.pending import PendingShare
from mining.stratum.bitcoin.answers import Subscription
from mining.stratum.bitcoin.extranonce import Extranonce2Allocator
from mining.stratum.bitcoin.job import Extranonce

_MOST_EXTRANONCES = 16
_SLOWEST_BEAT = 8


@dataclass(slots=True)
class LostSession:
    """A session whose socket broke: what is needed to go on with it at the endpoint `label`.

    `shares` were written there and not answered; each is in flight until it is answered or given up.
    """

    label: str
    subscription: Subscription
    ring: JobRing[Work]
    shares: list[PendingShare]

    def give_up(self) -> None:
        """The session will not come back: its shares are lost."""
        for share in self.shares:
            share.lose("connection_closed", "the session ended before the answer came; it may have been credited")
        self.shares = []


class EndpointMemory:
    """One endpoint's. `has_accepted`: a share was accepted there; `beat_factor`: heartbeats are so many times rarer."""

    def __init__(self) -> None:
        self.has_accepted = False
        self.beat_factor = 1
        self._lost: LostSession | None = None
        self._allocators: OrderedDict[Extranonce, Extranonce2Allocator] = OrderedDict()

    def extranonces_of(self, extranonce: Extranonce) -> Extranonce2Allocator:
        """The values that were not yet given out for an extranonce1; they go on over reconnects."""
        allocator = self._allocators.pop(extranonce, None) or Extranonce2Allocator(extranonce)
        self._allocators[extranonce] = allocator
        while len(self._allocators) > _MOST_EXTRANONCES:
            self._allocators.popitem(last=False)
        return allocator

    def beat_refused(self) -> None:
        """The pool wants fewer heartbeats: half as many from now on."""
        self.beat_factor = min(_SLOWEST_BEAT, 2 * self.beat_factor)

    def session_lost(self, lost: LostSession) -> None:
        """Keep a session that broke; the one before it is given up."""
        self.give_up()
        self._lost = lost

    def take_lost(self, label: str) -> LostSession | None:
        """Return the session to resume at `label`, once. One of another address is given up."""
        lost, self._lost = self._lost, None
        if lost is not None and lost.label != label:
            lost.give_up()
            return None
        return lost

    def expire(self, now: float, limit_s: float) -> None:
        """Give up the shares that wait for longer than `limit_s`, in seconds, since they were sent."""
        if self._lost is None:
            return
        for share in self._lost.shares:
            if now - share.sent_at > limit_s:
                share.lose("no_answer", f"no answer within {limit_s:g} s; it may have been credited")
        self._lost.shares = [share for share in self._lost.shares if not share.answer.done()]

    def give_up(self) -> None:
        """Nothing will be resumed any more."""
        if self._lost is not None:
            self._lost.give_up()
            self._lost = None

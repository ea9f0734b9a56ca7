"""Plans that wait for a Node to run: handed over when its Supervisor is seen for the first time."""

from __future__ import annotations

from django.utils import timezone

from mining.models import Node
from mining.services.actors import SYSTEM
from mining.services.plans import deliver_waiting, give_up_unverified


class WaitingPlans:
    """`seen` with every Frame, `step` in every step that has recorded all there is."""

    def __init__(self) -> None:
        self._seen = ""
        self._told = ""
        self._began_at = timezone.now()

    def seen(self, epoch: str) -> None:
        """A Frame of the Supervisor that was started as `epoch`."""
        self._seen = epoch

    def step(self, node: Node) -> None:
        """Hand over what waits, once for each Supervisor. Raises DatabaseError.

        At the first one of this run, plans that the run before never verified have failed: their Node ended with them.
        """
        if self._seen == self._told:
            return
        if not self._told:
            give_up_unverified(node, before=self._began_at)
        deliver_waiting(SYSTEM, node)
        self._told = self._seen

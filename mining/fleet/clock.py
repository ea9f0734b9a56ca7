"""ClockShift: a Node's times by the console's clock. Pure.

Times of one Node stay as they are to each other, so that rates are exact; only where its clock is wrong by more than a
network's delay can explain are all of them moved, by the same amount, until it is set right.
"""

from __future__ import annotations

TOLERATED_S = 2.0


class ClockShift:
    """One Node's. `seconds`: what is added to its times."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def shifted(self, node_at: float, seen_at: float) -> float:
        """Return `node_at` by the console's clock, which read `seen_at` when the message came. Unix seconds."""
        if abs(node_at + self.seconds - seen_at) > TOLERATED_S:
            self.seconds = 0.0 if abs(seen_at - node_at) <= TOLERATED_S else seen_at - node_at
        return node_at + self.seconds

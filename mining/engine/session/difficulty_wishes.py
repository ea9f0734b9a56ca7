"""How much more difficulty than usual is asked for, and how often a new session may be made for that. Pure."""

from __future__ import annotations

_SLOW_DOWN_EVERY_S = 60.0
_EASE_EVERY_S = 600.0
_MOST_FACTOR = 64


class DifficultyWishes:
    """One factor for each endpoint, and two clocks for all of them. Times are monotonic seconds."""

    def __init__(self, endpoints: int) -> None:
        self._factors = [1] * endpoints
        self._slow_again_at = self._ease_again_at = 0.0

    def factor(self, index: int) -> int:
        """By what the usual difficulty is multiplied at an endpoint."""
        return self._factors[index]

    def is_slower_wanted(self, index: int, now: float) -> bool:
        """The pool gets shares too often: double the factor, at most once a minute; False when it is too early."""
        if now < self._slow_again_at:
            return False
        self._slow_again_at = now + _SLOW_DOWN_EVERY_S
        self._factors[index] = min(_MOST_FACTOR, 2 * self._factors[index])
        return True

    def is_easier_wanted(self, index: int, now: float) -> bool:
        """Shares come too rarely: go back to the usual difficulty, at most every ten minutes."""
        if now < self._ease_again_at:
            return False
        self._ease_again_at = now + _EASE_EVERY_S
        self._factors[index] = 1
        return True

"""The last sentence of a pool for people, for as long as it is news. Pure: time comes in."""

from __future__ import annotations

NEWS_S = 600.0


class Notices:
    """One sentence at a time; it is over after ten minutes, or when its session is (`forget`)."""

    def __init__(self) -> None:
        self._sentence: str | None = None
        self._generation = 0
        self._until = 0.0

    def give(self, sentence: str, *, generation: int, now: float) -> None:
        """Show a sentence of the session of `generation`."""
        self._sentence, self._generation, self._until = sentence, generation, now + NEWS_S

    def current(self, now: float) -> str | None:
        """The sentence to show, None when there is none or it is over."""
        return self._sentence if now < self._until else None

    def session_ended(self, generation: int) -> None:
        """What this session's pool said concerns nobody any more, once another one is mined for."""
        if generation == self._generation:
            self._sentence = None

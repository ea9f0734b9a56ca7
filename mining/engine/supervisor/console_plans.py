"""ConsolePlans: the plans that a console sends: opened, told apart from old ones, and answered with receipts.

Every plan is signed by the console that this Node trusts, is for this Node and newer than the last one. Which one that
was survives a restart. A plan that comes again is not followed again: its receipt is repeated.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from mining.engine.followed_version import Followed, read_followed, write_followed
from mining.engine.signed_plan import PlanDocument, PlanRefusedError, digest_of, opened, trusted_console
from mining.errors import MinerConsoleError

Receipt = Callable[[Followed, dict[str, str]], None]
_REPLACED = "another plan took its place before it was verified"


class ConsolePlans:
    """`tell` gets each receipt, and the pins of this Node that hide keys of the plan."""

    def __init__(self, home: Path, node_id: str, tell: Receipt) -> None:
        self._home = home
        self._node_id = node_id
        self._tell = tell
        self._pinned: dict[str, str] = {}
        self._opened: Followed | None = None
        self._last: Followed | None = None
        self._is_open_ended = False

    @property
    def followed(self) -> Followed:
        """The plan that was followed last. Raises MinerConsoleError when that cannot be known."""
        if self._last is None:
            self._last = read_followed(self._home)
        return self._last

    def open(self, data: bytes, signature: bytes) -> PlanDocument | None:
        """Return the document of a plan to follow; None for the last one again, whose receipt is repeated.

        Raises PlanRefusedError when it is not signed by the console of this Node, not for it, or an old one.
        """
        key, digest, last = trusted_console(self._home), digest_of(data), self.followed
        is_again = digest == last.digest
        document = opened(
            key, data, signature, node_id=self._node_id, newer_than=last.version - 1 if is_again else last.version
        )
        if is_again:
            self._tell(last, self._pinned)
            return None
        self._opened = Followed(document.version, digest, "delivered")
        self._tell(self._opened, {})
        return document

    def refuse(self, error: MinerConsoleError) -> None:
        """The plan that was opened cannot be followed at all; the one before stays the last that was followed."""
        if self._opened is not None:
            told = Followed(self._opened.version, self._opened.digest, "failed", error.sentence)
            self._opened = None
            self._tell(told, {})

    def begin(self, pinned: dict[str, str]) -> None:
        """The plan that was opened is followed from now on. Raises PlanRefusedError when that cannot be written down:
        then it must not be followed, because an older one could take its place."""
        assert self._opened is not None
        begun = Followed(self._opened.version, self._opened.digest, "applied")
        try:
            write_followed(self._home, begun)
        except OSError as error:
            raise PlanRefusedError(
                f"Plan {begun.version} is not followed, because {self._home} cannot be written to ({error.strerror})",
                next_step="Make room there, or make that folder writable, and apply the plan again.",
                code="not_kept",
            ) from None
        self.replaced()
        self._last, self._opened, self._pinned, self._is_open_ended = begun, None, pinned, True

    def resume(self) -> bool:
        """After a restart in the middle of a test: go on with it. False when there was none."""
        self._is_open_ended = self.followed.state == "applied"
        return self._is_open_ended

    def replaced(self) -> None:
        """Another plan, of whomever, takes the place of one that is still under test."""
        self.state("failed", _REPLACED)

    def state(self, state: str, reason: str) -> None:
        """Tell how far the last plan is; nothing once it has ended."""
        if not self._is_open_ended or self._last is None:
            return
        self._last = Followed(self._last.version, self._last.digest, state, reason)
        if state != "applied":
            self._is_open_ended = False
            with contextlib.suppress(OSError):  # what counts, version and digest, was written at its beginning
                write_followed(self._home, self._last)
        self._tell(self._last, self._pinned)

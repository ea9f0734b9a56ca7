"""The one tree of errors, and the exit codes of the program.

Each error names the thing, the value that was seen and the next step, carries a stable code, and says whether trying
again can help. A rejected share is data, not an error. Owns no I/O.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command (contract: command line)."""

    DONE = 0
    FAILED = 1
    BAD_CONFIGURATION = 2
    CANNOT_START = 3
    LOGIN_REFUSED = 4
    INTERRUPTED_TWICE = 130


class MinerConsoleError(Exception):
    """An error that a person reads as one sentence.

    `thing` is what is wrong (with the value seen), `next_step` what to do about it, `code` is stable for programs.
    """

    exit_code: ExitCode = ExitCode.FAILED
    is_retryable: bool = False
    default_code: str = "failed"

    def __init__(self, thing: str, *, next_step: str = "", code: str | None = None) -> None:
        super().__init__(thing)
        self.thing = thing
        self.next_step = next_step
        self.code = code or self.default_code

    @property
    def sentence(self) -> str:
        """The error as one line for a person: what is wrong, then the next step."""
        if not self.next_step:
            return self.thing
        return f"{self.thing.rstrip('.')}. {self.next_step}"

    def __str__(self) -> str:
        return self.sentence


class ConfigurationError(MinerConsoleError):
    """A wrong argument, key or value: exit 2, before anything has started."""

    exit_code = ExitCode.BAD_CONFIGURATION
    default_code = "bad_configuration"


class CannotStartError(MinerConsoleError):
    """The machine or the installation does not allow a start: exit 3."""

    exit_code = ExitCode.CANNOT_START
    default_code = "cannot_start"


class LoginRefusedError(MinerConsoleError):
    """A pool or daemon refuses this wallet or login for good: exit 4."""

    exit_code = ExitCode.LOGIN_REFUSED
    default_code = "login_refused"


class SourceUnavailableError(MinerConsoleError):
    """A pool or daemon does not answer, or answers nonsense: retried for ever, with the reason shown."""

    is_retryable = True
    default_code = "source_unavailable"

"""What is wrong with one value, before it is known where the value came from; and how a value may be shown."""

from __future__ import annotations

from mining.addresses import looks_like_secret
from mining.configuration.origins import Origin
from mining.errors import ConfigurationError

_SHOWN_CHARACTERS = 60


class ValueProblem(Exception):
    """A bad value. `why` continues a sentence after key and value: "is not a whole number"."""

    def __init__(self, why: str, next_step: str, *, code: str = "bad_value") -> None:
        super().__init__(f"the value {why}. {next_step}")
        self.why = why
        self.next_step = next_step
        self.code = code


class SecretProblem(ValueProblem):
    """A value that must not be shown, or only as `shown_as`: it holds a password or looks like a key or seed."""

    def __init__(self, why: str, next_step: str, *, code: str = "bad_value", shown_as: str = "") -> None:
        super().__init__(why, next_step, code=code)
        self.shown_as = shown_as


def shown(text: str) -> str:
    """Return `text` in double quotes for a message: one line, not too long, and never something secret."""
    if looks_like_secret(text):
        return "(not shown)"
    clean = "".join(character if character.isprintable() else "?" for character in text)
    if len(clean) > _SHOWN_CHARACTERS:
        clean = clean[: _SHOWN_CHARACTERS - 1] + "…"
    return f'"{clean}"'


def as_error(origin: Origin, text: str, problem: ValueProblem) -> ConfigurationError:
    """Return the error a person reads: where and what, why it is wrong, and the next step."""
    safe = problem.shown_as if isinstance(problem, SecretProblem) else text
    value = f" {shown(safe)}" if safe else ""
    return ConfigurationError(f"{origin.subject}{value} {problem.why}", next_step=problem.next_step, code=problem.code)

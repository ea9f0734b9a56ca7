"""What is wrong with one field of a login, for a person: the field, its value as far as it may be shown, the pool."""

from __future__ import annotations

from mining.errors import ConfigurationError

_SHOWN = 40


class LoginFieldError(ConfigurationError):
    """A field that this pool's login cannot say. `why` continues a sentence after the field and its value.

    `field` is the configuration key; `shown` is the value, masked or empty.
    """

    default_code = "login_field"

    def __init__(self, field: str, shown: str, why: str, *, next_step: str, code: str | None = None) -> None:
        value = f' "{shown}"' if shown else ""
        super().__init__(f"{field}{value} {why}", next_step=next_step, code=code)
        self.field = field
        self.shown = shown
        self.why = why


def shorten(text: str) -> str:
    """Return `text` as one short printable line."""
    clean = "".join(character if character.isprintable() else "?" for character in text)
    return clean if len(clean) <= _SHOWN else f"{clean[: _SHOWN - 1]}…"

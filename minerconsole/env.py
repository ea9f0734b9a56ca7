"""Typed readers of environment variables. A bad value is a named error, never a silent default."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from mining.errors import ConfigurationError

_YES = ("1", "on", "true", "yes")
_NO = ("0", "off", "false", "no", "")


def read_flag(name: str, *, default: bool, environ: Mapping[str, str] | None = None) -> bool:
    """Return a switch: on/off, true/false, yes/no or 1/0."""
    text = _read(name, environ)
    if text is None:
        return default
    word = text.strip().lower()
    if word not in (*_YES, *_NO):
        raise _problem(name, text, "is neither on nor off", "Set it to on or off, or unset it.")
    return word in _YES


def read_choice(name: str, choices: Sequence[str], *, default: str, environ: Mapping[str, str] | None = None) -> str:
    """Return one of `choices`, compared without regard to case."""
    text = _read(name, environ)
    if text is None:
        return default
    for choice in choices:
        if text.strip().lower() == choice.lower():
            return choice
    raise _problem(name, text, "is not a choice", f"Use one of {', '.join(choices)}.")


def read_number(name: str, *, default: int, least: int, most: int, environ: Mapping[str, str] | None = None) -> int:
    """Return a whole number within bounds."""
    text = _read(name, environ)
    if text is None:
        return default
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal() and least <= int(digits) <= most):
        raise _problem(name, text, "is not a whole number in range", f"Use {least} to {most}.")
    return int(digits)


def read_origins(name: str, *, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return a list of web origins (scheme://host[:port], separated by commas); nothing else is taken."""
    origins = _words(_read(name, environ))
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or f"{parts.scheme}://{parts.netloc}" != origin:
            raise _problem(name, origin, "holds something that is not an origin", "Write https://pages.example.org.")
    return origins


def read_names(name: str, *, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return a list of host names without ports, separated by commas; a pattern is refused."""
    names = _words(_read(name, environ))
    for word in names:
        if not all(part and part.replace("-", "").isalnum() for part in word.split(".")):
            raise _problem(name, word, "holds something that is not a host name", "Write rig.example.org.")
    return names


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in (text or "").split(",") if word.strip())


def _read(name: str, environ: Mapping[str, str] | None) -> str | None:
    return (os.environ if environ is None else environ).get(name)


def _problem(name: str, text: str, what: str, next_step: str) -> ConfigurationError:
    return ConfigurationError(
        f"The environment variable {name}={text!r} {what}", next_step=next_step, code="bad_environment"
    )

"""Reading and editing mining_config.env: KEY=VALUE lines, # comments, quotes. Knows nothing of what keys mean.

An edit keeps every other line as it is, and replaces the file in one step with mode 0600.
"""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mining.errors import ConfigurationError
from mining.program import program_name

_MOST_BYTES = 1 << 20
_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)", re.DOTALL)
_QUOTED = re.compile(r"""(?:"((?:[^"\\]|\\.)*)"|'([^']*)')\s*(?:#.*)?""", re.DOTALL)
_COMMENT = re.compile(r"(?:^|\s)#.*", re.DOTALL)
_PLAIN = re.compile(r"[^\s#'\"\\]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One assignment; `line` counts from 1. An empty value means: not given."""

    key: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What a file says, and which lines could not be understood."""

    name: str
    entries: tuple[Entry, ...] = ()
    problems: tuple[ConfigurationError, ...] = ()


def read_text(path: Path) -> str:
    """Return the text of a configuration file, with its line ends and mark. Raises ConfigurationError."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(
            f"The configuration file {path} cannot be read ({error.strerror})",
            next_step=f"Name another with --config, or make one with {program_name()} config init.",
            code="config_unreadable",
        ) from None
    if len(data) > _MOST_BYTES:
        raise ConfigurationError(f"{path} is too large for a configuration file", next_step="Name the right file.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{path.name}:{line} is not UTF-8 text", next_step="Save the file as UTF-8.", code="config_not_text"
        ) from None


def parse(text: str, name: str) -> EnvFile:
    """Read KEY=VALUE lines. `name` is how messages call the file. Values are never repeated in messages."""
    entries: list[Entry] = []
    problems: list[ConfigurationError] = []
    first_lines: dict[str, int] = {}
    for number, line in enumerate(_lines(text), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _ASSIGNMENT.fullmatch(line)
        value = _value(match[2]) if match else None
        if match is None or value is None:
            problems.append(_unreadable(name, number, has_key=match is not None))
            continue
        key = match[1]
        if key in first_lines:
            problems.append(_twice(name, number, key, first_lines[key]))
            continue
        first_lines[key] = number
        entries.append(Entry(key, value, number))
    return EnvFile(name, tuple(entries), tuple(problems))


def with_value(text: str, key: str, value: str) -> str:
    """Return `text` with `key` set: in its line, else in place of its commented line, else at the end."""
    assignment = f"{key}={quoted(value)}"
    lines = text.splitlines(keepends=True)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    pattern = rf"\ufeff?\s*(?:export\s+)?{re.escape(key)}\s*="
    for wanted in (pattern, rf"\ufeff?#\s*{re.escape(key)}="):
        for index, line in enumerate(lines):
            if re.match(wanted, line):
                mark = "\ufeff" if line.startswith("\ufeff") else ""
                lines[index] = mark + assignment + end
                return "".join(lines)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += end
    return "".join([*lines, assignment + end])


def quoted(value: str) -> str:
    """Return `value` as it is written in a file: quoted when it has to be."""
    if not value or _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def write_text(path: Path, text: str) -> None:
    """Replace the file in one step, readable by its owner only. A symbolic link keeps pointing at the file."""
    target = path.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise ConfigurationError(
            f"The configuration file {path} cannot be written ({error.strerror})",
            next_step="Check the folder's permissions, or name another file with --config.",
            code="config_unwritable",
        ) from None


def _lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")


def _value(rest: str) -> str | None:
    """The value after the equals sign, or None when it cannot be understood."""
    stripped = rest.strip()
    if stripped[:1] in ("'", '"'):
        match = _QUOTED.fullmatch(stripped)
        if match is None:
            return None
        value = match[2] if match[1] is None else re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL)
    else:
        value = _COMMENT.sub("", rest).strip()
    return value if not value or value.isprintable() else None


def _unreadable(name: str, line: int, *, has_key: bool) -> ConfigurationError:
    what = "has a value with an open quote or a control character" if has_key else "is not of the form KEY=VALUE"
    return ConfigurationError(
        f"{name}:{line} {what}", next_step="Correct the line, or begin it with # to leave it out.", code="bad_line"
    )


def _twice(name: str, line: int, key: str, first_line: int) -> ConfigurationError:
    return ConfigurationError(
        f"{name}:{line} gives {key} again (first on line {first_line})",
        next_step="Keep one of the two lines.",
        code="duplicate_key",
    )

"""Reads an xmrig config.json: JSON with comments, its pools and what it says about the CPU. Pure; decides nothing.

The keys and what they mean are those that xmrig documents for its users, as generally known; the reference of this
project names only some of them. Nothing is taken from xmrig's source.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mining.errors import ConfigurationError

MOST_BYTES = 1 << 20
MOST_POOLS = 100


@dataclass(frozen=True, slots=True)
class XmrigPool:
    """One entry of `pools`. `number` counts from 0, as in the file. `wrong` names keys whose value is of no use."""

    number: int
    url: str
    user: str = field(repr=False, default="")
    password: str = field(repr=False, default="")
    rig_id: str = ""
    coin: str = ""
    algo: str = ""
    tls_fingerprint: str = ""
    is_tls: bool = False
    is_enabled: bool = True
    is_daemon: bool = False
    others: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class XmrigConfig:
    """What the file says: its pools, and every other section as it stands."""

    pools: tuple[XmrigPool, ...]
    sections: Mapping[str, Any]


_TEXTS = {
    "url": "url", "user": "user", "pass": "password", "rig-id": "rig_id", "coin": "coin", "algo": "algo",
    "tls-fingerprint": "tls_fingerprint",
}  # fmt: skip
_SWITCHES = {"tls": "is_tls", "enabled": "is_enabled", "daemon": "is_daemon"}


def read_xmrig_config(text: str) -> XmrigConfig:
    """Read the text of a config.json. Raises ConfigurationError with line and column, never with what stands there."""
    try:
        content = json.loads(without_comments(text))
    except json.JSONDecodeError as error:
        raise _unreadable(f"is not JSON at line {error.lineno}, column {error.colno}") from None
    except (RecursionError, ValueError):
        raise _unreadable("is not JSON that can be read") from None
    if not isinstance(content, dict):
        raise _unreadable("is no JSON object")
    pools = content.pop("pools", [])
    if not isinstance(pools, list) or not all(isinstance(each, dict) for each in pools):
        raise _unreadable("has no list of pools under pools")
    if len(pools) > MOST_POOLS:
        raise _unreadable(f"has {len(pools)} pools, which is more than {MOST_POOLS}")
    return XmrigConfig(tuple(_pool(number, each) for number, each in enumerate(pools)), content)


def without_comments(text: str) -> str:
    """Return JSON with // and /* */ comments, and commas before a closing bracket, turned into blanks."""
    found: list[str] = []
    place, comma = 0, -1
    while place < len(text):
        if text[place] == '"':
            end = _string_end(text, place)
            found.append(text[place:end])
            comma = -1
        elif text[place : place + 2] in ("//", "/*"):
            end = _comment_end(text, place)
            found.append("".join(c if c == "\n" else " " for c in text[place:end]))
        else:
            end = place + 1
            if text[place] in "]}" and comma >= 0:
                found[comma] = " "
            if text[place] == "," or not text[place].isspace():
                comma = len(found) if text[place] == "," else -1
            found.append(text[place])
        place = end
    return "".join(found)


def _string_end(text: str, start: int) -> int:
    place = start + 1
    while place < len(text) and text[place] != '"':
        place += 2 if text[place] == "\\" else 1
    return min(place + 1, len(text))


def _comment_end(text: str, start: int) -> int:
    mark = "\n" if text[start + 1] == "/" else "*/"
    end = text.find(mark, start + 2)
    if end < 0:
        return len(text)
    return end if mark == "\n" else end + 2


def _pool(number: int, entry: Mapping[str, Any]) -> XmrigPool:
    values: dict[str, Any] = {}
    wrong = []
    for key, name in _TEXTS.items():
        value = entry.get(key)
        if isinstance(value, str):
            values[name] = value.strip()
        elif value is not None:
            wrong.append(key)
    for key, name in _SWITCHES.items():
        value = entry.get(key)
        if isinstance(value, bool):
            values[name] = value
        elif value is not None:
            wrong.append(key)
    others = tuple(key for key, value in entry.items() if key not in _TEXTS | _SWITCHES and value not in (None, False))
    return XmrigPool(number, values.pop("url", ""), **values, others=others, wrong=tuple(wrong))


def _unreadable(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The file {why}", next_step="Give the config.json of an xmrig that starts with it.", code="xmrig_config"
    )

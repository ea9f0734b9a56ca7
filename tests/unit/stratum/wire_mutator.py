"""A seeded source of broken pool traffic: valid exchanges with bytes, tokens and structure changed.

The same seed gives the same inputs for ever, so a failure can be replayed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec

from tests.unit.stratum.exchange_samples import SESSION, job

Path = tuple[str | int, ...]

MESSAGES: tuple[dict[str, object], ...] = (
    {"id": 1, "jsonrpc": "2.0", "error": None, "result": {"id": SESSION, "job": job(id=SESSION), "status": "OK"}},
    {"id": 1, "error": None, "result": {"id": 42, "job": None, "extensions": ["algo", "nicehash"], "status": "OK"}},
    {"id": 1, "result": {"id": "0", "job": job(algo=None, height=None), "extensions": ["connect", "keepalive"]}},
    {"id": 1, "jsonrpc": "2.0", "error": {"code": -1, "message": "Invalid payment address provided"}, "result": None},
    {"id": 2, "jsonrpc": "2.0", "error": None, "result": {"status": "OK"}},
    {"id": 3, "error": {"message": "Low diff share"}},
    {"id": 4, "result": {"status": "KEEPALIVED"}},
    {"id": 5, "result": job(job_id="asked"), "error": None},
    {"id": None, "error": [24, "unauthorized", None]},
    {"jsonrpc": "2.0", "method": "job", "params": job(next_seed_hash="11" * 32)},
    {"jsonrpc": "2.0", "method": "job", "params": job(job_id=7, target="db6b41ef8d210000", id=SESSION)},
    {"method": "job", "params": {"id": SESSION, "job": job(job_id="nested")}},
    {"method": "job", "params": {"blob": "", "job_id": "", "target": ""}},
    {"method": "job", "params": {"blocktemplate_blob": "00" * 99, "reserved_offset": 126, "job_id": "t"}},
    {"method": "client.reconnect", "params": ["pool.example.org", "3333"]},
    {"method": "client.show_message", "params": ["hello"]},
    {"id": 9, "method": "client.get_version", "params": []},
    {"id": None, "method": "mining.notify", "params": []},
)
_RAW = (
    b"NaN", b"-Infinity", b"1e999", b"-0", b"1.5", b'"\\ud800"', b'"\xff"', b'"\xed\xa0\x80"', b'{"id":1,"id":2}', b"",
    b'"\\u0000\\u001b[2J\\u202e"', b"18446744073709551616", b"9" * 1500, b"\n", b"\r\n\r\n", b"}\n{", b"\x00",
)  # fmt: skip
_HEAVY = (
    b"[" * 100_000,
    b'{"a":' * 5000,
    b"[" * 900 + b"]" * 900,
    b"9" * 5000,
    b'"' + b"x" * 200_000 + b'"',
    b"[" + b"1," * 50_000 + b"1]",
    b"x\n" * 2000,
    b'{"method":"job"}\n' * 500,
)
_VALUES: tuple[object, ...] = (
    None, True, False, 0, 1, -1, 2, 1 << 31, 1 << 63, (1 << 64) - 1, -(1 << 63), 0.5, "", "0", "x", "0" * 8,
    "f" * 8, "0" * 16, "zz" * 38, "00" * 76, "00" * 408, "f" * 64, "é\u202e\u0000", "a" * 300, [], {}, [[]],
    {"job": {}}, "login", {"id": 1}, ["algo", None, 5], {"message": None}, SESSION, "job", "rx/2", "cn/r",
    "a" * 1500, "\u0001" * 250, *map(msgspec.Raw, _RAW),
)  # fmt: skip
_KEYS = ("id", "job", "method", "params", "result", "error", "blob", "job_id", "target", "algo", "seed_hash", "status")
_TOKENS = (b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\n", b"\x00", b"\xff", b"null", b'"job"', b"-", *_RAW)


def _paths(value: object, path: Path = ()) -> Iterator[Path]:
    """Where a message can be changed, the whole included."""
    yield path
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, inner in items:
        yield from _paths(inner, (*path, key))


_PATHS = [list(_paths(message)) for message in MESSAGES]
_LINES = [msgspec.json.encode(message) for message in MESSAGES]


def mutations(seed: int, count: int) -> Iterator[bytes]:
    """Yield `count` inputs, each what one read of a socket might give."""
    chance = random.Random(seed)
    for _ in range(count):
        kind = chance.random()
        if kind < 0.45:
            data = _with_other_structure(chance)
        elif kind < 0.9:
            data = _with_other_bytes(chance)
        elif kind < 0.999:
            data = chance.choice(_LINES)
        else:
            data = b'{"%s":' % chance.choice(_KEYS).encode() + chance.choice(_HEAVY) + b"}"
        yield data if kind > 0.3 and chance.random() < 0.05 else data + b"\n"


def _with_other_structure(chance: random.Random) -> bytes:
    number = chance.randrange(len(MESSAGES))
    changed: object = MESSAGES[number]
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        changed = _changed(changed, chance.choice(_PATHS[number]), chance)
    return msgspec.json.encode(changed)


def _changed(value: object, path: Path, chance: random.Random) -> object:
    """A copy with one place replaced, removed, renamed or wrapped; a path that is gone changes the nearest place."""
    if isinstance(value, dict) and path and path[0] in value:
        copy = dict(value)
        if len(path) > 1 or chance.random() < 0.6:
            copy[path[0]] = _changed(value[path[0]], path[1:], chance)
            return copy
        inner = copy.pop(path[0])
        if chance.random() < 0.5:
            copy[chance.choice(_KEYS)] = inner
        return copy
    if isinstance(value, list) and path and isinstance(path[0], int) and path[0] < len(value):
        return [*value[: path[0]], _changed(value[path[0]], path[1:], chance), *value[path[0] + 1 :]]
    if chance.random() < 0.15:
        return chance.choice(([value], {"job": value}, {"id": value}))
    return chance.choice(_VALUES)


def _with_other_bytes(chance: random.Random) -> bytes:
    data = bytearray(chance.choice(_LINES))
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        at, kind = chance.randrange(len(data) + 1), chance.randrange(6)
        if kind == 0:
            data[at : at + 1] = bytes((chance.randrange(256),))
        elif kind == 1:
            data[at:at] = chance.choice(_TOKENS)
        elif kind == 2:
            del data[at : at + chance.randrange(1, 40)]
        elif kind == 3:
            data[at:at] = data[at : at + chance.randrange(1, 40)]
        elif kind == 4:
            data[at:] = chance.choice(_LINES)[at:]
        else:
            del data[at:]
    return bytes(data)

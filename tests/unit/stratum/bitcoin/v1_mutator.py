"""A seeded source of broken Stratum V1 traffic: valid messages with bytes, tokens and structure changed.

The same seed gives the same inputs for ever, so a failure can be replayed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec

from tests.unit.stratum.bitcoin.v1_samples import SESSION, job_params

PAIRS = [["mining.set_difficulty", SESSION], ["mining.notify", SESSION]]


def _call(method: str, *params: object, number: object = None) -> dict[str, object]:
    return {"id": number, "method": method, "params": list(params)}


MESSAGES: tuple[dict[str, object], ...] = (
    {"id": 1, "result": {"version-rolling": True, "version-rolling.mask": "1fffe000", "minimum-difficulty": False}},
    {"id": 2, "result": [PAIRS, "917f0000", 4], "error": None},
    {"id": 2, "result": [["mining.notify", SESSION], "917f000000", 8], "error": None},
    {"id": 2, "result": None, "error": [20, "Server full", None]},
    {"id": 3, "result": True, "error": None},
    {"id": 3, "result": False, "error": [24, "Authorization failed", None]},
    {"id": 4, "result": True, "error": None},
    {"id": 5, "result": None, "error": [21, "job not found", None]},
    {"id": 6, "result": False, "error": None, "reject-reason": "Above target"},
    {"id": 7, "result": None, "error": {"code": 23, "message": "low difficulty share (1.5)"}},
    {"id": None, "result": None, "error": "Stale"},
    _call("mining.notify", *job_params()),
    _call("mining.notify", *job_params(job_id=7, clean=False)),
    _call("mining.set_difficulty", 512),
    _call("mining.set_difficulty", 0.25),
    _call("mining.set_extranonce", "aabbccdd", 4),
    _call("mining.set_version_mask", "00003000"),
    _call("client.reconnect", "pool.example.org", "3333", 5),
    _call("client.show_message", "hello"),
    _call("client.get_version", number=9),
    _call("mining.ping", number=10),
    _call("mining.unknown", number=11),
    _call("job", number=12),
)
_RAW = (
    b"NaN", b"-Infinity", b"1e999", b"-0", b"1.5", b'"\\ud800"', b'"\xff"', b'"\xed\xa0\x80"', b'{"id":1,"id":2}', b"",
    b'"\\u0000\\u001b[2J\\u202e"', b"18446744073709551616", b"9" * 1500, b"\n", b"\r\n\r\n", b"}\n{", b"\x00",
    b"1e-300", b"1e300", b"5e-324",
)  # fmt: skip
_HEAVY = (
    b"[" * 100_000, b'{"a":' * 5000, b"[" * 900 + b"]" * 900, b"9" * 5000, b'"' + b"0" * 200_000 + b'"',
    b"[" + b"1," * 50_000 + b"1]", b"x\n" * 2000, b'{"method":"mining.notify"}\n' * 500,
)  # fmt: skip
_VALUES: tuple[object, ...] = (
    None, True, False, 0, 1, -1, 2, 1 << 31, 1 << 63, (1 << 64) - 1, -(1 << 63), 0.5, "", "0", "x", "0" * 8, "f" * 8,
    "00" * 100, "00" * 101, "zz" * 32, "f" * 64, "f" * 63, "é\u202e\u0000", "a" * 300, [], {}, [[]], [[[[[["x"]]]]]],
    ["mining.notify"], ["mining.notify", 5], [21, "x"], [None], {"message": None}, {"code": 1 << 63}, SESSION, 100, 101,
    ["f" * 64] * 64, ["f" * 64] * 65, *map(msgspec.Raw, _RAW),
)  # fmt: skip
_KEYS = ("id", "method", "params", "result", "error", "reject-reason", "version-rolling", "version-rolling.mask")
_TOKENS = (b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\n", b"\x00", b"\xff", b"null", b"true", b"-", *_RAW)
_LINES = [msgspec.json.encode(message) for message in MESSAGES]


def mutations(seed: int, count: int) -> Iterator[bytes]:
    """Yield `count` inputs, each what one read of a socket might give."""
    chance = random.Random(seed)
    for _ in range(count):
        kind = chance.random()
        if kind < 0.45:
            data = msgspec.json.encode(_changed(chance.choice(MESSAGES), chance))
        elif kind < 0.8:
            data = _with_other_bytes(chance)
        elif kind < 0.999:
            data = chance.choice(_LINES)
        else:
            data = b'{"%s":' % chance.choice(_KEYS).encode() + chance.choice(_HEAVY) + b"}"
        yield data if kind > 0.3 and chance.random() < 0.05 else data + b"\n"


def _changed(value: object, chance: random.Random) -> object:
    """A copy with one place replaced, removed, renamed, wrapped or doubled."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        copy = dict(value)
        key = chance.choice(list(copy))
        if chance.random() < 0.8:
            copy[key] = _changed(copy[key], chance)
        else:
            inner = copy.pop(key)
            copy[chance.choice(_KEYS)] = inner
        return copy
    if isinstance(value, list) and value and chance.random() < 0.8:
        at, kind = chance.randrange(len(value)), chance.random()
        if kind < 0.8:
            return [*value[:at], _changed(value[at], chance), *value[at + 1 :]]
        return value[:at] + value[at + 1 :] if kind < 0.9 else [*value, *value]
    return [value] if chance.random() < 0.1 else chance.choice(_VALUES)


def _with_other_bytes(chance: random.Random) -> bytes:
    data = bytearray(chance.choice(_LINES))
    for _ in range(chance.choice((1, 1, 2, 3))):
        at, kind = chance.randrange(len(data) + 1), chance.randrange(5)
        if kind == 0:
            data[at : at + 1] = bytes((chance.randrange(256),))
        elif kind == 1:
            data[at:at] = chance.choice(_TOKENS)
        elif kind == 2:
            del data[at : at + chance.randrange(1, 40)]
        elif kind == 3:
            data[at:at] = data[at : at + chance.randrange(1, 40)]
        else:
            del data[at:]
    return bytes(data)

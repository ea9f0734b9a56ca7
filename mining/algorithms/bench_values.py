"""Check values of the benchmark: the XOR over the nonces 0 … N-1 of bytes 24..31 of each result, little-endian.

RandomX as xmrig defines it for two and more threads: key of 32 zero bytes, input of 112 zero bytes with the nonce
(little-endian uint32) at 39; for rx/2 the result is the commitment. Source: xmrig 6.26 BenchState_test.h.
Scrypt in the same way, a definition of our own: a header of 80 zero bytes with the nonce (little-endian uint32) at 76.
Its values were computed with Python's hashlib.scrypt (OpenSSL), one header after the other.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BenchInput:
    """What is hashed: `blob` with a nonce of 4 bytes at `nonce_offset`, under `seed` (b"" where there is none)."""

    seed: bytes
    blob: bytes
    nonce_offset: int


INPUTS: dict[str, BenchInput] = {
    "randomx": BenchInput(bytes(32), bytes(112), 39),
    "scrypt": BenchInput(b"", bytes(80), 76),
}
"""By family of algorithms."""

CHECK_VALUES: dict[str, dict[int, int]] = {
    "rx/0": {
        10_000: 0x4A597463865ACF0E,
        20_000: 0xC82B490C757DA738,
        250_000: 0x7D6054757BB08A63,
        500_000: 0x96607546DE1F5ECC,
        1_000_000: 0x898B6E0431C28A6B,
        2_000_000: 0xEE9468F8B40926BC,
        5_000_000: 0x3B5BD2C3A16B450E,
        10_000_000: 0xB5231262E2792B26,
    },
    "rx/2": {
        10_000: 0x57D2051D099613A4,
        20_000: 0x0BAE0155CC797F01,
        250_000: 0x18CF741A71484072,
        500_000: 0xCD8C3E6EC31B2FAE,
        1_000_000: 0x88D6B8FB70CD479D,
        2_000_000: 0x0E16828D236A1A63,
        5_000_000: 0x16D9C6286CB82251,
        10_000_000: 0x7EFBDDFF3F30FB74,
    },
    "scrypt": {
        1_000: 0x8908C9856135EF8B,
        10_000: 0xA5567A9A1284C76F,
        20_000: 0x8EF14D172645F8CB,
        100_000: 0x881F9A78DF0C6C85,
        250_000: 0x53CDAC065474A5F9,
        500_000: 0xA837156CE259E874,
        1_000_000: 0x2AF30414B27FBF70,
    },
}

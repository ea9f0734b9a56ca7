"""Keccak-256 as CryptoNote uses it: the submission with 0x01 padding, not the later SHA3-256. Pure; no I/O.

Meant for addresses and block ids (a few hundred bytes), not for hashing at speed.
"""

from __future__ import annotations

_MASK = (1 << 64) - 1
_RATE_BYTES = 136
_ROTATIONS = (
    (0, 36, 3, 41, 18),
    (1, 44, 10, 45, 2),
    (62, 6, 43, 15, 61),
    (28, 55, 25, 21, 56),
    (27, 20, 39, 8, 14),
)


def _round_constants() -> tuple[int, ...]:
    """The 24 iota constants, from the degree-8 LFSR of the Keccak reference, section 1.2."""
    constants = []
    register = 1
    for _ in range(24):
        constant = 0
        for power in range(7):
            if register & 1:
                constant |= 1 << ((1 << power) - 1)
            register <<= 1
            if register & 0x100:
                register ^= 0x171
        constants.append(constant)
    return tuple(constants)


_ROUND_CONSTANTS = _round_constants()


def _rotate(lane: int, count: int) -> int:
    return ((lane << count) | (lane >> (64 - count))) & _MASK


def _permute(lanes: list[list[int]]) -> list[list[int]]:
    """Keccak-f[1600] on lanes[x][y]."""
    for constant in _ROUND_CONSTANTS:
        parity = [column[0] ^ column[1] ^ column[2] ^ column[3] ^ column[4] for column in lanes]
        mixed = [[0] * 5 for _ in range(5)]
        for x in range(5):
            delta = parity[x - 1] ^ _rotate(parity[(x + 1) % 5], 1)
            for y in range(5):
                mixed[y][(2 * x + 3 * y) % 5] = _rotate(lanes[x][y] ^ delta, _ROTATIONS[x][y])
        lanes = [[mixed[x][y] ^ (~mixed[(x + 1) % 5][y] & mixed[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
        lanes[0][0] ^= constant
    return lanes


def keccak256(data: bytes) -> bytes:
    """Return the 32-byte Keccak-256 digest of `data`.

    Source: Keccak reference 3.0, rate 1088, capacity 512, padding 0x01 … 0x80 (CryptoNote standard CNS003 calls it
    the "hash"). Vector: keccak256(b"") = c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470.
    """
    padded = bytearray(data)
    padded.append(0x01)
    padded.extend(bytes(-len(padded) % _RATE_BYTES))
    padded[-1] |= 0x80
    lanes = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), _RATE_BYTES):
        for index in range(_RATE_BYTES // 8):
            offset = start + 8 * index
            lanes[index % 5][index // 5] ^= int.from_bytes(padded[offset : offset + 8], "little")
        lanes = _permute(lanes)
    return b"".join(lanes[index % 5][index // 5].to_bytes(8, "little") for index in range(4))

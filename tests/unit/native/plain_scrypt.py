"""Scrypt with r = 1, p = 1 step by step as RFC 7914 says it, slow and plain, for any N."""

from __future__ import annotations

import hashlib
import struct

_WORDS = struct.Struct("<16I")
_MASK = (1 << 32) - 1
_COLUMNS = ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11))
_ROWS = ((0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14))


def oracle(header: bytes, n: int = 1024) -> bytes:
    """The hash of a header by OpenSSL (N up to 2^15)."""
    return hashlib.scrypt(header, salt=header, n=n, r=1, p=1, dklen=32)


def plain_scrypt(header: bytes, n: int) -> bytes:
    """The hash of a header by the plain reading."""
    block = hashlib.pbkdf2_hmac("sha256", header, header, 1, 128)
    return hashlib.pbkdf2_hmac("sha256", header, plain_mix(block, n), 1, 32)


def plain_mix(block: bytes, n: int) -> bytes:
    """scryptROMix (chapter 5) of 128 bytes."""
    seen = []
    for _ in range(n):
        seen.append(block)
        block = _mixed(block)
    for _ in range(n):
        block = _mixed(_xored(block, seen[int.from_bytes(block[64:72], "little") % n]))
    return block


def _mixed(block: bytes) -> bytes:
    """scryptBlockMix (chapter 4)."""
    first = _salsa20_8(_xored(block[64:], block[:64]))
    return first + _salsa20_8(_xored(first, block[64:]))


def _salsa20_8(block: bytes) -> bytes:
    """The Salsa20/8 core (chapter 3)."""
    before = _WORDS.unpack(block)
    x = list(before)
    for _ in range(4):
        for quarters in (_COLUMNS, _ROWS):
            for a, b, c, d in quarters:
                for to, one, other, count in ((b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18)):
                    total = x[one] + x[other] & _MASK
                    x[to] ^= (total << count | total >> 32 - count) & _MASK
    return _WORDS.pack(*(one + other & _MASK for one, other in zip(x, before, strict=True)))


def _xored(one: bytes, other: bytes) -> bytes:
    number = int.from_bytes(one, "little") ^ int.from_bytes(other, "little")
    return number.to_bytes(len(one), "little")

"""The nonce in a CryptoNote blob: where it is, how it is written, and which values a session may use. Pure.

Four bytes at 39..42, read as a little-endian number. In NiceHash mode the server owns byte 42, the top one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from mining.stratum.errors import MessageError, UseError, shown

NONCE_OFFSET = 39
NONCE_SIZE = 4
FIXED_BYTE_OFFSET = 42
ALL_NONCES = 1 << 32
NICEHASH_NONCES = 1 << 24
NICEHASH = "nicehash"

_NONCE = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class NonceRange:
    """The nonces first .. first + count - 1."""

    first: int
    count: int

    def __contains__(self, nonce: int) -> bool:
        """Whether a nonce lies in the range."""
        return self.first <= nonce < self.first + self.count


def nonce_range(blob: bytes, *, extensions: Collection[str] = (), is_forced: bool = False) -> NonceRange:
    """Return the nonces that may be tried for a blob.

    The byte at 42 stays as the server wrote it when the login reply offered the extension `nicehash`, or the four
    nonce bytes came not all zero, or the operator forces it; then there are 2^24 nonces, else 2^32.
    """
    sent = blob[NONCE_OFFSET : NONCE_OFFSET + NONCE_SIZE]
    if is_forced or NICEHASH in extensions or any(sent):
        return NonceRange(blob[FIXED_BYTE_OFFSET] << 24, NICEHASH_NONCES)
    return NonceRange(0, ALL_NONCES)


def nonce_hex(nonce: int) -> str:
    """Write a nonce as pools want it: its four blob bytes in order, 8 lowercase hex characters.

    Vector: nonce 77 is 4d000000. Raises UseError outside 0..2^32-1.
    """
    if not 0 <= nonce < ALL_NONCES:
        raise UseError(f"The nonce {shown(nonce)} is not in 0..2^32-1")
    return nonce.to_bytes(NONCE_SIZE, "little").hex()


def nonce_from_hex(text: object) -> int:
    """Read a submitted nonce. Raises MessageError unless it is exactly 8 lowercase hex characters."""
    if not isinstance(text, str) or not _NONCE.fullmatch(text):
        raise MessageError(f"The nonce {shown(text)} is not 8 lowercase hex characters")
    return int.from_bytes(bytes.fromhex(text), "little")

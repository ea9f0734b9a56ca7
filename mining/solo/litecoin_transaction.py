"""The parts of a Litecoin transaction that its hashes are made of. Pure.

Source: BIP 144 (form), BIP 141 (id and witness hash), LIP 2, Litecoin Core 0.21 src/primitives/transaction.h (HogEx).
"""

from __future__ import annotations

SMALLEST_TRANSACTION = 10
_WITNESS_FLAG = 0x01
_HOGEX_FLAG = 0x08
_OUTPOINT, _SEQUENCE, _VALUE, _LOCK = 36, 4, 8, 4
_SIZES = {0xFD: 2, 0xFE: 4, 0xFF: 8}


class TransactionFormError(Exception):
    """Bytes that are no transaction of the form that their flags say."""


def is_hogex(transaction: bytes) -> bool:
    """Whether this is the transaction between the chain and MWEB, always the last one (flags after version, marker)."""
    return _has_flags(transaction) and bool(transaction[5] & _HOGEX_FLAG)


def hashed_bytes(transaction: bytes) -> bytes:
    """What its hash covers: all of it, but of a HogEx neither its flags nor its empty MWEB part.

    Empty for a HogEx of another form than all that are known.
    """
    return _without_hogex_parts(transaction) if is_hogex(transaction) else transaction


def identified_bytes(transaction: bytes) -> bytes:
    """What its id covers: it without marker, flags, witness and MWEB part.

    Empty for flags of another form than all that are known. Raises TransactionFormError for a witness that is not where
    it should be.
    """
    if not _has_flags(transaction):
        return transaction
    if is_hogex(transaction):
        return _without_hogex_parts(transaction)
    return _without_witness(transaction) if transaction[5] == _WITNESS_FLAG else b""


def _has_flags(transaction: bytes) -> bool:
    """Whether there is a marker in the place of the number of inputs, which is never 0."""
    return transaction[4:5] == b"\0" and len(transaction) >= SMALLEST_TRANSACTION


def _without_hogex_parts(data: bytes) -> bytes:
    return data[:4] + data[6:-5] + data[-_LOCK:] if data[5] == _HOGEX_FLAG and not data[-5] else b""


def _without_witness(data: bytes) -> bytes:
    walk = _Walk(data, 6)
    inputs = walk.number()
    for _ in range(inputs):
        walk.skip(_OUTPOINT)
        walk.skip(walk.number())
        walk.skip(_SEQUENCE)
    for _ in range(walk.number()):
        walk.skip(_VALUE)
        walk.skip(walk.number())
    witness_at = walk.at
    for _ in range(inputs):
        for _ in range(walk.number()):
            walk.skip(walk.number())
    walk.skip(_LOCK)
    if walk.at != len(data):
        raise TransactionFormError(f"{len(data) - walk.at} bytes too many")
    return data[:4] + data[6:witness_at] + data[-_LOCK:]


class _Walk:
    """A place in bytes that only goes forward, and never beyond their end."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self.at = at

    def skip(self, count: int) -> None:
        """Go on by `count` bytes."""
        self.at += count
        if self.at > len(self._data):
            raise TransactionFormError("it ends too early")

    def number(self) -> int:
        """Read the number before a list (CompactSize)."""
        start = self.at
        self.skip(1)
        mark = self._data[start]
        if mark not in _SIZES:
            return mark
        self.skip(_SIZES[mark])
        return int.from_bytes(self._data[start + 1 : self.at], "little")

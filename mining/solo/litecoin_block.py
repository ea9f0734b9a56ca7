"""Litecoin blocks as bytes: coinbase transaction, merkle tree, header, and the block around them. Pure.

Source: docs/PROTOCOLS.md, litecoind; BIP 34 (height), 141 (witness), LIP 2 and 3 (MWEB), Litecoin Core 0.21
src/primitives. Vectors: tests/vectors/litecoin_blocks_regtest.json, blocks that litecoind accepted, and those of
tests/vectors/stratum_v1.json.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from mining.stratum.bitcoin.header import ALL_NONCES, NONCE_OFFSET, NONCE_SIZE, merkle_root, sha256d

__all__ = [
    "ALL_NONCES",
    "NONCE_OFFSET",
    "NONCE_SIZE",
    "block_bytes",
    "coinbase_bytes",
    "coinbase_id",
    "compact_size",
    "header_bytes",
    "height_push",
    "id_bytes",
    "merkle_branch",
    "merkle_root",
    "sha256d",
    "witness_commitment",
]

EXTRA_NONCE_BYTES = 8
TAG = b"MinerConsole"
COMMITMENT_START = bytes.fromhex("6a24aa21a9ed")
_NO_OUTPUT = bytes(32) + b"\xff" * 4
_NO_LOCK = bytes(4)
_FINAL = b"\xff" * 4
_VERSION = b"\1\0\0\0"
_MARKER_AND_FLAG = b"\0\1"
_RESERVED = bytes(32)
_WITNESS = b"\1\x20" + _RESERVED
_LONGEST_PUSH = 75
_OP_1_MINUS_ONE = 0x50
_HAS_MWEB = b"\1"


def id_bytes(text: str) -> bytes:
    """The bytes of an id in the order of hashing; nodes write ids the other way round."""
    return bytes.fromhex(text)[::-1]


def compact_size(count: int) -> bytes:
    """The number before a list (CompactSize): 1, 3, 5 or 9 bytes, little-endian."""
    for most, mark, form in ((0xFC, b"", "<B"), (0xFFFF, b"\xfd", "<H"), (0xFFFFFFFF, b"\xfe", "<I")):
        if count <= most:
            return mark + struct.pack(form, count)
    return b"\xff" + struct.pack("<Q", count)


def height_push(height: int) -> bytes:
    """The start of a coinbase script (BIP 34): 1 to 16 as an opcode, else the number as a script pushes it.

    That is little-endian, as short as can be, with a zero byte behind where the top bit would read as a sign.
    Vectors: 1 is 51, 17 is 0111, 128 is 028000, 32768 is 03008000. Raises ValueError below 1.
    """
    if height < 1:
        raise ValueError(f"a block of height {height} has no coinbase of ours")
    if height <= 16:
        return bytes([_OP_1_MINUS_ONE + height])
    return _push(height.to_bytes(height.bit_length() // 8 + 1, "little"))


def coinbase_bytes(
    *, height: int, extra_nonce: bytes, value: int, script: bytes, commitment: bytes, with_witness: bool
) -> bytes:
    """The transaction that pays `value` (in litoshi) to the output script `script`.

    With its witness it stands in the block, without it makes the id. `commitment`: the script of the second output.
    """
    start = height_push(height) + _push(extra_nonce) + _push(TAG)
    inputs = b"\1" + _NO_OUTPUT + _sized(start) + _FINAL
    outputs = b"\2" + struct.pack("<Q", value) + _sized(script) + bytes(8) + _sized(commitment)
    if not with_witness:
        return _VERSION + inputs + outputs + _NO_LOCK
    return _VERSION + _MARKER_AND_FLAG + inputs + outputs + _WITNESS + _NO_LOCK


def coinbase_id(transaction_without_witness: bytes) -> bytes:
    """Its id, in the order of hashing."""
    return sha256d(transaction_without_witness)


def merkle_branch(others: Sequence[bytes]) -> tuple[bytes, ...]:
    """What to hash the first leaf with, step by step (`merkle_root`), given all other leaves in order.

    A level of odd length repeats its last hash (Litecoin Core, ComputeMerkleRoot).
    """
    branch: list[bytes] = []
    level = [b"", *others]
    while len(level) > 1:
        branch.append(level[1])
        if len(level) % 2:
            level.append(level[-1])
        level = [b"", *(sha256d(level[at] + level[at + 1]) for at in range(2, len(level), 2))]
    return tuple(branch)


def witness_commitment(branch: Iterable[bytes]) -> bytes:
    """The 32 bytes that commit to all witnesses (BIP 141), from the branch over the other transactions' hashes."""
    return sha256d(merkle_root(bytes(32), branch) + _RESERVED)


def header_bytes(*, version: int, previous_id: str, root: bytes, time: int, bits: int, nonce: int = 0) -> bytes:
    """The 80 bytes that are hashed."""
    return struct.pack("<I", version) + id_bytes(previous_id) + root + struct.pack("<III", time, bits, nonce)


def block_bytes(header: bytes, coinbase: bytes, transactions: Sequence[bytes], mweb: bytes) -> bytes:
    """The block as `submitblock` takes it; where there is an MWEB part a 1 stands before it."""
    parts = [header, compact_size(1 + len(transactions)), coinbase, *transactions]
    return b"".join([*parts, _HAS_MWEB, mweb] if mweb else parts)


def _push(data: bytes) -> bytes:
    """A script's push of up to 75 bytes."""
    if not 1 <= len(data) <= _LONGEST_PUSH:
        raise ValueError(f"a push of {len(data)} bytes")
    return bytes([len(data)]) + data


def _sized(data: bytes) -> bytes:
    return compact_size(len(data)) + data

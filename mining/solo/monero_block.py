"""Monero blocks as bytes: read a template, write our extra nonce, and derive what is hashed, submitted and looked up.

Pure: bytes in, bytes out. Strict: whatever is not a block template raises `BlockFormatError`; no input makes it hang.
Source: block and transaction serialisation of monero (cryptonote_basic), tree hash of CNS003. Proven by the vectors in
tests/vectors/monero_block_*.json, which a real monerod accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mining.algorithms.keccak import keccak256

EXTRA_NONCE_BYTES = 8
NONCE_BYTES = 4
HASH_BYTES = 32
MAX_TEMPLATE_BYTES = 8 * 1024 * 1024
MAX_TRANSACTIONS = 8192
"""Far above any real block (hundreds), and few enough to hash in seconds."""
MAX_VARINT_BYTES = 10
SEED_EPOCH_BLOCKS = 2048
SEED_EPOCH_LAG = 64

COINBASE_INPUT = 0xFF
OUTPUT_KEY_BYTES = {2: 32, 3: 33}
"""Bytes after the tag of an output: to a key; to a key with a view tag (since block version 15)."""
MINER_TX_VERSION = 2
NO_RING_SIGNATURES = b"\x00"

RANDOMX_BY_MAJOR_VERSION = ((17, "rx/2"), (12, "rx/0"))
"""First block version of each proof of work, newest first. Version 17 is the planned one of RandomX v2."""


class BlockFormatError(ValueError):
    """These bytes are not a block template we can work on. The text completes "a block template that …"."""


@dataclass(frozen=True, slots=True)
class BlockTemplate:
    """A block template, read. Offsets are into `blob`; `transactions` are the hashes after the miner transaction."""

    blob: bytes
    major_version: int
    prev_hash: bytes
    nonce_offset: int
    miner_tx_start: int
    miner_tx_prefix_end: int
    miner_tx_height: int
    extra_start: int
    extra_end: int
    transactions: tuple[bytes, ...]


def varint_encode(value: int) -> bytes:
    """Encode an unsigned integer in groups of seven bits, least significant first."""
    if value < 0:
        raise ValueError(f"a varint cannot hold {value}")
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class _Reader:
    """A cursor that never reads past the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int, what: str) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise BlockFormatError(f"ends inside its {what} (byte {len(self.data)})")
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def byte(self, what: str) -> int:
        return self.take(1, what)[0]

    def varint(self, what: str) -> int:
        value = 0
        for position in range(MAX_VARINT_BYTES):
            byte = self.byte(what)
            value |= (byte & 0x7F) << (7 * position)
            if byte < 0x80:
                if value >= 1 << 64 or (byte == 0 and position > 0):
                    break
                return value
        raise BlockFormatError(f"has an invalid number as its {what}")


def varint_decode(data: bytes, offset: int = 0) -> tuple[int, int]:
    """Decode a varint of at most 64 bits; return (value, offset after it). Raises BlockFormatError."""
    reader = _Reader(data)
    reader.at = offset
    return reader.varint("number"), reader.at


def template_parse(blob: bytes) -> BlockTemplate:
    """Read a block template blob. Raises BlockFormatError with what is wrong with it."""
    if len(blob) > MAX_TEMPLATE_BYTES:
        raise BlockFormatError(f"has {len(blob)} bytes, more than {MAX_TEMPLATE_BYTES}")
    reader = _Reader(blob)
    major_version = reader.varint("major version")
    reader.varint("minor version")
    reader.varint("timestamp")
    prev_hash = reader.take(HASH_BYTES, "previous block id")
    nonce_offset = reader.at
    reader.take(NONCE_BYTES, "nonce")
    miner_tx_start = reader.at
    height, extra_start, extra_end = _miner_tx_read(reader)
    return BlockTemplate(
        blob=blob,
        major_version=major_version,
        prev_hash=prev_hash,
        nonce_offset=nonce_offset,
        miner_tx_start=miner_tx_start,
        miner_tx_prefix_end=extra_end,
        miner_tx_height=height,
        extra_start=extra_start,
        extra_end=extra_end,
        transactions=_transactions_read(reader),
    )


def _miner_tx_read(reader: _Reader) -> tuple[int, int, int]:
    """Walk the miner transaction; return (height, start of extra, end of extra = end of the prefix)."""
    version = reader.varint("miner transaction version")
    if version != MINER_TX_VERSION:
        raise BlockFormatError(f"has a miner transaction of version {version}, not {MINER_TX_VERSION}")
    reader.varint("unlock time")
    if (inputs := reader.varint("input count")) != 1:
        raise BlockFormatError(f"has a miner transaction with {inputs} inputs, not 1")
    if (tag := reader.byte("input tag")) != COINBASE_INPUT:
        raise BlockFormatError(f"has a miner transaction whose input has tag {tag}, not {COINBASE_INPUT}")
    height = reader.varint("height")
    outputs = reader.varint("output count")
    if not 1 <= outputs <= len(reader.data):
        raise BlockFormatError(f"has a miner transaction with {outputs} outputs")
    for _ in range(outputs):
        reader.varint("output amount")
        tag = reader.byte("output tag")
        if tag not in OUTPUT_KEY_BYTES:
            raise BlockFormatError(f"has a miner transaction with an output of the unknown type {tag}")
        reader.take(OUTPUT_KEY_BYTES[tag], "output key")
    extra_bytes = reader.varint("extra length")
    extra_start = reader.at
    reader.take(extra_bytes, "extra field")
    extra_end = reader.at
    if reader.take(1, "signature type") != NO_RING_SIGNATURES:
        raise BlockFormatError("has a signed miner transaction")
    return height, extra_start, extra_end


def _transactions_read(reader: _Reader) -> tuple[bytes, ...]:
    """Read the transaction hashes, which end the blob."""
    count = reader.varint("transaction count")
    if count > MAX_TRANSACTIONS:
        raise BlockFormatError(f"names {count} transactions, more than {MAX_TRANSACTIONS}")
    remaining = len(reader.data) - reader.at
    if remaining != count * HASH_BYTES:
        raise BlockFormatError(f"names {count} transactions and has {remaining} bytes for their hashes")
    return tuple(reader.take(HASH_BYTES, "transaction hash") for _ in range(count))


def extra_nonce_put(template: BlockTemplate, reserved_offset: int, extra_nonce: bytes) -> BlockTemplate:
    """Return the template with `extra_nonce` (8 bytes) at `reserved_offset`, which must lie in the extra field."""
    if len(extra_nonce) != EXTRA_NONCE_BYTES:
        raise ValueError(f"an extra nonce has {EXTRA_NONCE_BYTES} bytes, not {len(extra_nonce)}")
    reserved_check(template, reserved_offset)
    return replace(template, blob=_replaced(template.blob, reserved_offset, extra_nonce))


def reserved_check(template: BlockTemplate, reserved_offset: int) -> None:
    """Raise BlockFormatError unless eight reserved bytes at `reserved_offset` lie within the extra field."""
    if not template.extra_start < reserved_offset <= template.extra_end - EXTRA_NONCE_BYTES:
        raise BlockFormatError(
            f"reserves {EXTRA_NONCE_BYTES} bytes at {reserved_offset}, outside its extra field "
            f"({template.extra_start} to {template.extra_end})"
        )


def nonce_put(template: BlockTemplate, nonce: int) -> bytes:
    """Return the template blob with the little-endian `nonce` in its header: what is submitted."""
    return _replaced(template.blob, template.nonce_offset, nonce.to_bytes(NONCE_BYTES, "little"))


def miner_tx_hash(template: BlockTemplate) -> bytes:
    """Hash of the miner transaction: K( K(prefix) | K(signature type 0) | 32 zero bytes )."""
    prefix = template.blob[template.miner_tx_start : template.miner_tx_prefix_end]
    return keccak256(keccak256(prefix) + keccak256(NO_RING_SIGNATURES) + bytes(HASH_BYTES))


def tree_branch(others: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Siblings on the way from leaf 0 to the root, given the leaves after it: the costly part, once per template.

    With n leaves and w the largest power of two below n, the first 2·w - n leaves are kept and the rest paired, so that
    w remain; from there the tree is a plain binary one.
    """
    if not others:
        return ()
    count = len(others) + 1
    width = 1 << ((count - 1).bit_length() - 1)
    kept = 2 * width - count
    branch: list[bytes] = []
    if kept == 0:
        branch.append(others[0])
        row = _paired(others[1:])
    else:
        row = [*others[: kept - 1], *_paired(others[kept - 1 :])]
    while row:
        branch.append(row[0])
        row = _paired(row[1:])
    return tuple(branch)


def tree_root(leaf: bytes, branch: tuple[bytes, ...]) -> bytes:
    """Root of the tree whose leaf 0 is `leaf`, given its branch."""
    for sibling in branch:
        leaf = keccak256(leaf + sibling)
    return leaf


def hashing_blob(template: BlockTemplate, branch: tuple[bytes, ...]) -> bytes:
    """What is hashed: header | tree root | varint(transactions, the miner's included).

    `branch` is `tree_branch(template.transactions)`; it does not depend on nonce and extra nonce.
    """
    root = tree_root(miner_tx_hash(template), branch)
    return template.blob[: template.miner_tx_start] + root + varint_encode(len(template.transactions) + 1)


def block_id(blob_hashed: bytes) -> bytes:
    """Block id of a hashing blob (with its nonce): K( varint(length) | hashing blob )."""
    return keccak256(varint_encode(len(blob_hashed)) + blob_hashed)


def seed_height(height: int, *, epoch_blocks: int = SEED_EPOCH_BLOCKS, lag: int = SEED_EPOCH_LAG) -> int:
    """Height of the block whose id is the RandomX key at `height`; both parameters are powers of two."""
    if height <= epoch_blocks + lag:
        return 0
    return (height - lag - 1) & ~(epoch_blocks - 1)


def algorithm_of(major_version: int) -> str:
    """RandomX variant of a block version. Raises BlockFormatError for a version from before RandomX."""
    for first, algorithm in RANDOMX_BY_MAJOR_VERSION:
        if major_version >= first:
            return algorithm
    raise BlockFormatError(f"has block version {major_version}, which is not mined with RandomX")


def _paired(leaves: Sequence[bytes]) -> list[bytes]:
    return [keccak256(leaves[at] + leaves[at + 1]) for at in range(0, len(leaves), 2)]


def _replaced(blob: bytes, offset: int, piece: bytes) -> bytes:
    return blob[:offset] + piece + blob[offset + len(piece) :]

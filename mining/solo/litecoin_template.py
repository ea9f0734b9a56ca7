"""What litecoind's getblocktemplate answers, and whether it is sound. Pure.

Source: BIP 22, 23 and 145, Litecoin Core 0.21 src/rpc/mining.cpp. Vectors: tests/vectors/litecoin_blocks_regtest.json.
Our reading is proven on each template: its transactions must hash to what it says of them, these hashes to its witness
commitment, and what their ids cover to the ids, of which the merkle root is made. Unproven are only a HogEx of another
form (its hash is still in the commitment), and the ids of transactions with flags that nobody has yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from mining.solo.litecoin_block import COMMITMENT_START, id_bytes, merkle_branch, sha256d, witness_commitment
from mining.solo.litecoin_transaction import (
    SMALLEST_TRANSACTION,
    TransactionFormError,
    hashed_bytes,
    identified_bytes,
    is_hogex,
)
from mining.stratum.bitcoin.difficulty import target_from_nbits
from mining.stratum.errors import TargetError

KNOWN_RULES = ("segwit", "mweb")
"""The rules that a client has to know, and that we name when asking."""
MOST_COINS = 84_000_000 * 10**8
_WORDS = 1 << 32
_HEIGHTS = 1 << 31
_ID = re.compile(r"[0-9a-f]{64}")


class TemplateError(Exception):
    """A template that cannot be mined. The text completes "answered with a block template that …"."""


class TransactionAnswer(msgspec.Struct, frozen=True):
    """A transaction as received. `hash` covers its witness, `txid` does not."""

    data: str
    txid: str
    hash: str


class TemplateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A template as received. `mweb` is the block's MimbleWimble part, from its activation on."""

    version: int
    previousblockhash: str
    transactions: tuple[TransactionAnswer, ...]
    coinbasevalue: int
    target: str
    bits: str
    curtime: int
    mintime: int
    height: int
    default_witness_commitment: str
    longpollid: str
    mweb: str = ""
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockTemplate:
    """A sound template. `txids` are in the byte order of hashing; `commitment` is the script of the second output."""

    version: int
    previous_id: str
    transactions: tuple[bytes, ...]
    txids: tuple[bytes, ...]
    coinbase_value: int
    target: int
    bits: int
    time: int
    height: int
    commitment: bytes
    mweb: bytes
    long_poll_id: str


def template_from_answer(answer: TemplateAnswer) -> BlockTemplate:
    """Check every field, and the fields against each other. Raises TemplateError."""
    _rules_check(answer)
    previous_id = _id_read(answer.previousblockhash, "previous block id")
    transactions = tuple(_transaction_read(row, number) for number, row in enumerate(answer.transactions, start=1))
    mweb = _hex_read(answer.mweb, "MWEB part")
    _mweb_check(transactions, has_mweb=bool(mweb))
    return BlockTemplate(
        version=_number(answer.version, "version", -_HEIGHTS, _HEIGHTS - 1) % _WORDS,
        previous_id=previous_id,
        transactions=transactions,
        txids=tuple(id_bytes(row.txid) for row in answer.transactions),
        coinbase_value=_number(answer.coinbasevalue, "coinbase value", 0, MOST_COINS),
        target=_target_read(answer),
        bits=int(answer.bits, 16),
        time=_time_read(answer),
        height=_number(answer.height, "height", 1, _HEIGHTS - 1),
        commitment=_commitment_read(answer),
        mweb=mweb,
        long_poll_id=answer.longpollid,
    )


def _rules_check(answer: TemplateAnswer) -> None:
    """A rule written with "!" has to be known by who makes the block (BIP 9)."""
    unknown = [rule for rule in answer.rules if rule.startswith("!") and rule[1:] not in KNOWN_RULES]
    if unknown:
        raise TemplateError(f'asks for the rule "{_shown(unknown[0][1:])}", which this miner does not know')


def _transaction_read(row: TransactionAnswer, number: int) -> bytes:
    """The bytes of a transaction whose hash and id are what the template says."""
    data = _hex_read(row.data, f"transaction {number}")
    if len(data) < SMALLEST_TRANSACTION:
        raise TemplateError(f"has a transaction {number} of {len(data)} bytes")
    hashed, hash_ = hashed_bytes(data), id_bytes(_id_read(row.hash, "transaction hash"))
    if hashed and sha256d(hashed) != hash_:
        raise TemplateError(f"has a transaction {number} that does not hash to its own hash")
    _transaction_id_check(data, id_bytes(_id_read(row.txid, "transaction id")), number)
    return data


def _transaction_id_check(data: bytes, txid: bytes, number: int) -> None:
    try:
        identified = identified_bytes(data)
    except TransactionFormError as error:
        raise TemplateError(f"has a transaction {number} that cannot be read ({error})") from None
    if identified and sha256d(identified) != txid:
        raise TemplateError(f"has a transaction {number} that does not hash to its own id")


def _mweb_check(transactions: tuple[bytes, ...], *, has_mweb: bool) -> None:
    has_hogex = bool(transactions) and is_hogex(transactions[-1])
    if has_mweb and not has_hogex:
        raise TemplateError("has an MWEB part without the transaction that belongs to it")
    if has_hogex and not has_mweb:
        raise TemplateError("has the transaction of an MWEB part without that part")
    if any(is_hogex(transaction) for transaction in transactions[:-1]):
        raise TemplateError("has the transaction of its MWEB part before others")


def _target_read(answer: TemplateAnswer) -> int:
    try:
        target = target_from_nbits(answer.bits)
    except TargetError:
        raise TemplateError(f'has bits that are no target ("{_shown(answer.bits)}")') from None
    if answer.target.lower() != f"{target:064x}":
        raise TemplateError("has a target that its bits do not say")
    return target


def _time_read(answer: TemplateAnswer) -> int:
    time = _number(answer.curtime, "time", 1, _WORDS - 1)
    earliest = _number(answer.mintime, "earliest time", 0, _WORDS - 1)
    if time < earliest:
        raise TemplateError(f"has the time {time}, before its own earliest one {earliest}")
    return time


def _commitment_read(answer: TemplateAnswer) -> bytes:
    """The commitment that is also ours to these transactions, so that none is missing or in another place."""
    script = _hex_read(answer.default_witness_commitment, "witness commitment")
    hashes = tuple(id_bytes(row.hash) for row in answer.transactions)
    if script != COMMITMENT_START + witness_commitment(merkle_branch(hashes)):
        raise TemplateError("has a witness commitment that is not to its transactions")
    return script


def _id_read(text: str, what: str) -> str:
    if not _ID.fullmatch(text):
        raise TemplateError(f"has a {what} that is no hash")
    return text


def _hex_read(text: str, what: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise TemplateError(f"has a {what} that is not hexadecimal") from None


def _number(value: int, what: str, least: int, most: int) -> int:
    if not least <= value <= most:
        raise TemplateError(f"has a {what} out of range ({str(value)[:25]})")
    return value


def _shown(text: str) -> str:
    return "".join(char if char.isascii() and char.isprintable() else "." for char in text[:40])

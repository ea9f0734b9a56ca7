"""Monero addresses: base58, network and kind from the prefix, Keccak checksum. Pure.

Source: CNS007; prefixes from Monero src/cryptonote_config.h (regtest, "fakechain", uses those of mainnet).
Vectors: tests/vectors/addresses_monero.json.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from mining.addresses import base58
from mining.addresses.problem import COPY_AGAIN, AddressProblem, character_problem
from mining.algorithms.keccak import keccak256

CHECKSUM_BYTES = 4
KEY_BYTES = 32
PAYMENT_ID_BYTES = 8
PLAIN_CHARACTERS = 95
INTEGRATED_CHARACTERS = 106
_LITECOIN_STARTS = ("ltc1", "L", "M")
_BITCOIN_STARTS = ("bc1", "1", "3")
_DOGECOIN_STARTS = ("D", "A", "9")


class Network(StrEnum):
    """The Monero network an address belongs to."""

    MAINNET = "mainnet"
    STAGENET = "stagenet"
    TESTNET = "testnet"


class AddressKind(StrEnum):
    """What an address is: a wallet's main address, one of its sub-addresses, or one with a payment id inside."""

    STANDARD = "standard address"
    SUB_ADDRESS = "sub-address"
    INTEGRATED = "integrated address"


PREFIXES: dict[int, tuple[Network, AddressKind]] = {
    18: (Network.MAINNET, AddressKind.STANDARD),
    19: (Network.MAINNET, AddressKind.INTEGRATED),
    42: (Network.MAINNET, AddressKind.SUB_ADDRESS),
    24: (Network.STAGENET, AddressKind.STANDARD),
    25: (Network.STAGENET, AddressKind.INTEGRATED),
    36: (Network.STAGENET, AddressKind.SUB_ADDRESS),
    53: (Network.TESTNET, AddressKind.STANDARD),
    54: (Network.TESTNET, AddressKind.INTEGRATED),
    63: (Network.TESTNET, AddressKind.SUB_ADDRESS),
}


@dataclass(frozen=True, slots=True)
class MoneroAddress:
    """A decoded address. `spend_key`, `view_key`: 32 bytes, public. `payment_id`: 8 bytes, or b"" without one."""

    network: Network
    kind: AddressKind
    spend_key: bytes
    view_key: bytes
    payment_id: bytes = b""


def parse_monero_address(text: str) -> MoneroAddress:
    """Decode and check an address. Raises AddressProblem that says what is wrong (codes wallet_…), never the text."""
    _check_characters(text)
    _check_length(text)
    try:
        data = base58.decode(text)
    except ValueError:
        raise AddressProblem("is not valid base58", next_step=COPY_AGAIN, code="wallet_checksum") from None
    payload, checksum = data[:-CHECKSUM_BYTES], data[-CHECKSUM_BYTES:]
    if keccak256(payload)[:CHECKSUM_BYTES] != checksum:
        raise AddressProblem(
            "has a wrong checksum, so at least one character is mistyped", next_step=COPY_AGAIN, code="wallet_checksum"
        )
    return _from_payload(payload)


def encode_monero_address(prefix: int, body: bytes) -> str:
    """Return the address text of a one-byte `prefix` and `body` (keys and payment id): the inverse of parsing."""
    payload = bytes([prefix]) + body
    return base58.encode(payload + keccak256(payload)[:CHECKSUM_BYTES])


def integrated_address(text: str, payment_id: str) -> str:
    """Return the integrated address of a main address and a payment id (16 hex digits).

    An address that already carries this payment id is returned as it is. Raises AddressProblem: the address is wrong,
    a sub-address, or carries another payment id; the payment id is none, or a long one (64 digits, dead since 2019).
    Source: Monero src/cryptonote_basic/cryptonote_basic_impl.cpp; vector: the integrated row of addresses_monero.json.
    """
    if not re.fullmatch(r"[0-9a-fA-F]{16}", payment_id):
        raise AddressProblem(
            "cannot take this payment id, which is not 16 hexadecimal digits long",
            next_step="Ask the receiver for an integrated address; payment ids of 64 digits are dead since 2019.",
            code="payment_id_invalid",
        )
    address = parse_monero_address(text)
    wanted = bytes.fromhex(payment_id)
    if address.payment_id == wanted:
        return text
    if address.kind is not AddressKind.STANDARD:
        raise AddressProblem(
            f"is {'a' if address.kind is AddressKind.SUB_ADDRESS else 'an'} {address.kind}, which cannot take a "
            f"payment id{'' if address.kind is AddressKind.SUB_ADDRESS else ' other than its own'}",
            next_step="Leave the payment id out, or give the main address it belongs to.",
            code="payment_id_unusable",
        )
    prefix = next(number for number, row in PREFIXES.items() if row == (address.network, AddressKind.INTEGRATED))
    return encode_monero_address(prefix, address.spend_key + address.view_key + wanted)


def _check_characters(text: str) -> None:
    index = base58.bad_position(text)
    if index is None:
        return
    if text.lower().startswith(("ltc1", "tltc1", "rltc1", "ltcmweb1", "tmweb1")):
        raise _other_coin("Litecoin")
    if text.lower().startswith(("bc1", "tb1")):
        raise _other_coin("Bitcoin")
    raise character_problem(text, index, "Monero", base58.lookalike_hint(text[index]))


def _check_length(text: str) -> None:
    if len(text) in (PLAIN_CHARACTERS, INTEGRATED_CHARACTERS):
        return
    if 26 <= len(text) <= 43:
        if text.startswith(_LITECOIN_STARTS):
            raise _other_coin("Litecoin")
        if text.startswith(_BITCOIN_STARTS):
            raise _other_coin("Bitcoin")
        if len(text) == 34 and text.startswith(_DOGECOIN_STARTS):
            raise _other_coin("Dogecoin")
    raise AddressProblem(
        f"has {len(text)} characters where a Monero address has {PLAIN_CHARACTERS} "
        f"(an integrated one {INTEGRATED_CHARACTERS})",
        next_step=COPY_AGAIN,
        code="wallet_length",
    )


def _other_coin(name: str) -> AddressProblem:
    return AddressProblem(
        f"looks like a {name} address, not a Monero one",
        next_step="Give the address of a Monero wallet (it starts with 4).",
        code="wallet_coin",
    )


def _from_payload(payload: bytes) -> MoneroAddress:
    prefix, body = payload[0], payload[1:]
    found = PREFIXES.get(prefix)
    expected = 2 * KEY_BYTES
    if found is not None and found[1] is AddressKind.INTEGRATED:
        expected += PAYMENT_ID_BYTES
    if found is None or len(body) != expected:
        raise AddressProblem(
            f"belongs to another coin (prefix {prefix})",
            next_step="Give the address of a Monero wallet (it starts with 4).",
            code="wallet_coin",
        )
    keys = 2 * KEY_BYTES
    return MoneroAddress(found[0], found[1], body[:KEY_BYTES], body[KEY_BYTES:keys], body[keys:])

"""Litecoin and Dogecoin addresses: one table of prefixes, one parser. Adding a coin of this family is a row. Pure.

Source of the prefixes: src/chainparams.cpp of Litecoin Core 0.21 and Dogecoin Core 1.14 (both list mainnet, testnet,
that is testnet4 at Litecoin, and regtest). Vectors: tests/vectors/addresses_litecoin.json, addresses_dogecoin.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mining.addresses import base58, base58check, bech32
from mining.addresses.problem import COPY_AGAIN, AddressProblem, character_problem
from mining.addresses.script_address import (
    HASH_BYTES,
    WITNESS_KINDS,
    ChainNetwork,
    ScriptAddress,
    ScriptKind,
    hash_script,
)
from mining.addresses.secret import looks_like_secret

MAIN, TEST, REGTEST = ChainNetwork.MAINNET, ChainNetwork.TESTNET, ChainNetwork.REGTEST
P2PKH, P2SH = ScriptKind.P2PKH, ScriptKind.P2SH
_BASE58_CHARACTERS = (34, 35)
_MONERO_CHARACTERS = (95, 106)
_EXTENDED_BYTES = 78
_EXTENDED_KEY_AT = 45
_ENCRYPTED_KEY_BYTES = 39
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class AddressRules:
    """How a coin writes addresses.

    `starts` and `lengths`: of mainnet addresses, for people. `base58`: kind and networks of a version byte. `segwit`:
    network of a human-readable part. `mweb`: human-readable parts of MimbleWimble addresses (Litecoin LIP 4).
    """

    coin: str
    starts: str
    lengths: str
    base58: Mapping[int, tuple[ScriptKind, tuple[ChainNetwork, ...]]]
    segwit: Mapping[str, ChainNetwork]
    mweb: frozenset[str] = frozenset()


LITECOIN = AddressRules(
    "Litecoin",
    "ltc1, L or M",
    "34, or 43 or 63 when it starts with ltc1",
    {
        48: (P2PKH, (MAIN,)),
        50: (P2SH, (MAIN,)),
        5: (P2SH, (MAIN,)),  # the older form, the same as Bitcoin's: starts with 3
        111: (P2PKH, (TEST, REGTEST)),
        58: (P2SH, (TEST, REGTEST)),
        196: (P2SH, (TEST, REGTEST)),  # the older form: starts with 2
    },
    {"ltc": MAIN, "tltc": TEST, "rltc": REGTEST},
    frozenset({"ltcmweb", "tmweb"}),
)
DOGECOIN = AddressRules(
    "Dogecoin",
    "D, A or 9",
    "34",
    {
        30: (P2PKH, (MAIN,)),
        22: (P2SH, (MAIN,)),
        113: (P2PKH, (TEST,)),
        111: (P2PKH, (REGTEST,)),
        196: (P2SH, (TEST, REGTEST)),
    },
    {},
)
BITCOIN = AddressRules(
    "Bitcoin",
    "bc1, 1 or 3",
    "34, or 42 or 62 when it starts with bc1",
    {0: (P2PKH, (MAIN,)), 5: (P2SH, (MAIN,)), 111: (P2PKH, (TEST, REGTEST)), 196: (P2SH, (TEST, REGTEST))},
    {"bc": MAIN, "tb": TEST, "bcrt": REGTEST},
)
"""Known only to name it: no coin of the catalogue uses it."""
_FAMILY = (BITCOIN, LITECOIN, DOGECOIN)


def parse_litecoin_address(text: str) -> ScriptAddress:
    """Decode and check a Litecoin address. Raises AddressProblem as `parse_address` does."""
    return parse_address(text, LITECOIN)


def parse_dogecoin_address(text: str) -> ScriptAddress:
    """Decode and check a Dogecoin address. Raises AddressProblem as `parse_address` does."""
    return parse_address(text, DOGECOIN)


def parse_address(text: str, rules: AddressRules) -> ScriptAddress:
    """Decode and check an address of a coin. Raises AddressProblem (codes wallet_…), which never holds the text."""
    if looks_like_secret(text):
        raise _secret()
    payload = _base58_payload(text)
    if payload is not None:
        return _from_payload(payload, rules)
    prefix = bech32.prefix_of(text)
    if prefix in rules.mweb:
        raise AddressProblem(
            "is an MWEB address, which neither a pool nor a daemon can pay from the output of a coinbase transaction",
            next_step=f"Give another address of the same wallet (it starts with {rules.starts}); you can move the "
            "coins into MWEB later.",
            code="wallet_mweb",
        )
    if prefix in rules.segwit:
        return _from_witness(bech32.decode_witness(text), rules)
    raise _malformed(text, prefix, rules)


def require_network(address: ScriptAddress, wanted: ChainNetwork) -> None:
    """Raise AddressProblem unless the address is of the network that is mined on."""
    if wanted not in address.networks:
        raise AddressProblem(
            f"is a {' or '.join(address.networks)} address of {address.coin}, and {wanted} is what is mined here",
            next_step=f"Give a {wanted} address of a {address.coin} wallet.",
            code="wallet_network",
        )


def _base58_payload(text: str) -> bytes | None:
    try:
        return base58check.decode(text)
    except ValueError:
        return None


def _from_payload(payload: bytes, rules: AddressRules) -> ScriptAddress:
    """The address of a base58 payload whose checksum is right."""
    _refuse_keys(payload, rules)
    version, digest = payload[:1], payload[1:]
    if len(digest) == HASH_BYTES:
        row = rules.base58.get(version[0])
        if row is not None:
            kind, networks = row
            return ScriptAddress(rules.coin, kind, networks, hash_script(kind, digest))
        for other in _FAMILY:
            if version[0] in other.base58:
                raise _looks_like(other.coin, rules)
    raise _other_coin(f"belongs to another coin (prefix {version[0] if version else 'missing'})", rules)


def _refuse_keys(payload: bytes, rules: AddressRules) -> None:
    """Refuse what is a key by its form, of whatever coin: WIF, BIP 38 and BIP 32."""
    is_wif = len(payload) == 1 + _KEY_BYTES or (len(payload) == 2 + _KEY_BYTES and payload[-1] == 1)
    is_extended = len(payload) == _EXTENDED_BYTES
    if is_wif or len(payload) == _ENCRYPTED_KEY_BYTES or (is_extended and payload[_EXTENDED_KEY_AT] == 0):
        raise _secret()
    if is_extended:
        raise AddressProblem(
            "is an extended public key, which shows the whole wallet and is not an address",
            next_step=f"Give one receiving address of that wallet (it starts with {rules.starts}).",
            code="wallet_extended_key",
        )


def _from_witness(witness: bech32.WitnessProgram, rules: AddressRules) -> ScriptAddress:
    version, size = witness.version, len(witness.program)
    kind = WITNESS_KINDS.get((version, size))
    if kind is None:
        raise AddressProblem(
            f"has a witness program of version {version} with {size} bytes, which {rules.coin} does not use",
            next_step=COPY_AGAIN,
            code="wallet_witness",
        )
    return ScriptAddress(rules.coin, kind, (rules.segwit[witness.prefix],), witness.script)


def _malformed(text: str, prefix: str, rules: AddressRules) -> AddressProblem:
    """What to say of a text that is neither base58 with a right checksum nor has a known human-readable part."""
    for other in _FAMILY:
        if prefix in other.segwit or prefix in other.mweb:
            return _looks_like(other.coin, rules)
    index = base58.bad_position(text)
    if index is None and len(text) in _MONERO_CHARACTERS:
        return _looks_like("Monero", rules)
    if _is_bech32(text):
        return _other_coin(f"belongs to another coin (prefix {prefix})", rules)
    if index is not None:
        return character_problem(text, index, f"base58 {rules.coin}", base58.lookalike_hint(text[index]))
    if len(text) not in _BASE58_CHARACTERS:
        return AddressProblem(
            f"has {len(text)} characters where a {rules.coin} address has {rules.lengths}",
            next_step=COPY_AGAIN,
            code="wallet_length",
        )
    return AddressProblem(
        "has a wrong checksum, so at least one character is mistyped", next_step=COPY_AGAIN, code="wallet_checksum"
    )


def _is_bech32(text: str) -> bool:
    try:
        bech32.decode(text)
    except AddressProblem:
        return False
    return True


def _looks_like(name: str, rules: AddressRules) -> AddressProblem:
    return _other_coin(f"looks like a {name} address, not a {rules.coin} one", rules)


def _other_coin(why: str, rules: AddressRules) -> AddressProblem:
    return AddressProblem(
        why, next_step=f"Give the address of a {rules.coin} wallet (it starts with {rules.starts}).", code="wallet_coin"
    )


def _secret() -> AddressProblem:
    return AddressProblem(
        "looks like a private key or a seed phrase, which nobody but you may ever see",
        next_step="Give the public address instead; if others can read this place (a shell history, a file, a log), "
        "move the funds to a new wallet.",
        code="wallet_secret",
    )

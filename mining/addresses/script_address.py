"""Addresses that stand for an output script: what Bitcoin and the coins made from it pay to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HASH_BYTES = 20


class ScriptKind(StrEnum):
    """The form of the output script: to a key or script hash, or a witness program (segwit version 0, taproot)."""

    P2PKH = "p2pkh"
    P2SH = "p2sh"
    P2WPKH = "p2wpkh"
    P2WSH = "p2wsh"
    P2TR = "p2tr"


class ChainNetwork(StrEnum):
    """The network of a coin that an address belongs to."""

    MAINNET = "mainnet"
    TESTNET = "testnet"
    REGTEST = "regtest"


@dataclass(frozen=True, slots=True)
class ScriptAddress:
    """A decoded address.

    `networks`: where it is valid, mostly one, but base58 addresses of testnet and regtest look the same. `script`: the
    output script it stands for, as it goes into a transaction (without its length).
    """

    coin: str
    kind: ScriptKind
    networks: tuple[ChainNetwork, ...]
    script: bytes


WITNESS_KINDS: dict[tuple[int, int], ScriptKind] = {
    (0, 20): ScriptKind.P2WPKH,
    (0, 32): ScriptKind.P2WSH,
    (1, 32): ScriptKind.P2TR,
}
"""What a witness version and the bytes of its program make (BIP 141, BIP 341)."""


def hash_script(kind: ScriptKind, digest: bytes) -> bytes:
    """Return the output script that pays to a 20-byte hash. `kind` is P2PKH or P2SH (BIP 16); ValueError otherwise."""
    if len(digest) != HASH_BYTES:
        raise ValueError(f"a hash of {len(digest)} bytes")
    if kind is ScriptKind.P2PKH:
        return b"\x76\xa9\x14" + digest + b"\x88\xac"
    if kind is ScriptKind.P2SH:
        return b"\xa9\x14" + digest + b"\x87"
    raise ValueError(f"{kind} does not pay to a hash")

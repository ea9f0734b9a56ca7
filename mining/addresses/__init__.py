"""Payout addresses: decoding, checking and masking. Pure: no I/O, clock or randomness. Never handles private keys."""

from collections.abc import Callable

from mining.addresses.bitcoin_family import parse_dogecoin_address, parse_litecoin_address, require_network
from mining.addresses.masking import mask_address
from mining.addresses.monero import AddressKind, MoneroAddress, Network, integrated_address, parse_monero_address
from mining.addresses.problem import AddressProblem
from mining.addresses.script_address import ChainNetwork, ScriptAddress, ScriptKind
from mining.addresses.secret import looks_like_secret

VALIDATORS: dict[str, Callable[[str], MoneroAddress | ScriptAddress]] = {
    "monero": parse_monero_address,
    "litecoin": parse_litecoin_address,
    "dogecoin": parse_dogecoin_address,
}
"""The parser of each `address_format` of the coin catalogue; each raises AddressProblem."""

__all__ = [
    "VALIDATORS",
    "AddressKind",
    "AddressProblem",
    "ChainNetwork",
    "MoneroAddress",
    "Network",
    "ScriptAddress",
    "ScriptKind",
    "integrated_address",
    "looks_like_secret",
    "mask_address",
    "parse_dogecoin_address",
    "parse_litecoin_address",
    "parse_monero_address",
    "require_network",
]

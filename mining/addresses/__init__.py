"""Payout addresses: decoding, checking and masking. Pure: no I/O, clock or randomness. Never handles private keys."""

from mining.addresses.masking import mask_address
from mining.addresses.monero import AddressKind, MoneroAddress, Network, integrated_address, parse_monero_address
from mining.addresses.problem import AddressProblem
from mining.addresses.secret import looks_like_secret

__all__ = [
    "AddressKind",
    "AddressProblem",
    "MoneroAddress",
    "Network",
    "integrated_address",
    "looks_like_secret",
    "mask_address",
    "parse_monero_address",
]

"""Base58Check, the text form of Bitcoin-family addresses and keys: one number in base 58, double SHA-256. Pure.

Unlike CryptoNote base58 (`base58.py`) the bytes are one big number, and each leading zero byte is a "1".
Source: Bitcoin Core src/base58.cpp. Vectors: tests/vectors/addresses_litecoin.json and addresses_dogecoin.json.
"""

from __future__ import annotations

import hashlib

from mining.addresses.base58 import ALPHABET

CHECKSUM_BYTES = 4
MAX_CHARACTERS = 128
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def encode(payload: bytes) -> str:
    """Return the text of `payload` (version and body) with its checksum: the inverse of `decode`."""
    data = payload + _checksum(payload)
    number = int.from_bytes(data, "big")
    characters = []
    while number:
        number, digit = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return ALPHABET[0] * zeros + "".join(reversed(characters))


def decode(text: str) -> bytes:
    """Return the payload of `text`, without the checksum.

    Raises ValueError: a character that is not base58, a wrong checksum, fewer than 4 bytes, or more than 128
    characters (the longest there is, an extended key, has 112; the time to decode grows with the square).
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"{len(text)} characters are too many")
    number = 0
    for character in text:
        if character not in _VALUES:
            raise ValueError(f"{character!r} is not base58")
        number = number * len(ALPHABET) + _VALUES[character]
    zeros = len(text) - len(text.lstrip(ALPHABET[0]))
    data = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, checksum = data[:-CHECKSUM_BYTES], data[-CHECKSUM_BYTES:]
    if len(data) < CHECKSUM_BYTES or _checksum(payload) != checksum:
        raise ValueError("the checksum is wrong")
    return payload


def _checksum(payload: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:CHECKSUM_BYTES]

"""CryptoNote base58: blocks of 8 bytes become 11 characters each, so that the length is always the same. Pure.

Source: CryptoNote standard CNS007 ("Addresses"), Monero src/common/base58.h for the block sizes.
"""

from __future__ import annotations

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_LOOKALIKES = {"0": "o or 9", "O": "o or Q", "I": "1 or i", "l": "1 or i"}
_FULL_BYTES = 8
_FULL_CHARACTERS = 11
_CHARACTERS_OF = (0, 2, 3, 5, 6, 7, 9, 10, 11)
_BYTES_OF = {characters: size for size, characters in enumerate(_CHARACTERS_OF)}


def encode(data: bytes) -> str:
    """Return the base58 text of `data`; the empty text for no bytes."""
    return "".join(_encode_block(data[start : start + _FULL_BYTES]) for start in range(0, len(data), _FULL_BYTES))


def decode(text: str) -> bytes:
    """Return the bytes of `text`. Raises ValueError for a bad character, length or a block that is too large."""
    blocks = (text[start : start + _FULL_CHARACTERS] for start in range(0, len(text), _FULL_CHARACTERS))
    return b"".join(_decode_block(block) for block in blocks)


def bad_position(text: str) -> int | None:
    """Return the index of the first character that is not base58, or None."""
    return next((index for index, character in enumerate(text) if character not in _VALUES), None)


def lookalike_hint(character: str) -> str:
    """Return what a character that is not base58 was perhaps meant to be, as in " (perhaps 1 or i)", or ""."""
    return f" (perhaps {_LOOKALIKES[character]})" if character in _LOOKALIKES else ""


def _encode_block(block: bytes) -> str:
    number = int.from_bytes(block, "big")
    characters = []
    for _ in range(_CHARACTERS_OF[len(block)]):
        number, digit = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[digit])
    return "".join(reversed(characters))


def _decode_block(block: str) -> bytes:
    size = _BYTES_OF.get(len(block))
    if size is None:
        raise ValueError(f"a block of {len(block)} characters is not possible")
    number = 0
    for character in block:
        if character not in _VALUES:
            raise ValueError(f"{character!r} is not base58")
        number = number * len(ALPHABET) + _VALUES[character]
    if number >> (8 * size):
        raise ValueError("a block is too large")
    return number.to_bytes(size, "big")

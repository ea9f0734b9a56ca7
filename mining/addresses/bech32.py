"""Bech32 and Bech32m, and the witness programs written in them. Pure; knows no coin.

Source: BIP 173 (Bech32, witness version 0) and BIP 350 (Bech32m, versions 1 to 16).
Vectors: tests/vectors/addresses_bech32.json, all those of both documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from mining.addresses.problem import COPY_AGAIN, AddressProblem, character_problem

CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
SEPARATOR = "1"
MAX_CHARACTERS = 90
CHECKSUM_CHARACTERS = 6
_VALUES = {character: value for value, character in enumerate(CHARACTERS)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_MAX_VERSION = 16
_PROGRAM_BYTES = range(2, 41)
_PROGRAM_BYTES_OF_VERSION_0 = (20, 32)


class Encoding(Enum):
    """Which of the two checksums a text has; the value is the constant that is xored into it."""

    BECH32 = 1
    BECH32M = 0x2BC830A3


@dataclass(frozen=True, slots=True)
class Bech32Text:
    """A decoded text: its human-readable part in small letters, 5-bit values without the checksum, and encoding."""

    prefix: str
    values: tuple[int, ...]
    encoding: Encoding


@dataclass(frozen=True, slots=True)
class WitnessProgram:
    """A witness version (0 to 16) and program (2 to 40 bytes; 20 or 32 for version 0), and the text's prefix."""

    prefix: str
    version: int
    program: bytes

    @property
    def script(self) -> bytes:
        """The output script: OP_0 or OP_1 to OP_16, and the program as one push (BIP 141)."""
        opcode = 0x50 + self.version if self.version else 0
        return bytes((opcode, len(self.program))) + self.program


def prefix_of(text: str) -> str:
    """Return the human-readable part in small letters, unchecked; "" without a separator or outside ASCII."""
    prefix = text.rpartition(SEPARATOR)[0]
    return prefix.lower() if prefix.isascii() else ""


def encode(text: Bech32Text) -> str:
    """Return the text with its checksum, in small letters. It is not checked: the inverse of `decode` only."""
    residue = _polymod((*_expanded(text.prefix), *text.values, *(0,) * CHECKSUM_CHARACTERS)) ^ text.encoding.value
    checksum = (residue >> 5 * (CHECKSUM_CHARACTERS - 1 - index) & 31 for index in range(CHECKSUM_CHARACTERS))
    return text.prefix + SEPARATOR + "".join(CHARACTERS[value] for value in (*text.values, *checksum))


def decode(text: str) -> Bech32Text:
    """Decode a text in either encoding. Raises AddressProblem that says what is wrong."""
    for index, character in enumerate(text):
        if not "!" <= character <= "~":
            raise character_problem(text, index, "bech32")
    if text.lower() != text and text.upper() != text:
        raise _problem("mixes capital and small letters", "wallet_case")
    prefix, separator, data = text.lower().rpartition(SEPARATOR)
    if not separator or not prefix:
        raise _problem("has nothing before the separator 1", "wallet_character")
    if len(data) < CHECKSUM_CHARACTERS or len(text) > MAX_CHARACTERS:
        raise _problem(
            f"has {len(text)} characters, which is too {'many' if len(text) > MAX_CHARACTERS else 'few'}",
            "wallet_length",
        )
    for index, character in enumerate(data, start=len(prefix) + 1):
        if character not in _VALUES:
            raise character_problem(text, index, "bech32")
    values = tuple(_VALUES[character] for character in data)
    residue = _polymod((*_expanded(prefix), *values))
    encoding = next((kind for kind in Encoding if kind.value == residue), None)
    if encoding is None:
        raise _problem("has a wrong checksum, so at least one character is mistyped", "wallet_checksum")
    return Bech32Text(prefix, values[:-CHECKSUM_CHARACTERS], encoding)


def encode_witness(witness: WitnessProgram) -> str:
    """Return the address text of a witness program: the inverse of `decode_witness`."""
    bits = int.from_bytes(witness.program, "big")
    size = 8 * len(witness.program)
    padding = -size % 5
    values = ((bits << padding) >> shift & 31 for shift in range(size + padding - 5, -1, -5))
    return encode(Bech32Text(witness.prefix, (witness.version, *values), _encoding_of(witness.version)))


def decode_witness(text: str) -> WitnessProgram:
    """Decode a segwit address of any prefix and of the versions 0 to 16. Raises AddressProblem."""
    decoded = decode(text)
    if not decoded.values:
        raise _problem("is empty behind its prefix", "wallet_length")
    version = decoded.values[0]
    if version > _MAX_VERSION:
        raise _problem(f"has the witness version {version}, and the highest is {_MAX_VERSION}", "wallet_witness")
    if decoded.encoding is not _encoding_of(version):
        names = ("Bech32m", "Bech32") if version == 0 else ("Bech32", "Bech32m")
        raise _problem(
            f"has a checksum in {names[0]}, where witness version {version} takes {names[1]}", "wallet_encoding"
        )
    program = _bytes_of(decoded.values[1:])
    if len(program) not in (_PROGRAM_BYTES_OF_VERSION_0 if version == 0 else _PROGRAM_BYTES):
        raise _problem(
            f"has a witness program of {len(program)} bytes, which version {version} does not allow", "wallet_length"
        )
    return WitnessProgram(decoded.prefix, version, program)


def _encoding_of(version: int) -> Encoding:
    return Encoding.BECH32 if version == 0 else Encoding.BECH32M


def _bytes_of(values: Sequence[int]) -> bytes:
    """Groups of 5 bits as bytes; up to 4 bits of padding, all zero."""
    bits = 0
    for value in values:
        bits = bits << 5 | value
    size, padding = divmod(5 * len(values), 8)
    if padding > 4 or bits & ((1 << padding) - 1):
        raise _problem("ends in padding that is not allowed", "wallet_length")
    return (bits >> padding).to_bytes(size, "big")


def _polymod(values: Iterable[int]) -> int:
    """The remainder of the BCH code of BIP 173 over 5-bit values."""
    remainder = 1
    for value in values:
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            if top >> bit & 1:
                remainder ^= term
    return remainder


def _expanded(prefix: str) -> tuple[int, ...]:
    codes = prefix.encode("ascii")
    return (*(code >> 5 for code in codes), 0, *(code & 31 for code in codes))


def _problem(why: str, code: str) -> AddressProblem:
    return AddressProblem(why, next_step=COPY_AGAIN, code=code)

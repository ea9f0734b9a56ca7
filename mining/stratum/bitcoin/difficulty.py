"""Difficulties and targets of Stratum V1 on the Scrypt scale. Pure, exact arithmetic.

A hash is read as a little-endian 256-bit number, and counts when it is <= the target. Difficulty 1 is 65536 times
easier than Bitcoin's (docs/PROTOCOLS.md, Stratum V1, difficulty).
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction

from mining.stratum.errors import TargetError, shown

Difficulty = Decimal | float | int

TARGET_OF_ONE = 0xFFFF << 224
HIGHEST_TARGET = (1 << 256) - 1
LOWEST_DIFFICULTY = Fraction(1, 1 << 32)
_MOST_DIGITS = 100
_MOST_EXPONENT = 100
_NBITS = re.compile(r"[0-9a-fA-F]{8}")


def target_from_difficulty(difficulty: Difficulty) -> int:
    """Return floor(0xFFFF * 2^224 / D), at most 2^256-1, the largest hash that meets difficulty D.

    A float counts as the exact binary fraction that it is. Vectors: 1 is 0000ffff00…, 512 is 0000007fff80…, 0.5 is
    0001fffe00…. Raises TargetError for what is no number, not finite, below 2^-32, or so high that no hash can meet it.
    """
    exact = _exact(difficulty)
    if exact is None or not LOWEST_DIFFICULTY <= exact <= TARGET_OF_ONE:
        raise TargetError(
            f"The difficulty {_said(difficulty)} is not a number between 2^-32 and 2^240",
            next_step="Report it to the pool; the difficulty before it stays in force.",
        )
    return min(TARGET_OF_ONE * exact.denominator // exact.numerator, HIGHEST_TARGET)


def share_difficulty(hash_: bytes) -> float:
    """Return 0xFFFF * 2^224 / hash, the difficulty that a 32-byte hash just meets (a hash of zero counts as one)."""
    return TARGET_OF_ONE / max(int.from_bytes(hash_, "little"), 1)


def target_from_nbits(nbits: int | str) -> int:
    """Return the target of a block header's compact form, a number or its 8 big-endian hex characters.

    Vector: 1e0ffff0 is 00000ffff0…. Raises TargetError for another form, a negative or zero target, and one over 256
    bits.
    """
    if isinstance(nbits, str) and _NBITS.fullmatch(nbits):
        nbits = int(nbits, 16)
    if not isinstance(nbits, int) or not 0 <= nbits < 1 << 32:
        raise _bad_nbits(nbits)
    exponent, mantissa = nbits >> 24, nbits & 0x7FFFFF
    target = mantissa << 8 * (exponent - 3) if exponent > 3 else mantissa >> 8 * (3 - exponent)
    if nbits & 0x800000 or not 0 < target <= HIGHEST_TARGET:
        raise _bad_nbits(f"{nbits:08x}")
    return target


def network_difficulty(nbits: int | str) -> float:
    """Return the difficulty of a block on the scale of shares. Raises TargetError as `target_from_nbits`."""
    return TARGET_OF_ONE / target_from_nbits(nbits)


def meets(hash_: bytes, target: int) -> bool:
    """Whether a 32-byte hash counts."""
    return int.from_bytes(hash_, "little") <= target


def _exact(difficulty: object) -> Fraction | None:
    """The value without rounding; None for what is no number, or costs too much to compute with."""
    if isinstance(difficulty, bool):
        return None
    if isinstance(difficulty, int):
        return Fraction(difficulty) if difficulty.bit_length() <= 256 else None
    if isinstance(difficulty, float):
        return Fraction(difficulty) if math.isfinite(difficulty) else None
    if isinstance(difficulty, Decimal) and difficulty.is_finite():
        is_small = len(difficulty.as_tuple().digits) <= _MOST_DIGITS and abs(difficulty.adjusted()) <= _MOST_EXPONENT
        return Fraction(difficulty) if is_small else None
    return None


def _said(difficulty: object) -> str:
    return shown(str(difficulty)) if isinstance(difficulty, Decimal) else shown(difficulty)


def _bad_nbits(nbits: object) -> TargetError:
    return TargetError(
        f"The nbits {shown(nbits)} of the job are no target", next_step="Use another pool, or report it."
    )

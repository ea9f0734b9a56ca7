"""ScryptJudge: re-hashes headers with hashlib.scrypt (OpenSSL), another implementation than our kernels.

OpenSSL ends at N = 2^15 for r = 1. Above, the narrowest of our kernels judges, on another core than the finder's.
"""

from __future__ import annotations

from mining.native.scrypt_hashlib import MOST_N, HashlibMachine
from mining.native.scrypt_kernel import ScryptKernel, ScryptMachine

Machine = ScryptMachine | HashlibMachine


def plain_machine(n: int, kernel: ScryptKernel | None, *, memory_bytes: int | None = None) -> Machine:
    """Return a machine for `n` without our fastest kernels. Raises MemoryError; ValueError where there is none."""
    if n <= MOST_N or kernel is None:
        return HashlibMachine(n, memory_bytes=memory_bytes)
    return ScryptMachine(kernel, n, most_lanes=1, memory_bytes=memory_bytes)


class ScryptJudge:
    """One machine for the N of its Host."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def rehash(self, algorithm: int, blob: bytes, claimed: bytes) -> tuple[bytes, bytes]:
        """Return the hash of the header `blob`, twice: it is also what the work test compares."""
        result = self._machine.hash(blob)
        return result, result

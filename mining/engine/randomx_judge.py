"""RandomXJudge: re-hashes in light mode, apart from the dataset. When the JIT disagrees, the interpreter decides."""

from __future__ import annotations

from mining.algorithms.randomx.library import Cache, Flag, RandomXLibrary, VirtualMachine
from mining.algorithms.registry import BY_NUMBER


class RandomXJudge:
    """Light-mode machines over the Host's cache of 256 MiB."""

    def __init__(self, library: RandomXLibrary, cache: Cache) -> None:
        self._library = library
        self._cache = cache
        self._machines: dict[tuple[int, bool], VirtualMachine] = {}

    def rehash(self, algorithm: int, blob: bytes, claimed: bytes) -> tuple[bytes, bytes]:
        """Return (result for the work test, raw hash); for rx/2 the result is the commitment."""
        result, raw = self._hashed(algorithm, blob, is_interpreted=False)
        if result != claimed:
            result, raw = self._hashed(algorithm, blob, is_interpreted=True)
        return result, raw

    def _hashed(self, algorithm: int, blob: bytes, *, is_interpreted: bool) -> tuple[bytes, bytes]:
        machine = self._machine(algorithm, is_interpreted)
        raw = machine.hash(blob)
        return (machine.work(blob) if machine.is_v2 else raw), raw

    def _machine(self, algorithm: int, is_interpreted: bool) -> VirtualMachine:
        key = (algorithm, is_interpreted)
        if key not in self._machines:
            flags = self._library.vm_flags(is_fast=False, is_v2=BY_NUMBER[algorithm].is_v2)
            if is_interpreted:
                flags &= ~Flag.JIT
            self._machines[key] = VirtualMachine(self._library, flags, cache=self._cache)
        return self._machines[key]

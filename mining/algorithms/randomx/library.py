"""The binding to librandomx (C API of randomx.h, by ctypes): one class per C object, nothing else.

Owns no policy: which library, which pages and which seed are the callers' business. ctypes releases the GIL during a
call. Source: tevador/RandomX src/randomx.h, v1.1.10 and later.
"""

from __future__ import annotations

import ctypes
import hashlib
from enum import IntFlag
from pathlib import Path

HASH_BYTES = 32
DATASET_BYTES = 2181038016  # RANDOMX_DATASET_BASE_SIZE + RANDOMX_DATASET_EXTRA_SIZE (configuration.h)
DATASET_ITEM_BYTES = 64
CACHE_BYTES = 256 << 20

_pointer = ctypes.c_void_p
_SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "randomx_get_flags": (ctypes.c_int, []),
    "randomx_alloc_cache": (_pointer, [ctypes.c_int]),
    "randomx_init_cache": (None, [_pointer, ctypes.c_char_p, ctypes.c_size_t]),
    "randomx_release_cache": (None, [_pointer]),
    "randomx_alloc_dataset": (_pointer, [ctypes.c_int]),
    "randomx_dataset_item_count": (ctypes.c_ulong, []),
    "randomx_init_dataset": (None, [_pointer, _pointer, ctypes.c_ulong, ctypes.c_ulong]),
    "randomx_get_dataset_memory": (_pointer, [_pointer]),
    "randomx_create_vm": (_pointer, [ctypes.c_int, _pointer, _pointer]),
    "randomx_destroy_vm": (None, [_pointer]),
    "randomx_calculate_hash": (None, [_pointer, _pointer, ctypes.c_size_t, _pointer]),
    "randomx_calculate_hash_first": (None, [_pointer, _pointer, ctypes.c_size_t]),
    "randomx_calculate_hash_next": (None, [_pointer, _pointer, ctypes.c_size_t, _pointer]),
    "randomx_calculate_hash_last": (None, [_pointer, _pointer]),
}


class Flag(IntFlag):
    """randomx_flags of randomx.h."""

    DEFAULT = 0
    LARGE_PAGES = 1
    HARD_AES = 2
    FULL_MEM = 4
    JIT = 8
    SECURE = 16
    ARGON2_SSSE3 = 32
    ARGON2_AVX2 = 64
    V2 = 128


class RandomXLibrary:
    """One loaded shared object. Raises OSError or AttributeError when it is not a RandomX library.

    `jit`: what this machine allows: "writable" (code pages both W and X), "switched" (never both: slower) or "none".
    """

    def __init__(self, path: Path | str, jit: str = "writable") -> None:
        self.path = str(path)
        self.c = ctypes.CDLL(self.path)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self.c, name)
            function.restype = result
            function.argtypes = arguments
        self.has_v2 = hasattr(self.c, "randomx_calculate_commitment")
        self.flags = Flag(self.c.randomx_get_flags())
        if jit == "switched":
            self.flags |= Flag.SECURE
        elif jit == "none":
            self.flags &= ~Flag.JIT

    def vm_flags(self, *, is_fast: bool, is_v2: bool, large_pages: bool = False) -> Flag:
        """Flags for a VM on this CPU: hardware AES and JIT as the library recommends them."""
        flags = self.flags & (Flag.HARD_AES | Flag.JIT | Flag.SECURE)
        if is_fast:
            flags |= Flag.FULL_MEM
        if is_v2:
            flags |= Flag.V2
        return flags | Flag.LARGE_PAGES if large_pages else flags


class Cache:
    """The 256 MiB cache of one seed. Raises MemoryError when it cannot be had."""

    def __init__(self, library: RandomXLibrary) -> None:
        self._library = library
        self.pointer: int = library.c.randomx_alloc_cache(library.flags & ~Flag.LARGE_PAGES) or 0
        if not self.pointer:
            raise MemoryError("the RandomX cache (256 MiB) could not be allocated")
        self.seed: bytes | None = None

    def initialise(self, seed: bytes) -> None:
        """Fill the cache from `seed` (0.3 to 1 s of one core); the same seed again costs nothing."""
        if seed != self.seed:
            self._library.c.randomx_init_cache(self.pointer, seed, len(seed))
            self.seed = seed

    def release(self) -> None:
        """Give the memory back; the object is dead afterwards."""
        if self.pointer:
            self._library.c.randomx_release_cache(self.pointer)
            self.pointer = 0


class Dataset:
    """A `randomx_dataset` whose memory is ours: `address` points at DATASET_BYTES bytes mapped by the caller.

    The first member of the C struct is the memory pointer; it is planted, and checked with
    randomx_get_dataset_memory(). Raises RuntimeError when the library is laid out otherwise.
    """

    def __init__(self, library: RandomXLibrary, address: int) -> None:
        self._library = library
        self.address = address
        self.pointer: int = library.c.randomx_alloc_dataset(0) or 0
        if not self.pointer:
            raise MemoryError("the RandomX dataset (2080 MiB) could not be reserved")
        own: int = library.c.randomx_get_dataset_memory(self.pointer)
        first_member = ctypes.cast(self.pointer, ctypes.POINTER(ctypes.c_void_p))
        if first_member[0] != own:
            raise RuntimeError("the first member of randomx_dataset is not its memory")
        first_member[0] = address
        if library.c.randomx_get_dataset_memory(self.pointer) != address:
            raise RuntimeError("the library did not take the dataset memory it was given")
        free = ctypes.CDLL(None).free
        free.argtypes = [ctypes.c_void_p]
        free(own)  # never touched; planted memory replaces it (the library would free it the same way)
        self.item_count: int = library.c.randomx_dataset_item_count()

    def initialise(self, cache: Cache, start: int, count: int) -> None:
        """Compute items [start, start + count) from the cache; parts may run in parallel."""
        self._library.c.randomx_init_dataset(self.pointer, cache.pointer, start, count)


class VirtualMachine:
    """One RandomX VM with its scratchpad. `hash_buffer` receives results of the pipelined calls, the C functions
    `first(pointer, input, size)`, `next(pointer, input, size, hash of the input before)` and `last(pointer, hash)`.

    Raises MemoryError when the library cannot make it with these flags (for LARGE_PAGES: no free page).
    """

    def __init__(
        self, library: RandomXLibrary, flags: Flag, *, cache: Cache | None = None, dataset: Dataset | None = None
    ) -> None:
        self._library = library
        self.is_v2 = bool(flags & Flag.V2)
        self.pointer: int = (
            library.c.randomx_create_vm(flags, cache.pointer if cache else None, dataset.pointer if dataset else None)
            or 0
        )
        if not self.pointer:
            raise MemoryError(f"a RandomX VM with flags {flags!r} could not be made")
        self.hash_buffer = ctypes.create_string_buffer(HASH_BYTES)
        self.first = library.c.randomx_calculate_hash_first
        self.next = library.c.randomx_calculate_hash_next
        self.last = library.c.randomx_calculate_hash_last

    def hash(self, data: bytes) -> bytes:
        """Return the 32-byte RandomX hash of `data` (for rx/2 the raw hash, not the commitment)."""
        self._library.c.randomx_calculate_hash(self.pointer, data, len(data), self.hash_buffer)
        return self.hash_buffer.raw

    def work(self, data: bytes) -> bytes:
        """Return the 32 bytes that are compared with the target: the hash, or for rx/2 the commitment."""
        raw = self.hash(data)
        return commitment(data, raw) if self.is_v2 else raw

    def destroy(self) -> None:
        """Free the VM and its scratchpad."""
        if self.pointer:
            self._library.c.randomx_destroy_vm(self.pointer)
            self.pointer = 0


def commitment(data: bytes, raw_hash: bytes) -> bytes:
    """Return the RandomX v2 commitment: Blake2b-256(input || hash) (design_v2.md)."""
    return hashlib.blake2b(data + raw_hash, digest_size=HASH_BYTES).digest()

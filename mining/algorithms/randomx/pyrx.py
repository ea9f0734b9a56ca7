"""`get_rx_hash(blob, seed_hash, height)`: the one call that the RandomX `pyrx` offered, over our binding."""

from __future__ import annotations

import threading

from mining.algorithms.randomx.library import Cache, RandomXLibrary, VirtualMachine
from mining.algorithms.randomx.loader import find_library

_lock = threading.Lock()
_state: dict[str, tuple[RandomXLibrary, Cache]] = {}


def get_rx_hash(blob: bytes, seed_hash: bytes | str, height: int = 0, algorithm: str = "rx/0") -> bytes:
    """Return the 32-byte RandomX hash of `blob` under the key `seed_hash` (32 bytes or 64 hex digits), light mode.

    `height` is accepted for compatibility and has no influence: the seed says it all. The cache of the last seed is
    kept (256 MiB). Raises CannotStartError without a usable library, ValueError for a malformed seed.
    """
    seed = bytes.fromhex(seed_hash) if isinstance(seed_hash, str) else bytes(seed_hash)
    if len(seed) != 32:
        raise ValueError(f"seed_hash has {len(seed)} bytes, not 32")
    with _lock:
        if algorithm not in _state:
            library = RandomXLibrary(find_library(algorithm).path)
            _state[algorithm] = (library, Cache(library))
        library, cache = _state[algorithm]
        cache.initialise(seed)
        flags = library.vm_flags(is_fast=False, is_v2=algorithm == "rx/2")
        machine = VirtualMachine(library, flags, cache=cache)
        try:
            return machine.hash(bytes(blob))
        finally:
            machine.destroy()

"""Our own RandomX kernel (rx/0, fast mode, x86-64) as the worker sees it: a machine like the library's VirtualMachine.

It hashes over a dataset that the library has built. The C side is `randomx/`; its calls take the same arguments as the
pipelined calls of randomx.h, so the hash loop in C takes either.
"""

from __future__ import annotations

import ctypes
from enum import IntEnum
from pathlib import Path

HASH_BYTES = 32
SCRATCHPADS = 2  # of 2 MiB; each needs a huge page
_WITH_HUGE_PAGES, _WITH_TRANSPARENT_PAGES = 1, 2  # flags of mc_rx_create

_pointer = ctypes.c_void_p
_SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "mc_rx_unavailable": (ctypes.c_char_p, []),
    "mc_rx_reason": (ctypes.c_char_p, []),
    "mc_rx_create": (_pointer, [_pointer, _pointer, ctypes.c_int]),
    "mc_rx_destroy": (None, [_pointer]),
    "mc_rx_on_huge_page": (ctypes.c_int, [_pointer]),
    "mc_rx_set_item_source": (None, [_pointer, _pointer]),
    "mc_rx_turns": (ctypes.c_int, [_pointer]),
    "mc_rx_set_turns": (None, [_pointer, ctypes.c_int]),
    "mc_rx_run_program": (None, [_pointer, _pointer, ctypes.c_uint32, _pointer]),
    "mc_rx_scratchpad": (_pointer, [_pointer]),
    "mc_rx_first": (None, [_pointer, _pointer, ctypes.c_size_t]),
    "mc_rx_next": (None, [_pointer, _pointer, ctypes.c_size_t, _pointer]),
    "mc_rx_last": (None, [_pointer, _pointer]),
}


class Turns(IntEnum):
    """How `next` runs the second half of one hash and the first half of the following one."""

    BY_TRIAL = 0  # the next 36 calls are measured
    ALONE = 1
    IN_TURNS = 2


class RandomXKernel:
    """The loaded shared object. `unavailable_reason` is empty when a machine can be tried.

    Raises OSError or AttributeError when it is not ours.
    """

    def __init__(self, path: Path | str) -> None:
        self.c = ctypes.CDLL(str(path))
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self.c, name)
            function.restype = result
            function.argtypes = arguments
        self.unavailable_reason: str = self.c.mc_rx_unavailable().decode()


class KernelMachine:
    """One machine with its two scratchpads (4 MiB) over a whole dataset at `dataset_address`, which must outlive it.

    `first`, `next` and `last` are C functions with the arguments of randomx_calculate_hash_first, _next and _last; they
    take `pointer`; input and result of one call of `next` must not overlap. `large_pages`: scratchpads on reserved huge
    pages where two are free (`on_huge_page`: they were); else `transparent_pages`: on those that the system makes.
    Raises MemoryError, with the reason, when it cannot be made: no memory, or a system that refuses memory that is both
    writable and executable.
    """

    is_v2 = False

    def __init__(
        self,
        kernel: RandomXKernel,
        dataset_address: int | None,
        *,
        large_pages: bool = False,
        transparent_pages: bool = True,
    ) -> None:
        self._c = kernel.c
        flags = _WITH_HUGE_PAGES * large_pages | _WITH_TRANSPARENT_PAGES * transparent_pages
        self.pointer: int = kernel.c.mc_rx_create(dataset_address, None, flags) or 0
        if not self.pointer:
            raise MemoryError(f"our RandomX kernel cannot run: {kernel.c.mc_rx_reason().decode()}")
        self.on_huge_page = bool(kernel.c.mc_rx_on_huge_page(self.pointer))
        self.hash_buffer = ctypes.create_string_buffer(HASH_BYTES)
        self.first, self.next, self.last = kernel.c.mc_rx_first, kernel.c.mc_rx_next, kernel.c.mc_rx_last

    def hash(self, data: bytes) -> bytes:
        """Return the 32-byte RandomX hash of `data`, found both in turns and alone; nothing if the two ways differ.

        Takes the time of two hashes. Nothing may be in flight.
        """
        chosen = self.turns
        self.turns = Turns.IN_TURNS
        self.first(self.pointer, data, len(data))
        self.next(self.pointer, data, len(data), self.hash_buffer)
        in_turns = self.hash_buffer.raw
        self.last(self.pointer, self.hash_buffer)
        self.turns = chosen
        return in_turns if in_turns == self.hash_buffer.raw else b""

    @property
    def turns(self) -> Turns:
        """What `next` does; BY_TRIAL while that is not found out. To set BY_TRIAL begins a new trial."""
        return Turns(self._c.mc_rx_turns(self.pointer))

    @turns.setter
    def turns(self, turns: Turns) -> None:
        self._c.mc_rx_set_turns(self.pointer, turns)

    def destroy(self) -> None:
        """Free the machine and its scratchpads."""
        if self.pointer:
            self._c.mc_rx_destroy(self.pointer)
            self.pointer = 0

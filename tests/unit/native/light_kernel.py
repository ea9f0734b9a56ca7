"""Our RandomX kernel over a dataset whose items the library computes one by one from a light cache."""

from __future__ import annotations

import ctypes
import shutil
from pathlib import Path

import pytest

from mining.algorithms.randomx.library import DATASET_ITEM_BYTES, Cache, RandomXLibrary
from mining.native.build import built_randomx_kernel
from mining.native.randomx_kernel import KernelMachine, RandomXKernel

ItemSource = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint64)


def kernel_in(folder: Path) -> RandomXKernel:
    """The freshly compiled kernel, or a skip that says why this machine cannot have it."""
    if not any(shutil.which(name) for name in ("cc", "gcc", "clang")):
        pytest.skip("no C compiler")
    path, sentence = built_randomx_kernel(folder)
    if path is None and "x86-64" in sentence:
        pytest.skip(sentence)
    assert path is not None, sentence
    kernel = RandomXKernel(path)
    if kernel.unavailable_reason:
        pytest.skip(kernel.unavailable_reason)
    return kernel


class LightItems:
    """A stand-in for a dataset: each item is computed when it is asked for."""

    def __init__(self, library: RandomXLibrary, cache: Cache) -> None:
        self._dataset = library.c.randomx_alloc_dataset(0)
        self._memory = ctypes.cast(self._dataset, ctypes.POINTER(ctypes.c_void_p))
        self._cache = cache
        self._initialise = library.c.randomx_init_dataset
        self._buffer = ctypes.create_string_buffer(2 * DATASET_ITEM_BYTES)
        start = ctypes.addressof(self._buffer)
        self._address = start + -start % DATASET_ITEM_BYTES
        self.calls = 0
        self._function = ItemSource(self._item)

    def _item(self, offset: int) -> int:
        """Return the address of the 64 bytes at `offset` of the dataset."""
        self.calls += 1
        self._memory[0] = (self._address - offset) % 2**64  # so that the item falls into our buffer
        self._initialise(self._dataset, self._cache.pointer, offset // DATASET_ITEM_BYTES, 1)
        return self._address

    def feed(self, kernel: RandomXKernel, machine: KernelMachine) -> None:
        """Let `machine` take its items from here."""
        kernel.c.mc_rx_set_item_source(machine.pointer, ctypes.cast(self._function, ctypes.c_void_p))

"""Huge pages for both programs, and the kernel's numbers put back afterwards.

xmrig, run as root, raises vm.nr_hugepages by itself and leaves it so: the number is noted before anything starts and
written back when both programs have ended. Only a kill of this script by SIGKILL leaves it raised.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from mining.hardware.cgroups import available_memory
from mining.hardware.pages import PAGE_2M, PagePool, dataset_pages, read_pool
from mining.native.randomx_kernel import SCRATCHPADS

_POOL = "sys/kernel/mm/hugepages/hugepages-2048kB"
_XMRIG_CACHE_PAGES = 128  # xmrig puts the 256 MiB cache on huge pages too
_SPARE_PAGES = 32


def pages_for_both(threads: int) -> int:
    """Return the 2 MiB pages for two datasets, the scratchpads (two for each of our threads), and xmrig's cache."""
    return 2 * dataset_pages() + (SCRATCHPADS + 1) * threads + _XMRIG_CACHE_PAGES + _SPARE_PAGES


def _own_pages(pool: PagePool) -> int:
    """Return what vm.nr_hugepages was set to: reading it counts the surplus pages of running programs too."""
    return max(0, pool.total - pool.surplus)


class PageReserve:
    """Raises the page pool inside a `with` block. `sentence` says what was done, or what is compared on instead."""

    def __init__(self, pages: int, *, root: Path = Path("/"), is_root: bool | None = None) -> None:
        self._pages = pages
        self._folder = root / _POOL
        self._root = root
        self._is_root = os.geteuid() == 0 if is_root is None else is_root
        self._before: PagePool | None = None
        self._overcommitted = 0
        self.sentence = ""

    def __enter__(self) -> Self:
        pool = read_pool(self._folder)
        if pool is None:
            self.sentence = "This kernel has no 2 MiB huge pages: both programs are compared without them."
        elif not self._is_root:
            self.sentence = (
                f"Not root, so no huge pages were reserved: compared on what is there ({pool.usable} of the"
                f" {self._pages} pages that both need)."
            )
        else:
            self._before = pool
            self._raise(pool)
        return self

    def _raise(self, pool: PagePool) -> None:
        missing = max(0, self._pages - max(0, pool.free - pool.reserved))
        if not missing:
            self.sentence = f"{self._pages} huge pages are free: nothing was changed."
            return
        if available_memory(self._root) < missing * PAGE_2M:
            free = available_memory(self._root) // PAGE_2M
            self.sentence = (
                f"{missing} huge pages are missing and memory for {free} is free: compared on what is there."
            )
            return
        self._write("nr_hugepages", pool.total + missing)
        got = read_pool(self._folder) or pool
        short = pool.total + missing - got.total
        if short > 0:  # memory is in pieces: let the kernel find the rest when a program asks
            self._overcommitted = short
            self._write("nr_overcommit_hugepages", pool.overcommit + short)
        self.sentence = (
            f"vm.nr_hugepages was raised from {pool.total} to {got.total} for both programs and is put back at the end"
            f" (after a kill -9 of this script: sysctl -w vm.nr_hugepages={_own_pages(pool)})."
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is None:
            return
        self._write("nr_hugepages", _own_pages(self._before))
        now = read_pool(self._folder)
        if self._overcommitted and now is not None:  # by difference: another engine may have changed it meanwhile
            self._write("nr_overcommit_hugepages", max(0, now.overcommit - self._overcommitted))

    def _write(self, name: str, value: int) -> None:
        path = self._folder / name
        try:
            if path.read_text().strip() != str(value):
                path.write_text(f"{value}\n")
        except OSError as error:
            self.sentence = f"{path} could not be set to {value}: {error.strerror}."

"""Page arithmetic, and one pool of huge pages as the kernel counts it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mining.algorithms.randomx.library import DATASET_BYTES
from mining.hardware.sysfs import read_int

PAGE_2M = 2 << 20
PAGE_1G = 1 << 30


@dataclass(frozen=True, slots=True)
class PagePool:
    """Counts of one page size. `free` includes `reserved` pages; `surplus` is what overcommit has allocated so far."""

    total: int
    free: int
    reserved: int
    surplus: int
    overcommit: int

    @property
    def usable(self) -> int:
        """Pages a new mapping can get now: free and not promised, plus what overcommit still allows."""
        return max(0, self.free - self.reserved) + max(0, self.overcommit - self.surplus)


def read_pool(folder: Path) -> PagePool | None:
    """Return the pool of a hugepages-*kB folder, or None; per-node folders keep no reservation or overcommit count."""
    total = read_int(folder / "nr_hugepages")
    if total is None:
        return None
    names = ("free_hugepages", "resv_hugepages", "surplus_hugepages", "nr_overcommit_hugepages")
    free, reserved, surplus, overcommit = (read_int(folder / name) or 0 for name in names)
    return PagePool(total, free, reserved, surplus, overcommit)


def dataset_pages() -> int:
    """Return the 2 MB pages of a RandomX dataset: 1040."""
    return -(-DATASET_BYTES // PAGE_2M)


def pages_for_run(core_count: int, scratchpad_bytes: int = 4 << 20) -> int:
    """Return the 2 MB pages of a fast-mode run: the dataset and the two scratchpads of each core."""
    return dataset_pages() + core_count * -(-scratchpad_bytes // PAGE_2M)

"""The state of huge pages: 2 MB, 1 GB, per node, transparent. Reads only; `overcommit` is what changes and restores."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mining.hardware.overcommit import HugePageGrant, acquire_overcommit, restore_overcommit
from mining.hardware.pages import PAGE_1G, PAGE_2M, PagePool, dataset_pages, pages_for_run, read_pool
from mining.hardware.sysfs import read_text

__all__ = [
    "PAGE_1G",
    "PAGE_2M",
    "HugePageGrant",
    "HugePageState",
    "PagePool",
    "acquire_overcommit",
    "dataset_pages",
    "pages_for_run",
    "read_huge_pages",
    "restore_overcommit",
    "thp_available",
]


@dataclass(frozen=True, slots=True)
class HugePageState:
    """`small` are 2 MB pages, `large` 1 GB; None where the kernel has none of that size. `nodes`: node → 2 MB pool.

    `thp_enabled` and `thp_shmem` are the chosen words of /sys/kernel/mm/transparent_hugepage ("" when absent).
    """

    small: PagePool | None
    large: PagePool | None
    nodes: dict[int, PagePool]
    thp_enabled: str
    thp_shmem: str


def read_huge_pages(root: Path = Path("/")) -> HugePageState:
    """Return the state of every kind of huge page under `root`."""
    nodes: dict[int, PagePool] = {}
    for folder in sorted((root / "sys/devices/system/node").glob("node[0-9]*")):
        pool = read_pool(folder / "hugepages/hugepages-2048kB")
        if pool:
            nodes[int(folder.name[4:])] = pool
    base, thp = root / "sys/kernel/mm/hugepages", root / "sys/kernel/mm/transparent_hugepage"
    return HugePageState(
        read_pool(base / "hugepages-2048kB"),
        read_pool(base / "hugepages-1048576kB"),
        nodes,
        _chosen(thp / "enabled"),
        _chosen(thp / "shmem_enabled"),
    )


def thp_available(root: Path = Path("/"), *, shared: bool = False) -> bool:
    """Whether madvise(MADV_HUGEPAGE) can give 2 MB pages: private memory, or with `shared` a memfd."""
    word = _chosen(root / "sys/kernel/mm/transparent_hugepage" / ("shmem_enabled" if shared else "enabled"))
    return word in ({"always", "within_size", "advise", "force"} if shared else {"always", "madvise"})


def _chosen(path: Path) -> str:
    match = re.search(r"\[(\w+)\]", read_text(path) or "")
    return match[1] if match else ""

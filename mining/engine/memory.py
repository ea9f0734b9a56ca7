"""The dataset's memory: which kind it is, how it is made, mapped and given back.

Kinds, best first: `hugetlb` (memfd of 2 MiB pages), `shmem_thp` (memfd with transparent huge pages), `anon_thp` (the
Host's own memory with transparent huge pages: dies with the Host), `shmem` (memfd of 4 KiB pages).
A memfd outlives the Host: a dead Host costs a re-fork, not a rebuild.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import re
from dataclasses import dataclass
from pathlib import Path

from mining.errors import CannotStartError
from mining.hardware.pages import PAGE_2M, dataset_pages

DATASET_PAGES = dataset_pages()
MAPPED_BYTES = DATASET_PAGES * PAGE_2M
_MADV_HUGEPAGE = 14
_MFD_HUGETLB = 0x0004
_MFD_HUGE_2MB = 21 << 26
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) ")


@dataclass(frozen=True, slots=True)
class DatasetMemory:
    """Where the dataset lives. `fd` is -1 for `anon_thp` (made by the Host) and in light mode (`kind` none)."""

    kind: str
    fd: int
    reason: str = ""

    @property
    def is_shared(self) -> bool:
        """Whether the memory outlives the Host and is written through a shared mapping."""
        return self.fd >= 0

    @property
    def is_transparent(self) -> bool:
        """Whether huge pages were only asked for: `transparent_pages` counts what the kernel gave."""
        return self.kind.endswith("thp")

    @property
    def huge_pages(self) -> int:
        """2 MiB pages that back the dataset for certain (transparent ones are counted in the Host)."""
        return DATASET_PAGES if self.kind == "hugetlb" else 0


def thp_modes(root: Path = Path("/")) -> tuple[str, str]:
    """Return the kernel's choice for anonymous and for shared memory, e.g. ("madvise", "never")."""
    folder = root / "sys/kernel/mm/transparent_hugepage"
    found = []
    for name in ("enabled", "shmem_enabled"):
        try:
            text = (folder / name).read_text()
        except OSError:
            text = "[never]"
        found.append(text.partition("[")[2].partition("]")[0] or "never")
    return found[0], found[1]


def transparent_pages(pid: int) -> int:
    """Return the 2 MiB pages that the kernel gave process `pid` where they were only asked for; 0 when it is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    rows = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return sum(int(rows.get(name, "0").split()[0]) for name in ("AnonHugePages", "ShmemPmdMapped")) // 2048


def huge_pages_under(address: int, length: int, smaps: Path = Path("/proc/self/smaps")) -> int:
    """Return the transparent 2 MiB pages that the kernel gave this process for `length` bytes at `address`.

    Counted for the whole mapping in which they lie, but never more than fit; 0 where the kernel does not tell.
    """
    try:
        lines = smaps.read_text().splitlines()
    except OSError:
        return 0
    is_inside = False
    for line in lines:
        if found := _MAPPING.match(line):
            is_inside = int(found[1], 16) <= address < int(found[2], 16)
        elif is_inside and line.startswith("AnonHugePages:"):
            return int(min(int(line.split()[1]) << 10, length) // PAGE_2M)
    return 0


def create_dataset_memory(huge_pages: str, *, why_no_hugetlb: str = "") -> DatasetMemory:
    """Make the best kind of memory that this machine allows. `huge_pages`: auto, on or off.

    With `on`, hugetlb pages or CannotStartError. The caller has raised the page pool already if it may.
    """
    reason = why_no_hugetlb
    if huge_pages != "off":
        memory, trouble = _hugetlb()
        if memory is not None:
            return memory
        reason = reason or trouble
        if huge_pages == "on":
            raise CannotStartError(
                f"HUGE_PAGES is on, but {DATASET_PAGES} huge pages of 2 MiB cannot be had: {reason}",
                next_step=f"Reserve them (as root: sysctl -w vm.nr_hugepages={DATASET_PAGES + 64}) or use auto.",
                code="huge_pages_unavailable",
            )
        anonymous, shared = thp_modes()
        if shared in ("always", "advise", "within_size", "force"):
            return DatasetMemory("shmem_thp", _plain_memfd(), reason)
        if anonymous in ("always", "madvise"):
            return DatasetMemory("anon_thp", -1, reason)
        reason = f"{reason}; transparent huge pages are switched off"
    return DatasetMemory("shmem", _plain_memfd(), reason or "huge pages are off by setting")


def _hugetlb() -> tuple[DatasetMemory | None, str]:
    try:
        fd = os.memfd_create("minerconsole-dataset", os.MFD_CLOEXEC | _MFD_HUGETLB | _MFD_HUGE_2MB)
    except OSError as error:
        return None, f"the kernel offers no 2 MiB memfd ({error.strerror})"
    try:
        os.ftruncate(fd, MAPPED_BYTES)
        mmap.mmap(fd, MAPPED_BYTES).close()  # a shared mapping reserves its pages; the reservation stays with the file
        return DatasetMemory("hugetlb", fd), ""
    except OSError:
        os.close(fd)
        return None, f"fewer than {DATASET_PAGES} huge pages of 2 MiB are free"


def _plain_memfd() -> int:
    fd = os.memfd_create("minerconsole-dataset", os.MFD_CLOEXEC)
    os.ftruncate(fd, MAPPED_BYTES)
    return fd


class MappedDataset:
    """The Host's mapping of the dataset memory; `address` is what the library gets."""

    def __init__(self, kind: str, fd: int) -> None:
        if fd >= 0:
            self._map = mmap.mmap(fd, MAPPED_BYTES)
        else:
            self._map = mmap.mmap(-1, MAPPED_BYTES + PAGE_2M, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        self.address = (start + PAGE_2M - 1) // PAGE_2M * PAGE_2M if fd < 0 else start
        if kind in ("shmem_thp", "anon_thp"):
            _madvise(self.address, MAPPED_BYTES)

    def protect(self) -> None:
        """Make the mapping of this process read-only (a worker calls it after the fork)."""
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mprotect(ctypes.c_void_p(self.address), ctypes.c_size_t(MAPPED_BYTES), mmap.PROT_READ) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def unmap(self) -> None:
        """Let go of the memory in this process (a Verifier: it must not keep a private copy of an old dataset)."""
        libc = ctypes.CDLL(None, use_errno=True)
        libc.munmap(ctypes.c_void_p(self.address), ctypes.c_size_t(MAPPED_BYTES))


def _madvise(address: int, length: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(length), _MADV_HUGEPAGE)

"""What /proc tells of a process: CPU time of its threads, the pages it has mapped. Reads only."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

MIB = 1 << 20
_PROC = Path("/proc")
_TICKS_HZ = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class PageKinds:
    """MiB that a process has mapped, by kind of page. `hugetlb`: reserved huge pages; `thp`: transparent ones."""

    hugetlb: int
    thp: int
    resident: int

    def as_dict(self) -> dict[str, int]:
        """The object in the JSON output."""
        return asdict(self)

    def has_huge(self, needed_mib: int) -> bool:
        """Whether at least `needed_mib` lie on huge pages of some kind."""
        return self.hugetlb + self.thp >= needed_mib


def thread_cpu_s(pid: int, proc: Path = _PROC) -> dict[int, float]:
    """Return the CPU time of each living thread of `pid` in seconds, to 10 ms; empty when it is gone."""
    found: dict[int, float] = {}
    for folder in (proc / str(pid) / "task").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            found[int(folder.name)] = (int(fields[11]) + int(fields[12])) / _TICKS_HZ
        except (OSError, ValueError, IndexError):
            continue  # it has just ended
    return found


def busy_threads(before: dict[int, float], after: dict[int, float], *, least_s: float) -> list[int]:
    """Return the threads that used at least `least_s` of CPU time between two readings. New ones are left out."""
    return sorted(tid for tid in after if tid in before and after[tid] - before[tid] >= least_s)


def page_kinds(pid: int, proc: Path = _PROC) -> PageKinds:
    """Return what `pid` has mapped. Zeros when smaps_rollup cannot be read."""
    try:
        text = (proc / str(pid) / "smaps_rollup").read_text()
    except OSError:
        text = ""
    kib = {name: int(value) for name, value in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}
    hugetlb = kib.get("Shared_Hugetlb", 0) + kib.get("Private_Hugetlb", 0)
    thp = kib.get("AnonHugePages", 0) + kib.get("ShmemPmdMapped", 0) + kib.get("FilePmdMapped", 0)
    return PageKinds(hugetlb >> 10, thp >> 10, kib.get("Rss", 0) >> 10)


def mapped_file(pid: int, pattern: str, proc: Path = _PROC) -> str | None:
    """Return the first mapped file whose name matches `pattern` (which library a process really runs)."""
    try:
        lines = (proc / str(pid) / "maps").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        path = line.split(maxsplit=5)[5] if line.count(" ") >= 5 and "/" in line else ""
        if path and re.search(pattern, Path(path).name):
            return path
    return None

"""Limits that control groups put on this process: CPU quota, cpuset, memory. v1 and v2, nested, in containers too.

A limit counts wherever it stands between the process' own group and the top of the mount; the smallest wins.
Sources: kernel Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst, proc(5) on mountinfo.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mining.hardware.sysfs import memory_info, parse_cpu_list, read_int, read_text

_NO_LIMIT = 1 << 60  # v1 writes "no limit" as the largest page-aligned number


@dataclass(frozen=True, slots=True)
class Quota:
    """CPU time as a number of whole CPUs, and the file that says so."""

    cpus: float
    source: str


def cpu_quota(root: Path = Path("/")) -> float | None:
    """Return the CPU quota in CPUs (1.5 = one and a half), or None when there is none."""
    quota = find_cpu_quota(root)
    return quota.cpus if quota else None


def find_cpu_quota(root: Path = Path("/")) -> Quota | None:
    """Return the smallest CPU quota of the process' groups with the file it stands in."""
    found: list[Quota] = []
    for folder in _folders(root, "cpu"):
        period, quota = read_int(folder / "cpu.cfs_period_us"), read_int(folder / "cpu.cfs_quota_us")
        if period and quota and quota > 0:
            found.append(Quota(quota / period, _shown(root, folder / "cpu.cfs_quota_us")))
    for folder in _folders(root, ""):
        words = (read_text(folder / "cpu.max") or "").split()
        if len(words) == 2 and words[0].isdigit() and words[1].isdigit() and int(words[1]):
            found.append(Quota(int(words[0]) / int(words[1]), _shown(root, folder / "cpu.max")))
    return min(found, key=lambda quota: quota.cpus, default=None)


def cpuset(root: Path = Path("/")) -> tuple[int, ...]:
    """Return the CPUs that the process' cpuset allows; empty when no cpuset says anything."""
    places: list[tuple[Path, tuple[str, ...]]] = [
        (folder, ("cpuset.effective_cpus", "cpuset.cpus")) for folder in _folders(root, "cpuset")
    ]
    places += [(folder, ("cpuset.cpus.effective",)) for folder in _folders(root, "")]
    allowed: set[int] | None = None
    for folder, names in places:
        for name in names:
            numbers = parse_cpu_list(read_text(folder / name) or "")
            if numbers:
                allowed = set(numbers) if allowed is None else allowed & set(numbers)
                break
    return tuple(sorted(allowed or ()))


def memory_limit(root: Path = Path("/")) -> int | None:
    """Return the smallest memory limit of the process' groups in bytes, or None when there is none."""
    return _smallest(root, "memory", "memory.limit_in_bytes", "memory.max")


def hugetlb_limit(root: Path = Path("/")) -> int | None:
    """Return how many bytes of 2 MB pages the process' groups may use, or None: beyond it a page fault kills."""
    return _smallest(root, "hugetlb", "hugetlb.2MB.limit_in_bytes", "hugetlb.2MB.max")


def available_memory(root: Path = Path("/")) -> int:
    """Return the bytes that can be allocated now: MemAvailable, or what the groups leave if that is less."""
    info = memory_info(root)
    available = info.get("MemAvailable", info.get("MemFree", 0))
    for is_v2, folder in [*((False, f) for f in _folders(root, "memory")), *((True, f) for f in _folders(root, ""))]:
        limit = read_int(folder / ("memory.max" if is_v2 else "memory.limit_in_bytes"))
        used = read_int(folder / ("memory.current" if is_v2 else "memory.usage_in_bytes"))
        if limit is None or used is None or limit >= _NO_LIMIT:
            continue
        available = min(available, max(0, limit - used + _reclaimable(folder, is_v2=is_v2)))
    return available


def _reclaimable(folder: Path, *, is_v2: bool) -> int:
    wanted = "inactive_file" if is_v2 else "total_inactive_file"
    for line in (read_text(folder / "memory.stat") or "").splitlines():
        name, _, value = line.partition(" ")
        if name == wanted and value.isdigit():
            return int(value)
    return 0


def _smallest(root: Path, controller: str, v1_name: str, v2_name: str) -> int | None:
    values = [read_int(folder / v1_name) for folder in _folders(root, controller)]
    values += [read_int(folder / v2_name) for folder in _folders(root, "")]
    return min((value for value in values if value is not None and 0 <= value < _NO_LIMIT), default=None)


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """Yield the process' group folder and each parent up to the mount point; controller "" means cgroup v2."""
    path = _group_path(root, controller)
    if path is None:
        return
    for mount_root, mount_point in _mounts(root, controller):
        relative = posixpath.relpath(path, mount_root)
        if relative.startswith(".."):  # the group lies outside this mount (a cgroup namespace): the mount is all we see
            relative = "."
        top = root / mount_point.lstrip("/")
        folder = top / relative
        while True:
            yield folder
            if folder == top or folder.parent == folder:
                break
            folder = folder.parent


def _group_path(root: Path, controller: str) -> str | None:
    for line in (read_text(root / "proc/self/cgroup") or "").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if (controller and controller in controllers.split(",")) or (not controller and number == "0"):
            return path or "/"
    return None


def _mounts(root: Path, controller: str) -> Iterator[tuple[str, str]]:
    """Yield (root of the mount inside the hierarchy, mount point) from mountinfo."""
    for line in (read_text(root / "proc/self/mountinfo") or "").splitlines():
        fields, _, tail = line.partition(" - ")
        words, kind = fields.split(), tail.split()
        if len(words) < 5 or len(kind) < 3:
            continue
        is_wanted = kind[0] == "cgroup" and controller in kind[2].split(",") if controller else kind[0] == "cgroup2"
        if is_wanted:
            yield words[3], words[4]


def _shown(root: Path, path: Path) -> str:
    return "/" + str(path.relative_to(root))

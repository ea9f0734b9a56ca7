"""A /sys and /proc tree below a temporary folder, written file by file the way the kernel shows a machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mining.hardware.machine import Machine, read_machine

MIB = 1 << 20
CACHE_FOLDER = {2: "index2", 3: "index3"}


class FakeMachine:
    """Writes below `root`. Start with `plain`, then change what the test is about."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: object) -> Path:
        """Write one file, making its folders."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"{text}\n")
        return target

    def plain(self, cpus: int = 4) -> FakeMachine:
        """An AMD machine on bare metal on which nothing limits the rate."""
        self.cpuinfo("AuthenticAMD", 25, 33, "AMD Ryzen 7 5800X", flags="aes avx2 pdpe1gb")
        for number in range(cpus):
            self.cpu(number, (number,))
            self.cache(number, 2, "512K", (number,))
            self.cache(number, 3, "32768K", range(cpus))
        self.online(cpus)
        self.memory(available_mib=16000)
        self.pool(total=1200, free=1200)
        self.write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never")
        self.write("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc")
        self.write("proc/stat", "cpu  1000 0 100 8000 0 0 0 0 0 0\ncpu0 1 2 3")
        self.write("proc/sys/kernel/random/boot_id", "boot-1")
        return self

    def cpuinfo(self, vendor: str, family: int, model: int, name: str, flags: str = "aes") -> None:
        """One processor of x86 /proc/cpuinfo."""
        lines = [f"vendor_id\t: {vendor}", f"cpu family\t: {family}", f"model\t\t: {model}", f"model name\t: {name}"]
        self.write("proc/cpuinfo", "\n".join(["processor\t: 0", *lines, f"flags\t\t: {flags}", "", "processor\t: 1"]))

    def online(self, count: int) -> None:
        """CPUs 0 .. count-1 are online."""
        self.write("sys/devices/system/cpu/online", f"0-{count - 1}")

    def cpu(self, number: int, siblings: Sequence[int], *, package: int = 0, core_id: int | None = None) -> None:
        """Topology files of one CPU."""
        folder = f"sys/devices/system/cpu/cpu{number}/topology"
        self.write(f"{folder}/physical_package_id", package)
        self.write(f"{folder}/core_id", min(siblings) if core_id is None else core_id)
        self.write(f"{folder}/thread_siblings_list", ",".join(map(str, siblings)))

    def cache(self, number: int, level: int, size: str, shared: Sequence[int], *, ways: int = 16) -> None:
        """One cache as cpuN sees it."""
        folder = f"sys/devices/system/cpu/cpu{number}/cache/{CACHE_FOLDER[level]}"
        values = {"level": level, "size": size, "type": "Unified", "ways_of_associativity": ways}
        for name, value in {**values, "shared_cpu_list": ",".join(map(str, shared))}.items():
            self.write(f"{folder}/{name}", value)

    def node(self, number: int, cpus: Sequence[int]) -> None:
        """One NUMA node."""
        self.write(f"sys/devices/system/node/node{number}/cpulist", ",".join(map(str, cpus)))

    def memory(self, *, available_mib: int, total_mib: int = 32000) -> None:
        """/proc/meminfo, in kB as the kernel writes it."""
        kib = {"MemTotal": total_mib << 10, "MemAvailable": available_mib << 10, "Hugepagesize": 2048}
        self.write("proc/meminfo", "\n".join(f"{name}:   {value} kB" for name, value in kib.items()))

    def pool(
        self,
        *,
        total: int = 0,
        free: int = 0,
        reserved: int = 0,
        surplus: int = 0,
        overcommit: int = 0,
        folder: str = "sys/kernel/mm/hugepages/hugepages-2048kB",
    ) -> None:
        """A pool of huge pages; for 2 MB the sysctl file shows the same number."""
        names = ("nr_hugepages", "free_hugepages", "resv_hugepages", "surplus_hugepages", "nr_overcommit_hugepages")
        for name, value in zip(names, (total, free, reserved, surplus, overcommit), strict=True):
            self.write(f"{folder}/{name}", value)
        if folder.endswith("kernel/mm/hugepages/hugepages-2048kB"):
            self.write("proc/sys/vm/nr_overcommit_hugepages", overcommit)

    def overcommit(self) -> int:
        """The number that the sysctl file holds now."""
        return int((self.root / "proc/sys/vm/nr_overcommit_hugepages").read_text())

    def group_v2(self, path: str = "/", *, mount_root: str = "/") -> str:
        """Put this process into a cgroup v2; returns the folder of the mount point."""
        self.write("proc/self/cgroup", f"0::{path}")
        mount = f"30 23 0:26 {mount_root} /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw"
        self.write("proc/self/mountinfo", f"22 27 0:21 / /proc rw - proc proc rw\n{mount}")
        return "sys/fs/cgroup"

    def group_v1(self, path: str, *, mount_root: str = "/") -> str:
        """Put this process into a v1 group of every controller used; returns the folder of the mount points."""
        names = ("cpu,cpuacct", "cpuset", "memory", "hugetlb")
        self.write("proc/self/cgroup", "\n".join(f"{i}:{name}:{path}" for i, name in enumerate(names, 1)))
        mounts = [
            f"3{i} 23 0:2{i} {mount_root} /sys/fs/cgroup/{name} rw - cgroup cgroup rw,{name}"
            for i, name in enumerate(names)
        ]
        self.write("proc/self/mountinfo", "\n".join(mounts))
        return "sys/fs/cgroup"

    def read(self, *, cpus: int = 4, is_root: bool = False) -> Machine:
        """Read the tree as a process that may use CPUs 0 .. cpus-1 and memory that is writable and executable."""
        return read_machine(self.root, is_root=is_root, affinity=frozenset(range(cpus)), jit="writable")

"""All that the doctor's checks judge, read once: `read_machine`. The checks themselves are pure but for small files."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mining.hardware.cgroups import Quota, available_memory, find_cpu_quota, hugetlb_limit, memory_limit
from mining.hardware.huge_pages import HugePageState, read_huge_pages
from mining.hardware.jit import JitAccess, jit_access
from mining.hardware.sysfs import cpu_info, memory_info, read_text
from mining.hardware.topology import Topology, allowed_cpus, default_cores, read_topology

SCRATCHPAD_BYTES = 2 << 20
_VIRTUAL_NAMES = ("QEMU", "KVM", "VMware", "VirtualBox", "Xen", "Virtual Machine", "Google Compute Engine", "Bochs")


class Library(Protocol):
    """What the doctor shows of a RandomX library that passed its known answers."""

    @property
    def path(self) -> Path: ...
    @property
    def origin(self) -> str: ...
    @property
    def has_v2(self) -> bool: ...
    @property
    def has_jit(self) -> bool: ...
    @property
    def has_hard_aes(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Machine:
    """Facts about this machine and process. Sizes in bytes. `hypervisor` is None on bare metal, "" when unnamed.

    `find_library` returns the library that would mine or raises MinerConsoleError; None when not to be asked.
    """

    root: Path
    is_root: bool
    topology: Topology
    allowed: tuple[int, ...]
    cores: tuple[int, ...]
    quota: Quota | None
    flags: frozenset[str]
    hypervisor: str | None
    pages: HugePageState
    hugetlb_limit: int | None
    memory_total: int
    memory_available: int
    memory_limit: int | None
    jit: JitAccess
    find_library: Callable[[], Library] | None = None

    @property
    def sudo(self) -> str:
        """The prefix of a command that needs root."""
        return "" if self.is_root else "sudo "


def read_machine(
    root: Path = Path("/"),
    *,
    find_library: Callable[[], Library] | None = None,
    is_root: bool | None = None,
    affinity: frozenset[int] | None = None,
    jit: JitAccess | None = None,
) -> Machine:
    """Read the machine under `root`; what belongs to this process is read from it unless given."""
    topology, allowed, quota = read_topology(root), allowed_cpus(root, affinity=affinity), find_cpu_quota(root)
    info = cpu_info(root)
    flags = frozenset((info.get("flags") or info.get("Features") or "").split())
    return Machine(
        root=root,
        is_root=os.geteuid() == 0 if is_root is None else is_root,
        topology=topology,
        allowed=allowed,
        cores=default_cores(topology, allowed, quota.cpus if quota else None, SCRATCHPAD_BYTES),
        quota=quota,
        flags=flags,
        hypervisor=_hypervisor(root, flags, topology.machine),
        pages=read_huge_pages(root),
        hugetlb_limit=hugetlb_limit(root),
        memory_total=memory_info(root).get("MemTotal", 0),
        memory_available=available_memory(root),
        memory_limit=memory_limit(root),
        jit=jit or jit_access(),
        find_library=find_library,
    )


def _hypervisor(root: Path, flags: frozenset[str], machine: str) -> str | None:
    """The CPU says so on x86 (bare-metal clouds carry the cloud's DMI name as well); elsewhere DMI names decide."""
    parts = [read_text(root / f"sys/class/dmi/id/{name}") or "" for name in ("sys_vendor", "product_name")]
    name = " ".join(part for part in parts if part)
    if machine == "x86_64":
        return name if "hypervisor" in flags else None
    if any(word in name for word in _VIRTUAL_NAMES):
        return name
    return "" if (root / "proc/device-tree/hypervisor").exists() else None

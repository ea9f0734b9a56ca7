"""The machine's CPUs, cores, caches and nodes as /sys describes them. Reads only; decides nothing (see topology)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mining.hardware.sysfs import cpu_info, read_cpu_list, read_int, read_size, read_text

# Intel family 6 models whose L3 does not contain the L2 (server parts since Skylake-SP, client parts since Tiger Lake).
_INTEL_NON_INCLUSIVE = {0x55, 0x6A, 0x6C, 0x8C, 0x8D, 0x8F, 0x97, 0x9A}
_INTEL_FIRST_NEW_MODEL = 0xA8  # everything later, except Rocket Lake's 0xA7 below it, is non-inclusive as well


@dataclass(frozen=True, slots=True)
class Cache:
    """One L2 or L3. `key` is unique in the machine: (level, lowest CPU that shares it)."""

    level: int
    key: tuple[int, int]
    size_bytes: int
    ways: int
    cpus: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cpu:
    """One logical CPU. `core` is (package, its lowest SMT thread); `siblings` are all SMT threads of its core.

    `kind` is "performance", "efficiency" or "uniform"; `capacity` the kernel's cpu_capacity (1024 = the fastest).
    """

    number: int
    core: tuple[int, int]
    package: int
    node: int
    siblings: tuple[int, ...]
    l2: Cache | None
    l3: Cache | None
    kind: str = "uniform"
    capacity: int = 1024


@dataclass(frozen=True, slots=True)
class Topology:
    """All online CPUs. `is_l3_inclusive` is None where it cannot be known; `machine` is x86_64 or aarch64."""

    cpus: tuple[Cpu, ...]
    vendor: str
    family: int
    model: int
    model_name: str
    machine: str
    is_l3_inclusive: bool | None

    @property
    def core_count(self) -> int:
        """Physical cores."""
        return len({cpu.core for cpu in self.cpus})

    @property
    def nodes(self) -> tuple[int, ...]:
        """NUMA nodes that have CPUs."""
        return tuple(sorted({cpu.node for cpu in self.cpus}))

    @property
    def has_smt(self) -> bool:
        """Whether any core runs more than one thread."""
        return len(self.cpus) > self.core_count

    @property
    def is_hybrid(self) -> bool:
        """Whether there are performance and efficiency cores."""
        return any(cpu.kind != "uniform" for cpu in self.cpus)

    @property
    def is_zen4_or_later(self) -> bool:
        """AMD family 19h models 10h to 1Fh and 60h to AFh (Zen 4), family 1Ah (Zen 5)."""
        if self.vendor != "AuthenticAMD":
            return False
        in_zen4 = 0x10 <= self.model <= 0x1F or 0x60 <= self.model <= 0xAF
        return self.family >= 0x1A or (self.family == 0x19 and in_zen4)


def read_topology(root: Path = Path("/")) -> Topology:
    """Return the topology under `root`; files that are missing give a plain machine of one package and no caches."""
    info = cpu_info(root)
    folder = root / "sys/devices/system/cpu"
    numbers = read_cpu_list(folder / "online") or _numbers_in_cpuinfo(root)
    nodes = _nodes(root)
    kinds = _kinds(root, numbers)
    cpus = tuple(_read_cpu(folder / f"cpu{n}", n, nodes.get(n, 0), kinds.get(n, "uniform")) for n in numbers)
    is_x86 = "vendor_id" in info
    vendor, family, model = info.get("vendor_id", ""), _number(info, "cpu family"), _number(info, "model")
    name = info.get("model name") or info.get("Model") or "unknown CPU"
    return Topology(
        cpus, vendor, family, model, name, "x86_64" if is_x86 else "aarch64", _l3_inclusive(vendor, family, model)
    )


def _read_cpu(folder: Path, number: int, node: int, kind: str) -> Cpu:
    package = max(read_int(folder / "topology/physical_package_id") or 0, 0)
    siblings = read_cpu_list(folder / "topology/thread_siblings_list") or (number,)
    # core_id repeats across dies and on some ARM clusters; the lowest sibling does not.
    core = (package, siblings[0])
    caches = {cache.level: cache for cache in _caches(folder, number)}
    capacity = read_int(folder / "cpu_capacity") or 1024
    return Cpu(number, core, package, node, siblings, caches.get(2), caches.get(3), kind, capacity)


def _caches(folder: Path, number: int) -> list[Cache]:
    found: list[Cache] = []
    for index in sorted((folder / "cache").glob("index[0-9]*")):
        level, size = read_int(index / "level"), read_size(index / "size")
        if level not in (2, 3) or not size or read_text(index / "type") == "Instruction":
            continue
        cpus = read_cpu_list(index / "shared_cpu_list") or (number,)
        ways = read_int(index / "ways_of_associativity") or 0
        found.append(Cache(level, (level, cpus[0]), size, ways, cpus))
    return found


def _nodes(root: Path) -> dict[int, int]:
    table: dict[int, int] = {}
    for folder in (root / "sys/devices/system/node").glob("node[0-9]*"):
        for number in read_cpu_list(folder / "cpulist"):
            table[number] = int(folder.name[4:])
    return table


def _kinds(root: Path, numbers: tuple[int, ...]) -> dict[int, str]:
    """Classify by Intel's two PMU devices, else by unequal cpu_capacity (ARM big.LITTLE, newer x86 kernels)."""
    performance = read_cpu_list(root / "sys/devices/cpu_core/cpus")
    efficiency = read_cpu_list(root / "sys/devices/cpu_atom/cpus")
    if performance and efficiency:
        return dict.fromkeys(performance, "performance") | dict.fromkeys(efficiency, "efficiency")
    capacities = {n: read_int(root / f"sys/devices/system/cpu/cpu{n}/cpu_capacity") or 1024 for n in numbers}
    if len(set(capacities.values())) < 2:
        return {}
    # Turbo bins differ by a few per cent between equal cores: only a real step down is an efficiency core.
    limit = max(capacities.values()) * 0.8
    if min(capacities.values()) >= limit:
        return {}
    return {n: "performance" if value >= limit else "efficiency" for n, value in capacities.items()}


def _numbers_in_cpuinfo(root: Path) -> tuple[int, ...]:
    text = read_text(root / "proc/cpuinfo") or ""
    return tuple(int(number) for number in re.findall(r"^processor\s*:\s*(\d+)", text, re.MULTILINE)) or (0,)


def _number(info: dict[str, str], name: str) -> int:
    value = info.get(name, "")
    return int(value) if value.isdigit() else 0


def _l3_inclusive(vendor: str, family: int, model: int) -> bool | None:
    """/sys does not tell; AMD Zen's L3 is a victim cache, Intel's is inclusive up to the models listed above."""
    if vendor in ("AuthenticAMD", "HygonGenuine"):
        return False
    if vendor == "GenuineIntel" and family == 6:
        return not (model in _INTEL_NON_INCLUSIVE or model >= _INTEL_FIRST_NEW_MODEL)
    if vendor == "GenuineIntel" and family > 6:
        return False
    return None

"""Which CPUs to hash on: the cache rule, the cgroup's quota and the cpuset. Pure but for the two `machine_` calls.

The rule (facts published about the best miner's default, RandomX design): each thread wants one scratchpad of L3, or of
L2 where there is no L3; an L2 that the L3 does not contain adds to it; 256 KiB of L2 per thread otherwise.
"""

from __future__ import annotations

import os
from itertools import zip_longest
from pathlib import Path

from mining.errors import ConfigurationError
from mining.hardware.cgroups import available_memory, cpu_quota, cpuset, memory_limit
from mining.hardware.cpus import Cache, Cpu, Topology, read_topology

__all__ = [
    "Cache",
    "Cpu",
    "Topology",
    "allowed_cpus",
    "available_memory",
    "core_preference",
    "cpu_quota",
    "default_cores",
    "machine_cores_for_threads",
    "machine_default_cores",
    "memory_limit",
    "read_topology",
]

MIB = 1 << 20
L2_PER_THREAD_BYTES = 256 << 10


def allowed_cpus(root: Path = Path("/"), *, affinity: frozenset[int] | None = None) -> tuple[int, ...]:
    """Return the CPUs this process may use: its affinity mask (read unless given) within its cpuset."""
    numbers = frozenset(os.sched_getaffinity(0)) if affinity is None else affinity
    limit = cpuset(root)
    return tuple(sorted(numbers & set(limit) if limit else numbers))


def default_cores(
    topology: Topology, allowed: tuple[int, ...], quota: float | None, scratchpad_bytes: int
) -> tuple[int, ...]:
    """Return the CPUs to hash on, ascending: the cache rule per L3, at most floor(`quota`) of them, at least one.

    `scratchpad_bytes` is the memory that each thread keeps hot (2 MiB for rx/0). With no `allowed` CPU known to the
    topology, the lowest allowed number (or 0) is returned.
    """
    domains = _domains(topology, allowed)
    chosen = [_preference(cpus)[: _thread_count(topology, cpus, scratchpad_bytes)] for cpus in domains]
    order = _interleave(chosen)
    if quota is not None:
        order = order[: max(1, int(quota))]
    return tuple(sorted(order)) or tuple(allowed[:1]) or (0,)


def core_preference(topology: Topology, allowed: tuple[int, ...]) -> tuple[int, ...]:
    """Return all allowed CPUs, best first: one per core, spread over the L3 caches, then the SMT siblings."""
    domains = [_preference(cpus) for cpus in _domains(topology, allowed)]
    cores = [len({cpu.core for cpu in cpus}) for cpus in _domains(topology, allowed)]
    first = _interleave([order[:count] for order, count in zip(domains, cores, strict=True)])
    rest = _interleave([order[count:] for order, count in zip(domains, cores, strict=True)])
    return tuple(first + rest)


def machine_default_cores(scratchpad_bytes: int = 2 * MIB, root: Path = Path("/")) -> tuple[int, ...]:
    """Return the default CPUs of this machine and process (see `default_cores`)."""
    return default_cores(read_topology(root), allowed_cpus(root), cpu_quota(root), scratchpad_bytes)


def machine_cores_for_threads(threads: int, root: Path = Path("/")) -> tuple[int, ...]:
    """Return the `threads` best CPUs, ascending. Raises ConfigurationError when there are not so many."""
    allowed = allowed_cpus(root)
    if not 1 <= threads <= len(allowed):
        raise ConfigurationError(
            f"{threads} threads cannot be had: this process may use {len(allowed)} CPU(s)",
            next_step=f"Choose --threads between 1 and {len(allowed)}, or leave it out.",
            code="bad_threads",
        )
    order = core_preference(read_topology(root), allowed)
    return tuple(sorted(order[:threads] if len(order) >= threads else allowed[:threads]))


def _domains(topology: Topology, allowed: tuple[int, ...]) -> list[list[Cpu]]:
    """Group allowed CPUs by the cache they share: L3, else L2, else all that know no cache together."""
    groups: dict[tuple[int, int], list[Cpu]] = {}
    for cpu in topology.cpus:
        if cpu.number in set(allowed):
            top = cpu.l3 or cpu.l2
            groups.setdefault(top.key if top else (0, 0), []).append(cpu)
    return [groups[key] for key in sorted(groups, key=lambda key: groups[key][0].number)]


def _thread_count(topology: Topology, cpus: list[Cpu], scratchpad_bytes: int) -> int:
    """Return n of the cache rule for the CPUs that share one cache."""
    if topology.machine != "x86_64":
        return len(cpus)
    cores = len({cpu.core for cpu in cpus})
    l2 = {cpu.l2.key: cpu.l2 for cpu in cpus if cpu.l2}
    l2_bytes = sum(cache.size_bytes for cache in l2.values())
    l3 = next((cpu.l3 for cpu in cpus if cpu.l3), None)
    if not l2 and l3 is None:
        return cores  # no cache is known (some virtual machines): a thread per core never hurts much
    size, extra = (l3.size_bytes, 0) if l3 else (l2_bytes, 0)
    if l3 and topology.is_l3_inclusive is False:
        if topology.vendor == "GenuineIntel" and topology.is_hybrid and len(cpus) < 2 * cores:
            return min(max(1, (size + l2_bytes) // scratchpad_bytes), len(cpus))
        if _is_large_private_l2(topology, list(l2.values()), cores) and size >= l2_bytes:
            size, extra = l2_bytes, l2_bytes
        else:
            extra = sum(_extra(topology, cache.size_bytes, scratchpad_bytes) for cache in l2.values())
    count = (size + extra + scratchpad_bytes // 2) // scratchpad_bytes
    if not extra and l2_bytes:
        count = min(count, max(l2_bytes // L2_PER_THREAD_BYTES, cores))
    return min(max(1, count), len(cpus))


def _extra(topology: Topology, l2_bytes: int, scratchpad_bytes: int) -> int:
    if topology.is_zen4_or_later:
        return min(l2_bytes // 2, scratchpad_bytes)
    return scratchpad_bytes if l2_bytes >= scratchpad_bytes else 0


def _is_large_private_l2(topology: Topology, l2: list[Cache], cores: int) -> bool:
    """Intel servers and HEDT since Skylake-SP: 1 MiB of 16-way L2 for each core."""
    is_each = len(l2) == cores and all(cache.size_bytes == MIB and cache.ways == 16 for cache in l2)
    return topology.vendor == "GenuineIntel" and is_each


def _preference(cpus: list[Cpu]) -> list[int]:
    """One CPU per core, performance cores first, then SMT siblings from the last core backwards."""
    cores: dict[tuple[int, int], list[int]] = {}
    for cpu in sorted(cpus, key=lambda cpu: (cpu.kind == "efficiency", cpu.number)):
        cores.setdefault(cpu.core, []).append(cpu.number)
    first = [numbers[0] for numbers in cores.values()]
    return first + [number for numbers in reversed(cores.values()) for number in numbers[1:]]


def _interleave(lists: list[list[int]]) -> list[int]:
    """Take one of each in turn, so that a cap by quota leaves every chosen CPU as much cache as possible."""
    return [number for row in zip_longest(*lists) for number in row if number is not None]

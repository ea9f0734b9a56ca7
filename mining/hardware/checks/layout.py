"""Where cores and memory sit: NUMA nodes, SMT, memory channels."""

from __future__ import annotations

import re

from mining.hardware.findings import Finding
from mining.hardware.machine import Machine
from mining.hardware.sysfs import read_text


def check_numa(machine: Machine) -> Finding:
    """NUMA nodes among the CPUs that may be used."""
    code, title = "numa", "NUMA nodes"
    nodes = sorted({cpu.node for cpu in machine.topology.cpus if cpu.number in machine.allowed})
    if len(nodes) < 2:
        return Finding(code, title, "ok", "One node: all memory is near.")
    sentence = f"{len(nodes)} nodes, and this version keeps one dataset: most cores read it from afar."
    effect = "a copy per node: 7194 to about 8800 H/s on a quad Xeon E7 (RandomX issue 22); planned for later"
    return Finding(code, title, "warn", sentence, effect=effect)


def check_smt(machine: Machine) -> Finding:
    """SMT and how many of the threads the cache rule uses."""
    code, title, topology = "smt", "SMT", machine.topology
    used, count = len(machine.cores), len(machine.allowed)
    if not topology.has_smt:
        return Finding(code, title, "ok", f"One thread per core; {used} of {count} CPU(s) are used by default.")
    sentence = f"{len(topology.cpus)} threads on {topology.core_count} cores; the cache rule uses {used} of {count}."
    return Finding(code, title, "info", sentence)


def check_channels(machine: Machine) -> Finding:
    """Populated memory channels, where the memory controller or the firmware tells."""
    code, title = "memory_channels", "Memory channels"
    if machine.hypervisor is not None:
        return Finding(code, title, "unknown", "A virtual machine does not show its memory modules.")
    effect = "fast CPUs are bound by memory: about 4000-6000 H/s per DDR4 channel (xmrig docs)"
    channels = _edac_channels(machine)
    if channels:
        if channels == 1:
            sentence = "All memory is on one channel; add a module in the slot of another."
            return Finding(code, title, "warn", sentence, effect=effect)
        return Finding(code, title, "ok", f"{channels} channels are populated.", effect=effect)
    modules = _dmi_modules(machine)
    if not modules:
        return Finding(code, title, "unknown", "Neither the memory controller nor the firmware tells (try as root).")
    if modules == 1:
        sentence = "There is one memory module, so at most one module's channels are used."
        return Finding(code, title, "warn", sentence, effect=effect)
    return Finding(code, title, "info", f"{modules} memory modules; which channels they use is not known.")


def _edac_channels(machine: Machine) -> int:
    """Count distinct (controller, channel) pairs that hold a module."""
    found: set[tuple[str, str]] = set()
    for path in (machine.root / "sys/devices/system/edac/mc").glob("mc*/dimm*/dimm_location"):
        match = re.search(r"channel (\d+)", read_text(path) or "")
        size = read_text(path.with_name("size"))
        if match and size not in ("0", None):
            found.add((path.parent.parent.name, match[1]))
    return len(found)


def _dmi_modules(machine: Machine) -> int:
    """Count SMBIOS type 17 structures with a size (offset 0x0C, 16 bits, 0 = empty, FFFF = unknown)."""
    count = 0
    for path in (machine.root / "sys/firmware/dmi/entries").glob("17-*/raw"):
        try:
            raw = path.read_bytes()
        except OSError:
            return 0
        count += len(raw) > 0x0E and int.from_bytes(raw[0x0C:0x0E], "little") not in (0, 0xFFFF)
    return count

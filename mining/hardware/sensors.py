"""Temperature and frequency per CPU, and the load of the whole machine; cheap enough for once a second.

Files are opened once and read again with pread. Whatever cannot be read is None: virtual machines have no sensors.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from mining.hardware.cpus import Topology, read_topology
from mining.hardware.sysfs import read_text

_CHIPS = ("coretemp", "k10temp", "zenpower", "cpu_thermal")
_PREFERRED_LABELS = ("Tdie", "Tctl", "Package id", "")  # Tctl carries a fixed offset on some Ryzens, Tdie does not
_MHZ = re.compile(rb"^processor\s*:\s*(\d+)$|^cpu MHz\s*:\s*([\d.]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CpuReading:
    """One CPU: degrees Celsius of its core (or of its package) and MHz, None where unreadable."""

    temperature_c: float | None
    frequency_mhz: float | None


@dataclass(frozen=True, slots=True)
class SensorReading:
    """`per_cpu`: CPU number → reading, for every CPU asked for."""

    per_cpu: dict[int, CpuReading]


@dataclass(frozen=True, slots=True)
class SystemReading:
    """`cpu_percent` (busy share of all CPUs) and `steal_percent` since the reading before; None within one tick."""

    cpu_percent: float | None
    steal_percent: float | None
    load1: float | None
    ram_free_bytes: int | None


class Sensors:
    """Open sensor files of the given CPUs (all of the topology unless given). Close with `close`."""

    def __init__(self, cpus: tuple[int, ...] | None = None, root: Path = Path("/")) -> None:
        topology = read_topology(root)
        self._numbers = tuple(cpu.number for cpu in topology.cpus) if cpus is None else cpus
        paths = _temperature_paths(topology, root)
        by_path = {path: _open(path) for path in set(paths.values())}
        self._temperature = {number: by_path[path] for number, path in paths.items() if number in self._numbers}
        self._files = [descriptor for descriptor in by_path.values() if descriptor is not None]
        self._frequency: dict[int, int] = {}
        for number in self._numbers:
            descriptor = _open(root / f"sys/devices/system/cpu/cpu{number}/cpufreq/scaling_cur_freq")
            if descriptor is not None:
                self._frequency[number] = descriptor
                self._files.append(descriptor)
        self._cpuinfo = None if self._frequency else _open(root / "proc/cpuinfo")
        if self._cpuinfo is not None:
            self._files.append(self._cpuinfo)

    def read(self) -> SensorReading:
        """Return what the sensors say now."""
        degrees = {d: _pread_number(d) for d in set(self._temperature.values()) if d is not None}
        listed = _listed_frequencies(self._cpuinfo) if self._cpuinfo is not None else {}
        readings: dict[int, CpuReading] = {}
        for number in self._numbers:
            descriptor = self._temperature.get(number)
            millidegrees = degrees.get(descriptor) if descriptor is not None else None
            kilohertz = _pread_number(self._frequency[number]) if number in self._frequency else None
            mhz = kilohertz / 1000 if kilohertz else listed.get(number)
            readings[number] = CpuReading(None if millidegrees is None else millidegrees / 1000, mhz)
        return SensorReading(readings)

    def close(self) -> None:
        """Close the files; `read` must not be called afterwards."""
        for descriptor in self._files:
            os.close(descriptor)
        self._files = []


class SystemStats:
    """Load of the whole machine, from /proc/stat differences, /proc/loadavg and /proc/meminfo."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._files = {name: _open(root / "proc" / name) for name in ("stat", "loadavg", "meminfo")}
        self._last = self._times()

    def read(self) -> SystemReading:
        """Return the load since the last call (or since construction)."""
        now, last = self._times(), self._last
        self._last = now
        busy = steal = None
        if now and last and now[0] > last[0]:
            total = now[0] - last[0]
            busy = round(100 * (total - (now[1] - last[1])) / total, 1)
            steal = round(100 * (now[2] - last[2]) / total, 1)
        load = self._text("loadavg", 64).split()
        match = re.search(rb"MemAvailable:\s*(\d+) kB", self._text("meminfo", 4096))
        return SystemReading(busy, steal, float(load[0]) if load else None, int(match[1]) * 1024 if match else None)

    def close(self) -> None:
        """Close the files; `read` must not be called afterwards."""
        for descriptor in self._files.values():
            if descriptor is not None:
                os.close(descriptor)
        self._files = {}

    def _times(self) -> tuple[int, int, int] | None:
        """Return (all, idle + iowait, steal) in clock ticks."""
        words = self._text("stat", 512).partition(b"\n")[0].split()[1:9]
        ticks = [int(word) for word in words]
        return (sum(ticks), ticks[3] + ticks[4], ticks[7]) if len(ticks) == 8 else None

    def _text(self, name: str, size: int) -> bytes:
        descriptor = self._files.get(name)
        return _pread(descriptor, size) if descriptor is not None else b""


def _temperature_paths(topology: Topology, root: Path) -> dict[int, Path]:
    """Map each CPU to the file of its own core's sensor, else to its package's."""
    chips = [(read_text(folder / "name") or "", folder) for folder in sorted((root / "sys/class/hwmon").glob("hwmon*"))]
    chips = [(name, folder) for name, folder in chips if name in _CHIPS]
    packages = sorted({cpu.package for cpu in topology.cpus})
    found: dict[int, Path] = {}
    for order, (_, folder) in enumerate(chips):
        labels = _labels(folder)
        package = next((int(label[11:]) for label in labels if re.fullmatch(r"Package id \d+", label)), None)
        if package is None:
            package = packages[order] if order < len(packages) else packages[-1]
        for cpu in topology.cpus:
            if cpu.package != package:
                continue
            core_id = read_text(root / f"sys/devices/system/cpu/cpu{cpu.number}/topology/core_id")
            path = labels.get(f"Core {core_id}") or _package_path(labels)
            if path and cpu.number not in found:
                found[cpu.number] = path
    return found


def _labels(folder: Path) -> dict[str, Path]:
    """Map the label of each temperature ("" when it has none) to its file, lowest input first."""
    table: dict[str, Path] = {}
    for path in sorted(folder.glob("temp*_input"), key=lambda path: int(re.sub(r"\D", "", path.name) or 0)):
        label = read_text(path.with_name(path.name.replace("_input", "_label"))) or ""
        table.setdefault(label, path)
    return table


def _package_path(labels: dict[str, Path]) -> Path | None:
    for wanted in _PREFERRED_LABELS:
        for label, path in labels.items():
            if label == wanted or (wanted and label.startswith(wanted)):
                return path
    return None


def _listed_frequencies(descriptor: int) -> dict[int, float]:
    table: dict[int, float] = {}
    number: int | None = None
    for match in _MHZ.finditer(_pread_all(descriptor)):
        if match[1] is not None:
            number = int(match[1])
        elif number is not None:
            table[number] = float(match[2])
    return table


def _open(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _pread(descriptor: int, size: int) -> bytes:
    try:
        return os.pread(descriptor, size, 0)
    except OSError:  # a sensor that sleeps or was unplugged answers EAGAIN, EIO or ENODEV
        return b""


def _pread_number(descriptor: int) -> int | None:
    text = _pread(descriptor, 32).strip()
    return int(text) if text.lstrip(b"-").isdigit() else None


def _pread_all(descriptor: int) -> bytes:
    """Read a /proc file to its end: one read returns a few KiB of it at most."""
    parts: list[bytes] = []
    offset = 0
    while True:
        try:
            part = os.pread(descriptor, 65536, offset)
        except OSError:
            return b"".join(parts)
        if not part:
            return b"".join(parts)
        parts.append(part)
        offset += len(part)

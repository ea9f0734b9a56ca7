"""Small readers of /sys and /proc files. A file that is missing or unreadable reads as None: kernels differ."""

from __future__ import annotations

import re
from pathlib import Path

_SIZE = re.compile(r"^(\d+)([KMG]?)$")
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def read_text(path: Path) -> str | None:
    """Return the stripped text of a file, or None when it cannot be read."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return None


def read_int(path: Path) -> int | None:
    """Return the decimal number in a file, or None when there is none."""
    text = read_text(path)
    try:
        return int(text) if text else None
    except ValueError:
        return None


def read_size(path: Path) -> int | None:
    """Return bytes from a sysfs cache size such as `32768K`."""
    match = _SIZE.match(read_text(path) or "")
    return int(match[1]) * _UNITS[match[2]] if match else None


def parse_cpu_list(text: str) -> tuple[int, ...]:
    """Return the numbers of a kernel CPU list such as `0-3,8` in order; an unreadable part is left out."""
    numbers: set[int] = set()
    for part in text.replace("\n", ",").split(","):
        first, _, last = part.strip().partition("-")
        if first.isdigit() and (not last or last.isdigit()):
            numbers.update(range(int(first), int(last or first) + 1))
    return tuple(sorted(numbers))


def read_cpu_list(path: Path) -> tuple[int, ...]:
    """Return the numbers of a kernel CPU list file; empty when it cannot be read."""
    return parse_cpu_list(read_text(path) or "")


def memory_info(root: Path = Path("/")) -> dict[str, int]:
    """Return /proc/meminfo as name → bytes (or a bare count, for HugePages_*)."""
    table: dict[str, int] = {}
    for line in (read_text(root / "proc/meminfo") or "").splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdigit():
            table[name] = int(words[0]) * (1024 if words[-1] == "kB" else 1)
    return table


def cpu_info(root: Path = Path("/")) -> dict[str, str]:
    """Return the fields of the first processor in /proc/cpuinfo (model name, flags or Features, vendor_id …)."""
    table: dict[str, str] = {}
    for line in (read_text(root / "proc/cpuinfo") or "").splitlines():
        if not line.strip() and table:
            break
        name, separator, value = line.partition(":")
        if separator:
            table[name.strip()] = value.strip()
    return table


def boot_id(root: Path = Path("/")) -> str:
    """Return the kernel's name for the time since it was started; what was noted under another one is void."""
    return read_text(root / "proc/sys/kernel/random/boot_id") or ""


def is_alive(pid: int, root: Path = Path("/")) -> bool:
    """Whether `pid` exists and is not a zombie."""
    fields = _process_fields(pid, root)
    return bool(fields) and fields[0] not in ("Z", "X")


def start_time(pid: int, root: Path = Path("/")) -> int:
    """Return when `pid` was started, in clock ticks since boot: it tells a reused number apart. 0 when it is gone."""
    fields = _process_fields(pid, root)
    return int(fields[19]) if len(fields) > 19 else 0


def _process_fields(pid: int, root: Path) -> list[str]:
    """The fields of /proc/PID/stat from the state on; the command name before it may contain spaces and brackets."""
    return (read_text(root / f"proc/{pid}/stat") or "").rpartition(")")[2].split()

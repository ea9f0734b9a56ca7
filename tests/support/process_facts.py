"""Facts about running processes, read from /proc: who belongs to a run, what they cost, whom they speak with."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """One living process. `title` is its command line as `ps` shows it."""

    pid: int
    parent: int
    title: str


@dataclass(frozen=True, slots=True)
class Connection:
    """One TCP socket of a process: numeric `local` and `remote` as "address:port" in hexadecimal, `is_listening`."""

    pid: int
    local: str
    remote: str
    is_listening: bool


def until(is_true: Callable[[], bool], timeout_s: float, what: str | Callable[[], str]) -> None:
    """Poll until `is_true`; fail with `what` at the deadline."""
    deadline = time.monotonic() + timeout_s
    while not is_true():
        if time.monotonic() > deadline:
            raise AssertionError(f"within {timeout_s:g} s: {what if isinstance(what, str) else what()}")
        time.sleep(0.01)


def fields_of(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on (state first); empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def is_running(pid: int) -> bool:
    """Whether `pid` exists and is not a zombie."""
    fields = fields_of(pid)
    return bool(fields) and fields[0] not in ("Z", "X")


def title_of(pid: int) -> str:
    """The command line, "" when it is gone or a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def processes_in(folder: Path) -> list[Process]:
    """The living processes whose working directory is `folder`: a run and everything that it started."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdecimal():
            continue
        try:
            where = os.readlink(f"/proc/{entry}/cwd")
        except OSError:
            continue
        if where == str(folder) and (fields := fields_of(int(entry))):
            found.append(Process(int(entry), int(fields[1]), title_of(int(entry))))
    return found


def zombies_under(pids: Iterable[int]) -> list[int]:
    """Dead children of `pids` that nobody has collected."""
    parents = {str(pid) for pid in pids}
    found = []
    for entry in os.listdir("/proc"):
        fields = fields_of(int(entry)) if entry.isdecimal() else []
        if fields and fields[0] == "Z" and fields[1] in parents:
            found.append(int(entry))
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, without its children."""
    fields = fields_of(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS if fields else 0.0


def resident_mib(pid: int) -> float:
    """Resident memory without huge pages (VmRSS)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def proportional_mib(pid: int) -> float:
    """Memory of a process in MiB, of shared pages its part (PSS), with hugetlb pages that are its own."""
    rows = dict.fromkeys(("Pss", "Private_Hugetlb"), 0)
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        if name in rows:
            rows[name] = int(rest.split()[0])
    return sum(rows.values()) / 1024


def private_mib(pid: int) -> tuple[float, float]:
    """Private memory of a process in MiB: (on ordinary and transparent huge pages, on hugetlb pages)."""
    rows = dict.fromkeys(("Private_Clean", "Private_Dirty", "Private_Hugetlb"), 0)
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        if name in rows:
            rows[name] = int(rest.split()[0])
    return (rows["Private_Clean"] + rows["Private_Dirty"]) / 1024, rows["Private_Hugetlb"] / 1024


def connections_of(pids: Iterable[int]) -> list[Connection]:
    """The TCP sockets that these processes hold now."""
    sockets: dict[str, tuple[str, str, bool]] = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            sockets[f"socket:[{words[9]}]"] = (words[1], words[2], words[3] == "0A")
    found = []
    for pid in pids:
        try:
            links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        except OSError:
            continue
        found += [Connection(pid, *sockets[link]) for link in links if link in sockets]
    return found


def datagram_sockets_of(pids: Iterable[int]) -> list[int]:
    """The processes that hold a UDP socket (a name look-up, for example)."""
    inodes = set()
    for table in ("/proc/net/udp", "/proc/net/udp6"):
        inodes |= {f"socket:[{line.split()[9]}]" for line in Path(table).read_text().splitlines()[1:]}
    found = []
    for pid in pids:
        try:
            links = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        except OSError:
            continue
        if links & inodes:
            found.append(pid)
    return found


def huge_pages_in_use() -> int:
    """2 MiB pages that are taken now."""
    rows = {}
    with open("/proc/meminfo", encoding="ascii") as lines:
        for line in lines:
            name, _, rest = line.partition(":")
            rows[name] = int(rest.split()[0])
    return rows.get("HugePages_Total", 0) - rows.get("HugePages_Free", 0)


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])

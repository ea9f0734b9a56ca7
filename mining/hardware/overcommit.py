"""Lets this run use 2 MB pages by raising nr_overcommit_hugepages, and takes exactly that back afterwards.

Theory of operation. What was raised is written to HOME/run/huge_pages.json *before* the kernel's number is touched, so
that a kill at any moment leaves a record. The record holds a difference, not a value: two homes, or a person with
sysctl, may change the number meanwhile. An intended raise whose old value still stands was never carried out.
A record of another boot is void: the kernel starts from its own number again.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mining.hardware.cgroups import available_memory, hugetlb_limit
from mining.hardware.pages import PAGE_2M, read_pool
from mining.hardware.sysfs import boot_id, is_alive, memory_info, read_int, start_time

POOL = Path("sys/kernel/mm/hugepages/hugepages-2048kB")
_SYSCTL = Path("proc/sys/vm/nr_overcommit_hugepages")
_LOCK = Path("run/lock/minerconsole-huge-pages")
_NAME = "vm.nr_overcommit_hugepages"


@dataclass(frozen=True, slots=True)
class HugePageGrant:
    """Whether `pages` 2 MB pages can be had; `raised` is by how many the kernel's number was raised for it."""

    granted: bool
    pages: int
    raised: int
    sentence: str


@dataclass(frozen=True, slots=True)
class _Record:
    """`pid` and `started` (clock ticks since boot) name the process whose run it is; `old` is the number before it.

    `delta` is what was raised for certain. `pending` was about to be added while the number was `pending_old`.
    """

    boot_id: str
    pid: int
    started: int
    old: int
    delta: int = 0
    pending: int = 0
    pending_old: int = 0


def overcommit_file(root: Path = Path("/")) -> Path:
    """Return the file (below `root`) of the 2 MB number: the sysctl is that of the default size, which may be 1 GB."""
    is_default = memory_info(root).get("Hugepagesize", PAGE_2M) == PAGE_2M
    return _SYSCTL if is_default else POOL / "nr_overcommit_hugepages"


def overcommit_command(root: Path, value: int, sudo: str) -> str:
    """Return the shell command that sets the number to `value` until the next boot."""
    path = overcommit_file(root)
    return f"{sudo}sysctl -w {_NAME}={value}" if path == _SYSCTL else f"echo {value} | {sudo}tee /{path}"


def acquire_overcommit(pages_needed: int, home: Path, root: Path = Path("/")) -> HugePageGrant:
    """Make `pages_needed` 2 MB pages obtainable for this process; never raises, a refusal says why.

    Count only pages that are not mapped yet. Nothing is changed when enough are free; a second call adds to the first.
    """
    with _one_at_a_time(root):
        return _acquire(pages_needed, home, root)


def _acquire(pages_needed: int, home: Path, root: Path) -> HugePageGrant:
    _restore(home, root, force=False, keep_own=True)
    pool = read_pool(root / POOL)
    if pool is None:
        return _refused(pages_needed, "This kernel has no 2 MB huge pages.")
    limit = hugetlb_limit(root)
    if limit is not None and limit < pages_needed * PAGE_2M:
        return _refused(pages_needed, f"The container's hugetlb limit ({limit >> 20} MiB) is below what is needed.")
    unreserved = max(0, pool.free - pool.reserved)
    new_pages = max(0, pages_needed - unreserved)
    free = available_memory(root)
    if free < new_pages * PAGE_2M:
        wanted = new_pages * PAGE_2M >> 20
        return _refused(pages_needed, f"Huge pages need {wanted} MiB more; only {free >> 20} MiB are free.")
    if pool.usable >= pages_needed:
        return HugePageGrant(True, pages_needed, 0, f"{pages_needed} huge pages of 2 MB are free; nothing was changed.")
    return _raise_to(pool.surplus + new_pages, pages_needed, home, root)


def restore_overcommit(home: Path, root: Path = Path("/"), *, force: bool = False, keep_own: bool = False) -> str:
    """Take back what a run of this home added; returns a sentence of what was done, "" when there was nothing to do.

    Acts only when the recorded process is gone or is this one (not with `keep_own`), or with `force`. Idempotent.
    """
    with _one_at_a_time(root):
        return _restore(home, root, force=force, keep_own=keep_own)


@contextlib.contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    """Hold a lock of the whole machine while the number is read and written: several homes may run at once."""
    try:
        lock = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:  # not root: the number cannot be written either
        yield
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _restore(home: Path, root: Path, *, force: bool, keep_own: bool) -> str:
    path = _record_path(home)
    record = _read_record(path)
    if record is None:
        return ""
    if record.boot_id != boot_id(root):
        path.unlink(missing_ok=True)
        return ""
    is_own = _is_own(record, root)
    if not force and ((is_own and keep_own) or (not is_own and _is_same_alive(record, root))):
        return ""
    current = read_int(root / overcommit_file(root))
    added = 0 if current is None else record.delta + (record.pending if current != record.pending_old else 0)
    if current is None or added == 0:
        path.unlink(missing_ok=True)
        return ""
    target = max(0, current - added)
    trouble = _write_number(root, target)
    if trouble:
        return f"{_NAME} is still raised by {added}: {trouble}"
    path.unlink(missing_ok=True)
    return f"{_NAME} is back from {current} to {target}."


def _raise_to(target: int, needed: int, home: Path, root: Path) -> HugePageGrant:
    path, pid = _record_path(home), os.getpid()
    before = _read_record(path)
    if before is not None and not _is_own(before, root):
        return _refused(needed, f"Process {before.pid} of the same home holds the huge pages of this machine.")
    old = read_int(root / overcommit_file(root)) or 0
    record = before or _Record(boot_id(root), pid, start_time(pid, root), old)
    try:
        _write_record(path, replace(record, pending=target - old, pending_old=old))
        trouble = _write_number(root, target)
        if trouble:
            _write_record(path, record) if before else path.unlink(missing_ok=True)
            command = overcommit_command(root, target, "sudo ")
            return _refused(needed, f"{target - old} huge pages of 2 MB are missing: {trouble} Allow them: {command}")
        _write_record(path, replace(record, delta=record.delta + target - old, pending=0, pending_old=0))
    except OSError as error:
        return _refused(needed, f"{path} cannot be written ({error.strerror}), so no huge pages were asked for.")
    sentence = f"{_NAME} was raised from {old} to {target} for this run; taken back at exit."
    return HugePageGrant(True, needed, target - old, sentence)


def _refused(pages: int, sentence: str) -> HugePageGrant:
    return HugePageGrant(False, pages, 0, sentence)


def _write_number(root: Path, value: int) -> str:
    """Write the kernel's number; return "" or why it did not take."""
    try:
        (root / overcommit_file(root)).write_text(f"{value}\n")
    except PermissionError:
        return f"only root may change {_NAME}."
    except OSError as error:
        return f"{_NAME} cannot be written ({error.strerror})."
    return "" if read_int(root / overcommit_file(root)) == value else f"the kernel did not take the new {_NAME}."


def _record_path(home: Path) -> Path:
    return home / "run" / "huge_pages.json"


def _read_record(path: Path) -> _Record | None:
    try:
        return _Record(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _write_record(path: Path, record: _Record) -> None:
    write_private(path, json.dumps(asdict(record)))


def write_private(path: Path, text: str) -> None:
    """Replace `path` by `text` in one step, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)


def _is_own(record: _Record, root: Path) -> bool:
    """In a container every Supervisor may be process 1: the start time tells them apart."""
    return record.pid == os.getpid() and record.started == start_time(record.pid, root)


def _is_same_alive(record: _Record, root: Path) -> bool:
    """Whether the recorded process still runs: a reused number has another start time."""
    return is_alive(record.pid, root) and start_time(record.pid, root) == record.started

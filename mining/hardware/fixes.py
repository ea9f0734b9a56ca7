"""`doctor --fix` and `--undo`: writes the listed kernel files, remembering in HOME/doctor_undo.json what stood there.

Nothing survives a reboot, so a record of another boot is void. A number is undone by its difference and a word only
while it still is the one that was written: what a person changed since is left alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from mining.hardware.findings import Change, Finding, Fix
from mining.hardware.overcommit import write_private
from mining.hardware.sysfs import boot_id, read_text

RECORD = "doctor_undo.json"
RECORD_VERSION = 1


@dataclass(frozen=True, slots=True)
class Done:
    """One file that was written: `old` and `new` are its values before and after."""

    path: str
    old: str
    new: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One line of what happened, for a person."""

    is_done: bool
    sentence: str


def fixes_of(findings: tuple[Finding, ...]) -> tuple[Fix, ...]:
    """Return the fixes the findings carry, in their order."""
    return tuple(finding.fix for finding in findings if finding.fix)


def describe(fixes: tuple[Fix, ...], root: Path = Path("/")) -> list[str]:
    """Return one line per file that `apply_fixes` would write: path, value now, value then."""
    lines: list[str] = []
    for fix in fixes:
        lines.append(f"{fix.title}:")
        lines += [f"  {c.path}: {_value(root, c.path) or 'unreadable'} -> {c.value}" for c in fix.changes]
    return lines


def apply_fixes(fixes: tuple[Fix, ...], home: Path, root: Path = Path("/")) -> list[Step]:
    """Write every change; each is recorded before it is written. A refusal is a step of its own, the rest goes on.

    Raises OSError when the record itself cannot be written: then nothing further is changed.
    """
    steps: list[Step] = []
    done = _read_record(home, root)
    for change in (change for fix in fixes for change in fix.changes):
        old = _value(root, change.path)
        if old is None:
            steps.append(Step(False, f"{change.path} cannot be read, so it was left alone."))
            continue
        if old == change.value:
            continue
        _write_record(home, root, [*done, Done(change.path, old, change.value, change.is_number)])
        trouble = _write(root, change)
        if trouble:
            _write_record(home, root, done)
            steps.append(Step(False, trouble))
            continue
        done.append(Done(change.path, old, change.value, change.is_number))
        steps.append(Step(True, f"{change.path}: {old} -> {change.value}"))
    return steps


def undo_fixes(home: Path, root: Path = Path("/")) -> list[Step]:
    """Take back what the record holds, last first, and forget what was taken back. Idempotent."""
    steps: list[Step] = []
    left: list[Done] = []
    for done in reversed(_read_record(home, root)):
        current = _value(root, done.path)
        target = _undo_target(done, current)
        if current is None or target is None:
            steps.append(Step(True, f"{done.path} is {current or 'gone'} by now, not {done.new}: left alone."))
            continue
        trouble = _write(root, Change(done.path, target))
        if trouble:
            left.insert(0, done)
            steps.append(Step(False, trouble))
        else:
            steps.append(Step(True, f"{done.path}: {current} -> {target}"))
    _write_record(home, root, left)
    return steps


def _undo_target(done: Done, current: str | None) -> str | None:
    """Return the value to write, None to leave the file alone. A change that was never carried out is left alone."""
    if current is None or current == done.old:
        return None
    if done.is_number and all(text.isdigit() for text in (current, done.old, done.new)):
        return str(max(0, int(current) - (int(done.new) - int(done.old))))
    return done.old if current == done.new else None


def _value(root: Path, path: str) -> str | None:
    """Return a kernel file's value; of `always [madvise] never` the chosen word."""
    text = read_text(root / path.lstrip("/"))
    if text and "[" in text:
        return text.partition("[")[2].partition("]")[0]
    return text


def _write(root: Path, change: Change) -> str:
    """Write and read back; return "" or what went wrong."""
    try:
        (root / change.path.lstrip("/")).write_text(f"{change.value}\n")
    except OSError as error:
        return f"{change.path} could not be written ({error.strerror})."
    now = _value(root, change.path)
    return "" if now == change.value else f"{change.path} did not take {change.value} (it is {now})."


def _read_record(home: Path, root: Path) -> list[Done]:
    try:
        content = json.loads((home / RECORD).read_text())
        if content["boot_id"] != boot_id(root):
            return []
        return [Done(**row) for row in content["changes"]]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def _write_record(home: Path, root: Path, done: list[Done]) -> None:
    if not done:
        (home / RECORD).unlink(missing_ok=True)
        return
    rows = [asdict(row) for row in done]
    content = {"version": RECORD_VERSION, "boot_id": boot_id(root), "changes": rows}
    write_private(home / RECORD, json.dumps(content, indent=1) + "\n")

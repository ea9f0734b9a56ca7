"""What a Crew of Scrypt can be on this machine: our kernel or hashlib, and memory for a scratchpad on each core.

There is no dataset, no light mode and no library. Nothing is chosen silently: each fallback comes with its reason.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mining.algorithms.registry import KIB, MIB, Algorithm, algorithm_named
from mining.child_environment import child_environment
from mining.engine.crew import CrewSettings
from mining.engine.plan import Plan
from mining.engine.prepared import (
    IDLE_SILENCE_S,
    PROCESSES_BYTES,
    SHORT_OF_MEMORY,
    WORKER_BYTES,
    NativeCode,
    Preparation,
    unloadable,
)
from mining.engine.reconcile import SILENCE_S
from mining.engine.scrypt_judge import Machine, plain_machine
from mining.errors import CannotStartError, ConfigurationError
from mining.hardware.cgroups import available_memory
from mining.hardware.pages import PAGE_2M
from mining.native.build import HASHLIB_HASHES, built_scrypt_kernel
from mining.native.scrypt_kernel import KernelRow, ScryptKernel, ScryptMachine, check_n, scratchpad_bytes

_KERNEL_VARIABLE = "MINERCONSOLE_SCRYPT_KERNEL"
_AUTOMATIC = ("", "auto", "on")
_SELFTEST_TIMEOUT_S = 30


class UntestedError(Exception):
    """The self-test did not run, which is no fault of the kernel. The text is the sentence about it."""


def scrypt_code(home: Path) -> NativeCode:
    """Compile our kernel and try it, in a process of its own: a wrong one may crash."""
    wanted = os.environ.get(_KERNEL_VARIABLE, "").strip().lower()
    if wanted == "off":
        return _hashlib(f"{_KERNEL_VARIABLE} is off: {HASHLIB_HASHES}")
    path, why = built_scrypt_kernel(home / "cache")
    if path is None:
        return _hashlib(why)
    try:
        rows = ScryptKernel(path).kernels
    except (OSError, AttributeError) as error:
        return _hashlib(unloadable("our Scrypt kernel", error, HASHLIB_HASHES))
    chosen = chosen_kernels(rows, wanted)
    return first_good_kernel(path, chosen, is_forced=wanted not in _AUTOMATIC)


def _hashlib(note: str) -> NativeCode:
    return NativeCode(None, "", None, note)


def chosen_kernels(rows: list[KernelRow], wanted: str) -> list[KernelRow]:
    """The kernels to try, in turn: all of this CPU, or the one of this name. Pure.

    Raises ConfigurationError for a name that none has, CannotStartError for one that this CPU lacks.
    """
    able = [row for row in rows if row.is_supported]
    if wanted in _AUTOMATIC:
        return able
    names = ", ".join(row.name for row in able)
    named = next((row for row in rows if row.name == wanted), None)
    if named is None:
        raise ConfigurationError(
            f"{_KERNEL_VARIABLE} is {wanted[:40]!r}, which is no Scrypt kernel",
            next_step=f"This processor can run: {names}; off is Python's hashlib. Leave it out for the fastest.",
        )
    if not named.is_supported:
        raise CannotStartError(
            f"{_KERNEL_VARIABLE} is {wanted}, and this processor lacks what that kernel needs",
            next_step=f"It can run: {names}. Leave the variable out for the fastest.",
            code="no_such_kernel",
        )
    return [named]


def first_good_kernel(path: Path, rows: list[KernelRow], *, is_forced: bool = False) -> NativeCode:
    """The first kernel that computes its known answer; what is wrong with those before it is said.

    None is used after a self-test that did not run: it would not run for the next one either. `is_forced`: a person
    chose the one row by name.
    """
    troubles: list[str] = []
    for row in rows:
        try:
            trouble = kernel_trouble(path, row)
        except UntestedError as error:
            return _hashlib("; ".join([*troubles, f"{error}, so {HASHLIB_HASHES}"]))
        if not trouble:
            note = f"{'; '.join(troubles)}, so our slower kernel {row.name} is used" if troubles else ""
            return NativeCode(None, "", path, note, row.lanes, is_forced=is_forced)
        troubles.append(trouble)
    way_out = f"; leave {_KERNEL_VARIABLE} out to have our other kernels tried" if is_forced else ""
    return _hashlib(f"{'; '.join(troubles)}, so {HASHLIB_HASHES}{way_out}")


def kernel_trouble(path: Path, row: KernelRow) -> str:
    """Have a process compute the known answer with this kernel of `path`; "" when it is right, else what is wrong.

    Raises UntestedError when that process could not do so.
    """
    title = f"our {row.name} Scrypt kernel"
    command = [sys.executable, "-m", "mining.native.scrypt_selftest", str(path), str(row.lanes)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SELFTEST_TIMEOUT_S, env=child_environment()
        )
    except subprocess.TimeoutExpired:
        return f"{title} did not finish its known answer in {_SELFTEST_TIMEOUT_S} s"
    if done.returncode < 0:
        return f"{title} crashed in its known answer (signal {-done.returncode})"
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UntestedError(f"{title} could not be tested ({last})")
    return done.stdout.strip()


def prepare_scrypt(plan: Plan, native: NativeCode) -> Preparation:
    """Choose what hashes, and how much memory a core may take. Raises CannotStartError (exit 3) with the reason."""
    algorithm = algorithm_named(plan.algorithm)
    limit = scratchpad_limit(algorithm, cores=len(plan.cores), available=available_memory())
    notes = [native.kernel_note] if native.kernel_note else []
    machine = _machine(algorithm, native, limit)
    pages = scratchpad_bytes(machine.n, machine.lanes) // PAGE_2M
    hashing, lanes = _in_words(machine), machine.lanes
    machine.destroy()
    if lanes < native.most_lanes:
        notes.append(_narrowed(native, hashing, scratchpad_bytes(algorithm.scrypt_n, native.most_lanes), limit))
    if plan.huge_pages == "on" and not pages:
        size = algorithm.scratchpad_bytes // KIB
        notes.append(f"HUGE_PAGES is on, but a Scrypt scratchpad of {size} KiB needs no page of 2 MiB")
    settings = CrewSettings(
        algorithm=algorithm,
        huge_pages=plan.huge_pages,
        priority=plan.priority,
        kernel=native.kernel,
        scratchpad_limit=limit,
        most_lanes=native.most_lanes,
        pages_per_core=pages,
        silence_s=IDLE_SILENCE_S if plan.priority == "idle" else SILENCE_S,
    )
    return Preparation(settings, hashing, f"Scrypt is hashed by {hashing}, known answer passes", tuple(notes))


def _machine(algorithm: Algorithm, native: NativeCode, limit: int) -> Machine:
    """A machine as the workers will have it; nothing is hashed with it."""
    n = algorithm.scrypt_n
    try:
        if native.kernel is None:
            return plain_machine(n, None, memory_bytes=limit)
        return ScryptMachine(ScryptKernel(native.kernel), n, most_lanes=native.most_lanes, memory_bytes=limit)
    except (ValueError, MemoryError) as error:
        raise CannotStartError(str(error), next_step=SHORT_OF_MEMORY, code="memory_short") from None


def _in_words(machine: Machine) -> str:
    if not isinstance(machine, ScryptMachine):
        return "Python's hashlib.scrypt"
    lanes = "1 header" if machine.lanes == 1 else f"{machine.lanes} headers"
    return f"our {machine.kernel_name} kernel ({lanes} at once)"


def _narrowed(native: NativeCode, hashing: str, needed: int, limit: int) -> str:
    """Why another kernel hashes than the one that was tested. Raises CannotStartError where that one was forced."""
    short = f"{needed - limit} bytes less" if limit < needed else "less than that at the moment"
    reason = (
        f"the Scrypt kernel of {native.most_lanes} headers at once needs {needed} bytes on each core, and there are "
        f"{short}"
    )
    if native.is_forced:
        next_step = f"Leave {_KERNEL_VARIABLE} out, free memory, or use fewer cores (--threads 1)."
        raise CannotStartError(f"{_KERNEL_VARIABLE}: {reason}", next_step=next_step, code="memory_short")
    return f"{reason}, so {hashing} is used; free memory or use fewer cores for the faster one"


def scratchpad_limit(algorithm: Algorithm, *, cores: int, available: int) -> int:
    """Return how many bytes the scratchpad of one core may take. Pure.

    `available`: bytes that can be allocated. Raises CannotStartError when not even one header at a time fits on each
    core, or for an N that Scrypt does not have.
    """
    n = algorithm.scrypt_n
    try:
        check_n(n)
    except ValueError as error:
        raise CannotStartError(str(error), code="unknown_n") from None
    room = (available - PROCESSES_BYTES) // max(1, cores) - WORKER_BYTES
    least = scratchpad_bytes(n, 1)
    if room < least:
        needed = PROCESSES_BYTES + cores * (least + WORKER_BYTES)
        raise CannotStartError(
            f"{available // MIB} MiB of memory are available, and Scrypt with N = {n} needs {-(-needed // MIB)} MiB "
            f"on {cores} cores",
            next_step=SHORT_OF_MEMORY,
            code="memory_short",
        )
    return room

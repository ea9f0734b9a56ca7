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
from mining.errors import CannotStartError
from mining.hardware.cgroups import available_memory
from mining.hardware.pages import PAGE_2M
from mining.native.build import HASHLIB_HASHES, built_scrypt_kernel
from mining.native.scrypt_kernel import ScryptKernel, ScryptMachine, check_n, scratchpad_bytes

_KERNEL_VARIABLE = "MINERCONSOLE_SCRYPT_KERNEL"
_SELFTEST_TIMEOUT_S = 30


def scrypt_code(home: Path) -> NativeCode:
    """Compile our kernel and try it, in a process of its own: a wrong one may crash."""
    kernel, note = _own_kernel(home / "cache")
    return NativeCode(None, "", kernel, note)


def _own_kernel(cache_folder: Path) -> tuple[Path | None, str]:
    """Our Scrypt kernel where it computes its known answer, else None; and what a person should know about it."""
    if os.environ.get(_KERNEL_VARIABLE, "").lower() == "off":
        return None, f"{_KERNEL_VARIABLE} is off: {HASHLIB_HASHES}"
    path, why = built_scrypt_kernel(cache_folder)
    if path is None:
        return None, why
    try:
        ScryptKernel(path)
    except (OSError, AttributeError) as error:
        return None, unloadable("our Scrypt kernel", error, HASHLIB_HASHES)
    trouble = kernel_trouble(path)
    return (None, f"{trouble}, so {HASHLIB_HASHES}") if trouble else (path, "")


def kernel_trouble(path: Path) -> str:
    """Have a process compute the known answer with the kernel at `path`; "" when it is right, else what is wrong."""
    command = [sys.executable, "-m", "mining.native.scrypt_selftest", str(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SELFTEST_TIMEOUT_S, env=child_environment()
        )
    except subprocess.TimeoutExpired:
        return f"our Scrypt kernel did not finish its known answer in {_SELFTEST_TIMEOUT_S} s"
    if done.returncode < 0:
        return f"our Scrypt kernel crashed in its known answer (signal {-done.returncode})"
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return f"our Scrypt kernel could not be tested ({last})"
    return done.stdout.strip()


def prepare_scrypt(plan: Plan, native: NativeCode) -> Preparation:
    """Choose what hashes, and how much memory a core may take. Raises CannotStartError (exit 3) with the reason."""
    algorithm = algorithm_named(plan.algorithm)
    limit = scratchpad_limit(algorithm, cores=len(plan.cores), available=available_memory())
    notes = [native.kernel_note] if native.kernel_note else []
    machine = _machine(algorithm, native.kernel, limit)
    pages = scratchpad_bytes(machine.n, machine.lanes) // PAGE_2M
    hashing = _in_words(machine)
    machine.destroy()
    if plan.huge_pages == "on" and not pages:
        size = algorithm.scratchpad_bytes // KIB
        notes.append(f"HUGE_PAGES is on, but a Scrypt scratchpad of {size} KiB needs no page of 2 MiB")
    settings = CrewSettings(
        algorithm=algorithm,
        huge_pages=plan.huge_pages,
        priority=plan.priority,
        kernel=native.kernel,
        scratchpad_limit=limit,
        pages_per_core=pages,
        silence_s=IDLE_SILENCE_S if plan.priority == "idle" else SILENCE_S,
    )
    return Preparation(settings, hashing, f"Scrypt is hashed by {hashing}, known answer passes", tuple(notes))


def _machine(algorithm: Algorithm, kernel: Path | None, limit: int) -> Machine:
    """A machine as the workers will have it; nothing is hashed with it."""
    n = algorithm.scrypt_n
    try:
        if kernel is None:
            return plain_machine(n, None, memory_bytes=limit)
        return ScryptMachine(ScryptKernel(kernel), n, memory_bytes=limit)
    except (ValueError, MemoryError) as error:
        raise CannotStartError(str(error), next_step=SHORT_OF_MEMORY, code="memory_short") from None


def _in_words(machine: Machine) -> str:
    if not isinstance(machine, ScryptMachine):
        return "Python's hashlib.scrypt"
    lanes = "1 header" if machine.lanes == 1 else f"{machine.lanes} headers"
    return f"our {machine.kernel_name} kernel ({lanes} at once)"


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

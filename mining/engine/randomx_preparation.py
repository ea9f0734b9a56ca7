"""What a Crew of RandomX can be on this machine: the library, fast or light mode, huge pages. Blocking.

Nothing is chosen silently: each fallback comes with its reason.
"""

from __future__ import annotations

import os
from pathlib import Path

from mining.algorithms.randomx.library import CACHE_BYTES
from mining.algorithms.randomx.loader import find_library
from mining.algorithms.registry import MIB, Algorithm, algorithm_named
from mining.engine.crew import CrewSettings
from mining.engine.memory import MAPPED_BYTES
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
from mining.errors import CannotStartError
from mining.hardware.cgroups import available_memory
from mining.hardware.jit import jit_access
from mining.hardware.overcommit import acquire_overcommit
from mining.hardware.pages import PAGE_2M, dataset_pages, read_pool
from mining.native.build import LIBRARY_HASHES, SLOWER, built_hash_loop, built_randomx_kernel
from mining.native.hash_loop import NativeLoop
from mining.native.randomx_kernel import SCRATCHPADS, RandomXKernel
from mining.program import program_name

_KERNEL_VARIABLE = "MINERCONSOLE_RANDOMX_KERNEL"
_POOL = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
_JIT_NOTES = {
    "switched": "this system forbids memory that is writable and executable: the JIT switches pages, a bit slower",
    "none": "this system forbids programs to run code they wrote (SELinux, a service sandbox): no JIT, much slower",
}


def randomx_code(plan: Plan, home: Path) -> NativeCode:
    """Compile and try our C code for `plan`: the hash loop, and the kernel where it can hash."""
    loop, loop_note = _own_loop(home / "cache")
    is_kernel_wanted = plan.algorithm == "rx/0" and plan.mode != "light" and jit_access() == "writable"
    kernel, kernel_note = _own_kernel(home / "cache", is_wanted=is_kernel_wanted)
    return NativeCode(loop, loop_note, kernel, kernel_note)


def prepare_randomx(plan: Plan, home: Path, *, cpu_count: int, native: NativeCode) -> Preparation:
    """Choose library, mode and pages for `plan`. Raises CannotStartError (exit 3) that names what is missing."""
    algorithm = algorithm_named(plan.algorithm)
    jit = jit_access()
    library = find_library(algorithm.name, cache_folder=home / "cache", jit=jit)
    is_fast, light_reason = choose_mode(
        plan.mode, algorithm, cores=len(plan.cores), available=available_memory(), ready_pages=_ready_page_bytes()
    )
    notes: list[str] = []
    kernel = native.kernel if is_fast else None
    if native.kernel_note and is_fast:
        notes.append(native.kernel_note)
    pages_per_core = SCRATCHPADS if kernel else 1
    why, large_pages = "huge pages are off by setting", False
    if plan.huge_pages != "off":
        pages = cpu_count * pages_per_core + (dataset_pages() if is_fast else 0)
        grant = acquire_overcommit(pages, home)
        large_pages, why = grant.granted, grant.sentence
        if grant.raised:
            notes.append(grant.sentence)
        if plan.huge_pages == "on" and not grant.granted and not is_fast:
            raise CannotStartError(
                f"HUGE_PAGES is on, but huge pages cannot be had: {grant.sentence}",
                next_step=f"Use auto, or see {program_name()} doctor.",
                code="huge_pages_unavailable",
            )
    if jit != "writable":
        notes.append(_JIT_NOTES[jit])
    if native.loop_note:
        notes.append(native.loop_note)
    settings = CrewSettings(
        library=library.path,
        algorithm=algorithm,
        is_fast=is_fast,
        huge_pages=plan.huge_pages,
        priority=plan.priority,
        large_pages=large_pages,
        why_no_hugetlb="" if large_pages else why.rstrip("."),
        jit=jit,
        native=native.loop,
        kernel=kernel,
        pages_per_core=pages_per_core,
        silence_s=IDLE_SILENCE_S if plan.priority == "idle" else SILENCE_S,
    )
    name = f"{library.path.name} ({library.origin})"
    return Preparation(settings, name, f"RandomX library {name}, known answers pass", tuple(notes), light_reason)


def _own_loop(cache_folder: Path) -> tuple[Path | None, str]:
    """Our hash loop where it can be compiled and loaded, else None; and what a person should know about it."""
    path, why = built_hash_loop(cache_folder)
    if path is None:
        return None, why
    try:
        NativeLoop(path)
    except (OSError, AttributeError) as error:
        return None, unloadable("the hash loop", error, SLOWER)
    return path, ""


def _own_kernel(cache_folder: Path, *, is_wanted: bool) -> tuple[Path | None, str]:
    """Our RandomX kernel where it can run, else None; and what a person should know about it."""
    if not is_wanted:
        return None, ""
    if os.environ.get(_KERNEL_VARIABLE, "").lower() == "off":
        return None, f"{_KERNEL_VARIABLE} is off: the library's own hash function is used"
    path, why = built_randomx_kernel(cache_folder)
    if path is None:
        return None, why
    try:
        unavailable = RandomXKernel(path).unavailable_reason
    except (OSError, AttributeError) as error:
        return None, unloadable("our RandomX kernel", error, LIBRARY_HASHES)
    if unavailable:
        return None, f"our RandomX kernel cannot run here ({unavailable}), so {LIBRARY_HASHES}"
    return path, ""


def check_randomx(plan: Plan, home: Path) -> None:
    """Find and test the library ahead of `prepare_randomx`, which then finds the pass remembered. Raises as it does."""
    find_library(algorithm_named(plan.algorithm).name, cache_folder=home / "cache", jit=jit_access())


def choose_mode(
    mode: str, algorithm: Algorithm, *, cores: int, available: int, ready_pages: int = 0
) -> tuple[bool, str]:
    """Return (is fast, why it is light). Raises CannotStartError when even light mode does not fit. Pure.

    `available`: bytes that can be allocated; `ready_pages`: bytes of huge pages that lie ready beside them.
    """
    per_core = cores * (algorithm.scratchpad_bytes + WORKER_BYTES)
    light = CACHE_BYTES + PROCESSES_BYTES + per_core
    fast = MAPPED_BYTES - min(ready_pages, MAPPED_BYTES) + light
    if available < light:
        raise CannotStartError(
            f"{available // MIB} MiB of memory are available, and RandomX needs {light // MIB} MiB even in light mode",
            next_step=SHORT_OF_MEMORY,
            code="memory_short",
        )
    if mode == "light":
        return False, "light mode by setting: about a tenth of the hash rate"
    if available >= fast:
        return True, ""
    sentence = f"{available // MIB} MiB of memory are available and fast mode needs {fast // MIB} MiB"
    if mode == "fast":
        raise CannotStartError(sentence, next_step="Free memory or use MODE=auto.", code="memory_short")
    return False, f"{sentence}: LIGHT MODE, about a tenth of the hash rate"


def _ready_page_bytes() -> int:
    """Bytes of free huge pages, which only the dataset can use."""
    pool = read_pool(_POOL)
    return max(0, pool.free - pool.reserved) * PAGE_2M if pool is not None else 0

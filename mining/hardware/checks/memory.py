"""RAM: fast mode, light mode or neither."""

from __future__ import annotations

from mining.algorithms.randomx.library import CACHE_BYTES, DATASET_BYTES
from mining.hardware.findings import Finding
from mining.hardware.machine import SCRATCHPAD_BYTES, Machine
from mining.hardware.pages import PAGE_2M, pages_for_run


def light_mode_bytes(core_count: int) -> int:
    """Return what light mode needs: the 256 MiB cache and a scratchpad per core."""
    return CACHE_BYTES + core_count * SCRATCHPAD_BYTES


def fast_mode_bytes(core_count: int) -> int:
    """Return what fast mode needs: the 2080 MiB dataset on top of light mode."""
    return DATASET_BYTES + light_mode_bytes(core_count)


def check_memory(machine: Machine) -> Finding:
    """Free memory against the need of fast and light mode, within the container's limit."""
    code, title, cores = "memory", "Memory", len(machine.cores)
    pool = machine.pages.small
    in_pool = min(max(0, pool.free - pool.reserved), pages_for_run(cores)) * PAGE_2M if pool else 0
    free, fast, light = machine.memory_available + in_pool, fast_mode_bytes(cores), light_mode_bytes(cores)
    limit = machine.memory_limit
    cause = f" (the container is limited to {limit >> 20} MiB)" if limit and limit < machine.memory_total else ""
    have = f"{free >> 20} MiB are free{cause}"
    if free >= fast:
        return Finding(code, title, "ok", f"{have}, fast mode on {cores} core(s) needs {_mib(fast)}.")
    if free >= light:
        sentence = f"{have}, fast mode needs {_mib(fast)}: light mode is used. Close programs or raise the limit."
        effect = "fast mode is about 5-10 times as fast (27-58 ms a light hash, measured)"
        return Finding(code, title, "bad", sentence, effect=effect)
    sentence = f"{have}, even light mode needs {_mib(light)}: mining cannot start."
    return Finding(code, title, "bad", sentence, effect="nothing can be mined without it")


def _mib(size: int) -> str:
    return f"{-(-size >> 20)} MiB"

"""One small function per limiter: Machine in, Finding out. CHECKS is the order of the report."""

from __future__ import annotations

from collections.abc import Callable

from mining.hardware.checks.layout import check_channels, check_numa, check_smt
from mining.hardware.checks.library import check_library
from mining.hardware.checks.limits import check_cpuset, check_quota
from mining.hardware.checks.memory import check_memory
from mining.hardware.checks.pages import check_large_pages, check_small_pages, check_transparent_pages
from mining.hardware.checks.processor import check_aes, check_governor, check_jit, check_msr
from mining.hardware.checks.virtual import check_clock, check_hypervisor, check_steal
from mining.hardware.findings import Finding
from mining.hardware.machine import Machine

CHECKS: tuple[Callable[[Machine], Finding], ...] = (
    check_library,
    check_small_pages,
    check_large_pages,
    check_transparent_pages,
    check_aes,
    check_jit,
    check_memory,
    check_quota,
    check_cpuset,
    check_governor,
    check_hypervisor,
    check_steal,
    check_clock,
    check_msr,
    check_numa,
    check_smt,
    check_channels,
)

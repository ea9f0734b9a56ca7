"""What a Crew can be on this machine. Blocking, before any fork. Each family of algorithms has a file of its own.

Nothing is chosen silently: each fallback comes with its reason.
"""

from __future__ import annotations

from pathlib import Path

from mining.algorithms.registry import algorithm_named
from mining.engine.plan import Plan
from mining.engine.prepared import NativeCode, Preparation
from mining.engine.randomx_preparation import check_randomx, prepare_randomx, randomx_code
from mining.engine.scrypt_preparation import prepare_scrypt, scrypt_code

__all__ = ["NativeCode", "Preparation", "check_library", "native_code", "prepare_crew"]


def check_library(plan: Plan, home: Path) -> None:
    """Find and test the library that `plan` needs, if any, ahead of `prepare_crew`. Raises as that does."""
    if algorithm_named(plan.algorithm).family == "randomx":
        check_randomx(plan, home)


def native_code(plan: Plan, home: Path) -> NativeCode:
    """Compile and try our C code for `plan`. The first time this takes a second or two."""
    if algorithm_named(plan.algorithm).family == "scrypt":
        return scrypt_code(home)
    return randomx_code(plan, home)


def prepare_crew(plan: Plan, home: Path, *, cpu_count: int, native: NativeCode | None = None) -> Preparation:
    """Choose how `plan` is hashed here. Raises CannotStartError (exit 3) that names what is missing.

    `native`: what `native_code` found, where that ran before in a thread.
    """
    native = native or native_code(plan, home)
    if algorithm_named(plan.algorithm).family == "scrypt":
        return prepare_scrypt(plan, native)
    return prepare_randomx(plan, home, cpu_count=cpu_count, native=native)

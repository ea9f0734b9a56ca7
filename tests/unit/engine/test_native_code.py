"""Our compiled code is tried before it is used: what cannot be loaded is left out with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from mining.engine.host_memory import loaded
from mining.engine.plan import Plan
from mining.engine.preparation import native_code
from mining.native.hash_loop import NativeLoop
from mining.native.randomx_kernel import RandomXKernel

# What it makes cannot be loaded, like a damaged file or one on a mount with noexec.
COMPILER = """#!/bin/sh
while [ "$1" != -o ]; do shift; done
echo damaged > "$2"
"""
PLAN = Plan("offline", "XMR", "rx/0", (0,), mode="fast")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose compiled code is damaged, on a machine that could run our kernel."""
    program = tmp_path / "bin/cc"
    program.parent.mkdir()
    program.write_text(COMPILER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.delenv("MINERCONSOLE_RANDOMX_KERNEL", raising=False)
    monkeypatch.setattr("mining.engine.randomx_preparation.jit_access", lambda: "writable")
    monkeypatch.setattr("mining.native.build.platform.machine", lambda: "x86_64")
    return tmp_path / "home"


def test_a_damaged_hash_loop_is_left_out_with_a_sentence(home: Path) -> None:
    native = native_code(PLAN, home)
    assert native.loop is None
    assert "hash_loop-" in native.loop_note and "Python" in native.loop_note and "delete" in native.loop_note


def test_a_damaged_kernel_is_left_out_with_a_sentence(home: Path) -> None:
    native = native_code(PLAN, home)
    assert native.kernel is None
    assert (
        "randomx_kernel-" in native.kernel_note and "library" in native.kernel_note and "delete" in native.kernel_note
    )


@pytest.mark.parametrize(
    "plan", [Plan("offline", "XMR", "rx/0", (0,), mode="light"), Plan("offline", "XMR", "rx/2", (0,))]
)
def test_where_the_kernel_cannot_hash_it_is_not_compiled(home: Path, plan: Plan) -> None:
    native = native_code(plan, home)
    assert (native.kernel, native.kernel_note) == (None, "")
    assert all("kernel" not in path.name for path in (home / "cache").iterdir())


def test_a_host_does_without_what_it_cannot_load(home: Path) -> None:
    native_code(PLAN, home)
    loop, kernel = sorted((home / "cache").iterdir())
    assert loaded(NativeLoop, str(loop)) is None
    assert loaded(RandomXKernel, str(kernel)) is None
    assert loaded(NativeLoop, str(home / "missing.so")) is None
    assert loaded(NativeLoop, "") is None

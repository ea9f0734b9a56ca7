"""What a Crew of Scrypt gets: our kernel or hashlib with a sentence, and memory that is there, or a refusal by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mining.algorithms.registry import KIB, MIB, Algorithm
from mining.engine import scrypt_preparation
from mining.engine.plan import Plan
from mining.engine.preparation import check_library, native_code, prepare_crew
from mining.engine.prepared import PROCESSES_BYTES, WORKER_BYTES, NativeCode
from mining.engine.scrypt_preparation import (
    UntestedError,
    chosen_kernels,
    first_good_kernel,
    kernel_trouble,
    prepare_scrypt,
    scratchpad_limit,
    scrypt_code,
)
from mining.errors import CannotStartError, ConfigurationError, ExitCode
from mining.native.build import built_scrypt_kernel
from mining.native.scrypt_kernel import KernelRow, ScryptKernel
from tests.unit.native.scrypt_builds import KERNELS, row_named, wrong_kernel_in

PLAN = Plan("offline", "LTC", "scrypt", (0, 1))
NO_KERNEL = NativeCode(None, "", None, "there is no C compiler, so hashlib")


def with_n(n: int) -> Algorithm:
    """Scrypt with another N."""
    return Algorithm("scrypt", 3, "scrypt", 128 * n, 1 << 20, scrypt_n=n)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our kernel, compiled."""
    path, sentence = built_scrypt_kernel(tmp_path_factory.mktemp("native"))
    if path is None:
        pytest.skip(sentence)
    return path


# --- memory -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 1024, 1 << 15, 1 << 20])
@pytest.mark.parametrize("cores", [1, 3])
def test_a_core_may_take_its_part_of_what_is_left_beside_the_processes(n: int, cores: int) -> None:
    least = PROCESSES_BYTES + cores * (128 * n + WORKER_BYTES)
    assert scratchpad_limit(with_n(n), cores=cores, available=least) == 128 * n
    assert scratchpad_limit(with_n(n), cores=cores, available=least + cores * MIB) == 128 * n + MIB
    with pytest.raises(CannotStartError) as caught:
        scratchpad_limit(with_n(n), cores=cores, available=least - 1)
    assert (caught.value.exit_code, caught.value.code) == (ExitCode.CANNOT_START, "memory_short")


def test_too_little_memory_is_said_with_figures_and_the_next_step() -> None:
    with pytest.raises(CannotStartError) as caught:
        scratchpad_limit(with_n(1 << 20), cores=4, available=500 * MIB)
    sentence = caught.value.sentence
    assert "500 MiB" in sentence and "N = 1048576 needs 672 MiB on 4 cores" in sentence and "--threads 1" in sentence


@pytest.mark.parametrize("n", [0, 1, 3, 1000, (1 << 20) + 1, 1 << 21])
def test_an_n_that_scrypt_does_not_have_is_refused_before_anything_is_allocated(n: int) -> None:
    with pytest.raises(CannotStartError, match=f"no N of {n}"):
        scratchpad_limit(with_n(n), cores=1, available=1 << 40)


def test_memory_is_checked_for_the_cores_of_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrypt_preparation, "available_memory", lambda: 100 * MIB)
    with pytest.raises(CannotStartError, match=r"100 MiB of memory.*N = 1024 needs 145 MiB on 2 cores"):
        prepare_scrypt(PLAN, NO_KERNEL)


# --- what hashes ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("kernel")
def test_our_kernel_is_compiled_tested_and_used_without_any_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINERCONSOLE_RANDOMX_LIBRARY", "/nowhere")
    check_library(PLAN, tmp_path)
    preparation = prepare_crew(PLAN, tmp_path, cpu_count=2)
    settings = preparation.settings
    assert settings.kernel is not None and settings.mode == "none" and settings.library is None
    assert settings.scratchpad_limit > 128 * KIB and settings.pages_per_core == 0
    assert "Scrypt is hashed by our" in preparation.tested and "known answer passes" in preparation.tested
    assert preparation.notes == () and preparation.light_reason == ""


def test_without_a_compiler_hashlib_is_used_and_the_cost_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    preparation = prepare_crew(PLAN, tmp_path, cpu_count=2)
    (note,) = preparation.notes
    assert "no C compiler" in note and "hashlib" in note and "several times slower" in note
    assert preparation.settings.kernel is None and "hashlib" in preparation.tested


@pytest.mark.parametrize(
    ("flag", "words"),
    [("-DALWAYS_WRONG", "computes wrong hashes"), ("-DCRASHES", " Scrypt kernel crashed in its known answer")],
)
def test_a_kernel_that_fails_its_known_answer_is_left_out_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: str, words: str
) -> None:
    wrong = wrong_kernel_in(tmp_path, flag)
    monkeypatch.setattr(scrypt_preparation, "built_scrypt_kernel", lambda folder: (wrong, ""))
    code = scrypt_code(tmp_path)
    assert "our Scrypt kernel" not in code.kernel_note, "each is named"
    assert code.kernel is None and words in code.kernel_note and "several times slower" in code.kernel_note


def test_a_damaged_kernel_is_left_out_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "scrypt_kernel-1.so"
    damaged.write_text("damaged")
    monkeypatch.setattr(scrypt_preparation, "built_scrypt_kernel", lambda folder: (damaged, ""))
    code = scrypt_code(tmp_path)
    assert code.kernel is None and "cannot be loaded" in code.kernel_note and "delete" in code.kernel_note


def test_a_self_test_that_cannot_run_is_no_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernel: Path) -> None:
    rows = [row for row in ScryptKernel(kernel).kernels if row.is_supported]
    assert kernel_trouble(kernel, rows[0]) == ""
    failing = tmp_path / "python"
    failing.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    failing.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(failing))
    with pytest.raises(UntestedError, match=rf"our {rows[0].name} Scrypt kernel could not be tested \(broken\)"):
        kernel_trouble(kernel, rows[0])
    code = first_good_kernel(kernel, rows)
    assert code.kernel is None and code.kernel_note.count("could not be tested") == 1, "the others are not tried"


ROWS = [
    KernelRow("avx512", 12, is_supported=False),
    KernelRow("avx2", 6, is_supported=True),
    KernelRow("sse2", 4, is_supported=True),
]


def test_all_kernels_of_the_processor_are_tried_in_turn() -> None:
    assert [row.name for row in chosen_kernels(ROWS, "")] == ["avx2", "sse2"]
    assert [row.name for row in chosen_kernels(ROWS, "sse2")] == ["sse2"]


def test_a_kernel_that_the_processor_lacks_cannot_start() -> None:
    with pytest.raises(CannotStartError, match=r"is avx512, and this processor lacks.*It can run: avx2, sse2") as error:
        chosen_kernels(ROWS, "avx512")
    assert error.value.exit_code == 3


def test_a_kernel_that_does_not_exist_is_a_wrong_value() -> None:
    with pytest.raises(ConfigurationError, match=r"'avx3', which is no Scrypt kernel.*avx2, sse2; off is") as error:
        chosen_kernels(ROWS, "avx3")
    assert error.value.exit_code == 2


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_can_be_chosen_by_a_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernel: Path, name: str
) -> None:
    lanes = row_named(ScryptKernel(kernel), name).lanes
    monkeypatch.setattr(scrypt_preparation, "built_scrypt_kernel", lambda folder: (kernel, ""))
    monkeypatch.setenv("MINERCONSOLE_SCRYPT_KERNEL", name)
    code = native_code(PLAN, tmp_path)
    assert (code.kernel, code.most_lanes, code.kernel_note) == (kernel, lanes, "")
    assert f"our {name} kernel" in prepare_scrypt(PLAN, code).tested


@pytest.fixture
def wide(kernel: Path) -> KernelRow:
    """A kernel of ours that hashes more than one header at once."""
    row = next((row for row in ScryptKernel(kernel).kernels if row.is_supported and row.lanes > 1), None)
    if row is None:
        pytest.skip("this processor has only the kernel of one header")
    return row


def test_a_kernel_that_gives_way_for_want_of_memory_is_said_with_the_missing_bytes(
    monkeypatch: pytest.MonkeyPatch, kernel: Path, wide: KernelRow
) -> None:
    needed = 128 * 1024 * wide.lanes
    monkeypatch.setattr(scrypt_preparation, "scratchpad_limit", lambda *_, **__: needed - 7)
    preparation = prepare_scrypt(PLAN, NativeCode(None, "", kernel, "", wide.lanes))
    (note,) = preparation.notes
    assert f"of {wide.lanes} headers at once needs {needed} bytes" in note and "7 bytes less" in note
    assert f"so {preparation.hashing} is used" in note and wide.name not in preparation.hashing


def test_a_forced_kernel_whose_memory_is_not_there_cannot_start(
    monkeypatch: pytest.MonkeyPatch, kernel: Path, wide: KernelRow
) -> None:
    monkeypatch.setattr(scrypt_preparation, "scratchpad_limit", lambda *_, **__: 128 * 1024 * wide.lanes - 1)
    monkeypatch.setattr(scrypt_preparation, "built_scrypt_kernel", lambda folder: (kernel, ""))
    monkeypatch.setenv("MINERCONSOLE_SCRYPT_KERNEL", wide.name)
    with pytest.raises(CannotStartError, match=r"1 bytes less.*Leave MINERCONSOLE_SCRYPT_KERNEL out") as caught:
        prepare_scrypt(PLAN, native_code(PLAN, kernel.parent))
    assert caught.value.code == "memory_short"


def test_a_forced_kernel_that_hashes_wrong_names_the_way_to_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernel: Path
) -> None:
    monkeypatch.setattr(scrypt_preparation, "built_scrypt_kernel", lambda folder: (kernel, ""))
    monkeypatch.setattr(scrypt_preparation, "kernel_trouble", lambda path, row: f"our {row.name} kernel is wrong")
    monkeypatch.setenv("MINERCONSOLE_SCRYPT_KERNEL", "portable")
    code = native_code(PLAN, tmp_path)
    assert code.kernel is None and "our portable kernel is wrong, so" in code.kernel_note
    assert code.kernel_note.endswith("leave MINERCONSOLE_SCRYPT_KERNEL out to have our other kernels tried")
    monkeypatch.delenv("MINERCONSOLE_SCRYPT_KERNEL")
    assert "MINERCONSOLE_SCRYPT_KERNEL" not in native_code(PLAN, tmp_path).kernel_note


def test_a_kernel_that_hashes_wrong_gives_way_to_the_next_one(monkeypatch: pytest.MonkeyPatch, kernel: Path) -> None:
    rows = [row for row in ScryptKernel(kernel).kernels if row.is_supported]
    troubles = {rows[0].lanes: "our first Scrypt kernel computes wrong hashes on this machine"}
    monkeypatch.setattr(scrypt_preparation, "kernel_trouble", lambda path, row: troubles.get(row.lanes, ""))
    code = first_good_kernel(kernel, rows)
    assert code.most_lanes == rows[1].lanes
    assert "computes wrong hashes" in code.kernel_note and f"our slower kernel {rows[1].name}" in code.kernel_note


def test_our_kernel_can_be_left_out_by_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINERCONSOLE_SCRYPT_KERNEL", "off")
    code = native_code(PLAN, tmp_path)
    assert code.kernel is None and "MINERCONSOLE_SCRYPT_KERNEL is off" in code.kernel_note


def test_huge_pages_that_scrypt_cannot_use_are_no_reason_to_stop(tmp_path: Path, kernel: Path) -> None:
    plan = Plan("offline", "LTC", "scrypt", (0,), huge_pages="on")
    preparation = prepare_scrypt(plan, NativeCode(None, "", kernel, ""))
    assert ["128 KiB needs no page of 2 MiB" in note for note in preparation.notes] == [True]


def test_the_pages_of_a_large_scratchpad_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernel: Path
) -> None:
    monkeypatch.setattr(scrypt_preparation, "algorithm_named", lambda name: with_n(1 << 16))
    assert prepare_scrypt(PLAN, NativeCode(None, "", kernel, "", most_lanes=1)).settings.pages_per_core == 4


def test_an_n_that_only_our_kernel_has_cannot_start_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrypt_preparation, "algorithm_named", lambda name: with_n(1 << 16))
    with pytest.raises(CannotStartError, match="install a C compiler"):
        prepare_scrypt(PLAN, NO_KERNEL)

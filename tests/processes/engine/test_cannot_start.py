"""What the machine does not allow: exit 3 with one sentence, before or instead of a first hash."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mining.algorithms.randomx.loader import library_candidates
from tests.support.mine import clean_environment, command_of, mining

LIMIT_BYTES = 300 << 20  # enough for the processes, not for the 256 MiB cache beside them
VARIABLE = "MINERCONSOLE_RANDOMX_LIBRARY"
ARGON_SALT = b"RandomX\x03"  # configuration.h of the library; with another one every hash is wrong


@pytest.fixture
def small_group() -> Iterator[Path]:
    """A memory control group with little memory; the test is skipped where none can be made."""
    v1 = Path("/sys/fs/cgroup/memory")
    is_v1 = (v1 / "memory.limit_in_bytes").exists()
    folder = (v1 if is_v1 else Path("/sys/fs/cgroup")) / f"minerconsole-test-{os.getpid()}"
    try:
        folder.mkdir()
        (folder / ("memory.limit_in_bytes" if is_v1 else "memory.max")).write_text(str(LIMIT_BYTES))
    except OSError as error:
        if folder.exists():
            folder.rmdir()
        pytest.skip(f"no memory control group can be made here ({error.strerror})")
    yield folder
    folder.rmdir()


def test_too_little_memory_for_light_mode_is_said_in_a_sentence(
    tmp_path: Path, small_group: Path, self_tested_home: Path
) -> None:
    def join_group() -> None:
        (small_group / "cgroup.procs").write_text(str(os.getpid()))

    with mining(tmp_path, "--offline", "--no-web", self_test=self_tested_home, prepare=join_group) as run:
        assert run.wait_end(30) == 3, run.story()
        run.was_cut_off = True
        said = f"{run.errors} {[event.get('sentence') for event in run.of_kind('log')]}"
        for part in ("MiB of memory are available", "even in light mode", "--threads 1"):
            assert part in said, said
        assert len(run.errors.splitlines()) == 1, run.errors
        run.wait_gone(2.0)


def run_with_library(home: Path, library: Path) -> subprocess.CompletedProcess[str]:
    words = command_of("mine", "--offline", "--light", "--no-web", "--plain", "--home", str(home))
    environment = clean_environment(**{VARIABLE: str(library)})
    return subprocess.run(
        words, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, env=environment, check=False
    )


def check_refused(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert done.returncode == 3, done
    assert "Traceback" not in done.stderr + done.stdout
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for part in parts:
        assert part in done.stderr, f"{part!r} is not in: {done.stderr}"
    assert "hash rate" not in done.stdout


def test_a_missing_library_is_named_with_the_way_to_get_it(tmp_path: Path) -> None:
    check_refused(run_with_library(tmp_path / "home", tmp_path / "librandomx.so"), str(tmp_path), "librandomx0")


@pytest.mark.soak
def test_a_file_that_is_no_library_is_named(tmp_path: Path) -> None:
    (tmp_path / "librandomx.so").write_text("not a library")
    check_refused(run_with_library(tmp_path / "home", tmp_path / "librandomx.so"), str(tmp_path), "librandomx0")


def test_a_library_that_fails_its_known_answers_never_mines(tmp_path: Path) -> None:
    content = library_candidates()[0][0].read_bytes()
    assert ARGON_SALT in content, "this library keeps its salt elsewhere"
    wrong = tmp_path / "librandomx.so"
    wrong.write_bytes(content.replace(ARGON_SALT, b"RandomX\x04"))
    check_refused(run_with_library(tmp_path / "home", wrong), str(wrong), "known answers")

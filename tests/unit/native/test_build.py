"""Compiling into the cache: the file is there whole or not at all, and nothing else is left behind."""

from __future__ import annotations

import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mining.native.build import built_hash_loop

# A compiler that writes a line into the file it is to make.
COMPILER = """#!/bin/sh
while [ "$1" != -o ]; do shift; done
echo "made by $$" > "$2"
"""


def _has_compiler(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Make `text` the only program there is."""
    (folder / "bin").mkdir()
    program = folder / "bin/cc"
    program.write_text(text)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))


def test_what_was_compiled_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _has_compiler(tmp_path, monkeypatch, COMPILER)
    path, sentence = built_hash_loop(tmp_path / "cache")
    assert path is not None and sentence == ""
    made = path.read_text()
    assert built_hash_loop(tmp_path / "cache") == (path, "")
    assert path.read_text() == made, "the second time nothing is compiled"
    assert list((tmp_path / "cache").iterdir()) == [path]


def test_two_that_build_at_once_both_get_a_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _has_compiler(tmp_path, monkeypatch, COMPILER)
    both_compiled = threading.Barrier(2, timeout=60)
    run = subprocess.run

    def run_and_wait(*arguments: object, **options: object) -> object:
        done = run(*arguments, **options)  # type: ignore[call-overload]
        both_compiled.wait()
        return done

    monkeypatch.setattr("mining.native.build.subprocess.run", run_and_wait)
    with ThreadPoolExecutor(2) as threads:
        builds = [threads.submit(built_hash_loop, tmp_path / "cache") for _ in range(2)]
        (first, _), (second, _) = [build.result() for build in builds]
    assert first is not None and first == second
    assert first.read_text().startswith("made by ")
    assert list((tmp_path / "cache").iterdir()) == [first]


@pytest.mark.parametrize("last", ["echo 'no space left' >&2; exit 1", "kill -KILL $$"], ids=["fails", "is killed"])
def test_a_compiler_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    _has_compiler(tmp_path, monkeypatch, COMPILER + last)
    path, sentence = built_hash_loop(tmp_path / "cache")
    assert path is None and "the hash loop" in sentence and "Python" in sentence
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _has_compiler(tmp_path, monkeypatch, COMPILER)
    (tmp_path / "cache").write_text("a file where the folder should be")
    path, sentence = built_hash_loop(tmp_path / "cache")
    assert path is None and os.strerror(17) in sentence

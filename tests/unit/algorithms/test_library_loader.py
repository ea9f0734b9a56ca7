"""The loader: which library is tried, what is said of each that is no good, and what is remembered."""

from __future__ import annotations

import ctypes
import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mining.algorithms.randomx import loader
from mining.algorithms.randomx.loader import VARIABLE, find_library, library_candidates
from mining.errors import CannotStartError, ExitCode
from tests.unit.algorithms.light_library import library_for

GOOD = {"v1": True, "v2": False, "failed": [], "jit": True, "hard_aes": True}
WRONG = {**GOOD, "v1": False, "failed": ["v1:a", "v1:f"]}


class _SelfTest:
    """Stands in for the process that runs the known answers; counts its runs."""

    def __init__(self, report: dict[str, object]) -> None:
        self.report = report
        self.runs = 0

    def __call__(self, path: Path, *arguments: Any) -> Any:
        self.runs += 1
        kind = getattr(loader, "SelfTestReport", None)
        return self.report if kind is None else msgspec.convert(self.report, kind)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is named as the library."""
    path = tmp_path / "librandomx.so"
    path.write_bytes(b"not a library, but its self-test is replaced")
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def _self_test(monkeypatch: pytest.MonkeyPatch, report: dict[str, object]) -> _SelfTest:
    made = _SelfTest(report)
    monkeypatch.setattr(loader, "_run_selftest", made)
    return made


def _refusal(algorithm: str = "rx/0") -> CannotStartError:
    with pytest.raises(CannotStartError) as caught:
        find_library(algorithm)
    assert caught.value.exit_code == ExitCode.CANNOT_START and "\n" not in caught.value.sentence
    return caught.value


def _libm() -> Path:
    """The file of the C library's mathematics, which this process has loaded or loads now."""
    ctypes.CDLL("libm.so.6")
    for line in Path("/proc/self/maps").read_text().splitlines():
        if "/libm" in line:
            return Path(line.split()[-1])
    pytest.skip("this machine has no libm.so.6 in a file of its own")


# --- which one ------------------------------------------------------------------------------------------------


def test_a_named_library_is_the_only_candidate(library: Path) -> None:
    assert library_candidates() == [(library, "environment")]


def test_the_system_s_library_goes_before_the_wheel_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(loader, "_system_library", lambda: Path("/usr/lib/librandomx.so.0"))
    origins = [origin for _, origin in library_candidates()]
    assert origins[0] == "system" and set(origins[1:]) <= {"wheel"}


def test_a_machine_without_a_library_is_told_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "library_candidates", lambda: [])
    error = _refusal()
    assert error.code == "library_missing" and "apt-get install librandomx0" in error.sentence


# --- no good --------------------------------------------------------------------------------------------------


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "gone.so"))
    assert f"{tmp_path}/gone.so cannot be read (No such file or directory)" in _refusal().sentence


def test_a_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert f"{tmp_path} cannot be read (Is a directory)" in _refusal().sentence


def test_a_text_file_is_not_a_library(library: Path) -> None:
    assert f"{library} is not a RandomX library" in _refusal().sentence


def test_another_library_is_not_a_randomx_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(_libm()))
    sentence = _refusal().sentence
    assert "is not a RandomX library" in sentence and "randomx_get_flags" in sentence


def test_a_library_that_fails_its_known_answers_is_named_with_them(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _self_test(monkeypatch, WRONG)
    error = _refusal()
    assert f"{library} fails its known answers (v1:a, v1:f)" in error.sentence and error.code == "library_unusable"


def test_a_library_that_does_not_know_the_algorithm_is_named(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _self_test(monkeypatch, GOOD)
    assert f"{library} does not know rx/2" in _refusal("rx/2").sentence


def test_after_a_bad_library_the_next_one_is_tried(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = library.with_name("gone.so")
    monkeypatch.setattr(loader, "library_candidates", lambda: [(gone, "system"), (library, "wheel")])
    _self_test(monkeypatch, GOOD)
    found = find_library()
    assert (found.path, found.origin, found.has_v1, found.has_v2) == (library, "wheel", True, False)


def test_a_library_that_is_wrong_for_rx_2_only_may_hash_rx_0(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _self_test(monkeypatch, {**GOOD, "failed": ["v2:c"]})
    assert find_library("rx/0").supports("rx/0")
    assert "fails its known answers (v2:c)" in _refusal("rx/2").sentence


# --- remembered -----------------------------------------------------------------------------------------------


def test_a_pass_is_remembered_for_the_same_bytes_wherever_they_lie(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    self_test = _self_test(monkeypatch, GOOD)
    find_library(cache_folder=tmp_path / "cache")
    find_library(cache_folder=tmp_path / "cache")
    shutil.copy(library, tmp_path / "copy.so")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "copy.so"))
    find_library(cache_folder=tmp_path / "cache")
    assert self_test.runs == 1


def test_other_bytes_under_the_same_name_are_tested_again(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    self_test = _self_test(monkeypatch, GOOD)
    find_library(cache_folder=tmp_path / "cache")
    library.write_bytes(b"an update of the system")
    self_test.report = WRONG
    with pytest.raises(CannotStartError, match="fails its known answers"):
        find_library(cache_folder=tmp_path / "cache")
    assert self_test.runs == 2


def test_another_processor_tests_again(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    self_test = _self_test(monkeypatch, GOOD)
    find_library(cache_folder=tmp_path / "cache")
    monkeypatch.setattr(loader, "_cpu_digest", lambda: "another one")
    find_library(cache_folder=tmp_path / "cache")
    find_library(cache_folder=tmp_path / "cache")
    assert self_test.runs == 2


def test_a_failure_is_not_remembered(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    self_test = _self_test(monkeypatch, WRONG)
    for _ in range(2):
        with pytest.raises(CannotStartError):
            find_library(cache_folder=tmp_path / "cache")
    assert self_test.runs == 2
    self_test.report = GOOD
    assert find_library(cache_folder=tmp_path / "cache").has_v1


@pytest.mark.parametrize("record", ["", "{", "[]", "null", '"x"', "\x00\xff", '{"key": 3}'])
def test_a_damaged_record_is_tested_anew_and_replaced(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: str
) -> None:
    self_test = _self_test(monkeypatch, GOOD)
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "randomx-selftest.json").write_text(record, encoding="latin-1")
    find_library(cache_folder=folder)
    assert self_test.runs == 1 and len(json.loads((folder / "randomx-selftest.json").read_text())) >= 1


def test_without_a_cache_folder_nothing_is_written(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(library.parent.iterdir())
    _self_test(monkeypatch, GOOD)
    find_library()
    assert sorted(library.parent.iterdir()) == before


def test_a_real_library_passes_all_its_answers_in_a_process_of_its_own(tmp_path: Path) -> None:
    library_for("rx/0")
    found = find_library("rx/0", cache_folder=tmp_path)
    assert found.supports("rx/0") and (found.path, found.origin) in library_candidates()
    assert (tmp_path / "randomx-selftest.json").exists()

"""The C files of our Scrypt kernels under the address and undefined-behaviour sanitizers, with random inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.native.scrypt_builds import (
    SANITIZERS,
    check_driver,
    compiled,
    lowered_flags,
    scrypt_kernel_in,
    supported_names,
)


def sanitized_driver(path: Path, *flags: str, without: str = "") -> Path:
    """The driver under the sanitizers, or a skip where the compiler has none."""
    done = compiled(path, *SANITIZERS, *flags, source="scrypt_driver.c", without=without)
    if done.returncode and ("asan" in done.stderr or "ubsan" in done.stderr):
        pytest.skip("the compiler has no sanitizers")
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sanitized_driver(tmp_path_factory.mktemp("native") / "scrypt_driver")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_inputs_run_clean_and_hash_right(driver: Path, seed: int, tmp_path: Path) -> None:
    names = check_driver(str(driver), str(seed))
    assert names == supported_names(scrypt_kernel_in(tmp_path))


@pytest.mark.soak
def test_the_text_of_the_avx512_kernel_runs_clean_and_hashes_right(tmp_path: Path) -> None:
    lowered = str(Path(__file__).with_name("lowered_avx512.c"))
    driver = sanitized_driver(tmp_path / "driver", lowered, *lowered_flags(), without="kernels.c")
    assert check_driver(str(driver), "4") == {"avx512 lowered", "portable"}

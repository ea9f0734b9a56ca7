"""Our Scrypt kernels under valgrind: no bad access, no use of unset memory, no leak.

It knows instructions up to AVX2. The sanitizers do not see memory that is read before it is written.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.unit.native.scrypt_builds import check_driver, compiled, lowered_flags

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
HIGHEST_POWER = "11"  # of N: valgrind is some thirty times slower
VALGRIND = ("valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=all")


@pytest.fixture(scope="module", autouse=True)
def needs_valgrind() -> None:
    if not shutil.which("valgrind"):
        pytest.skip("valgrind is not installed (apt-get install valgrind)")


@pytest.mark.parametrize("seed", ["1", "2"])
def test_random_inputs_run_clean_and_hash_right(tmp_path: Path, seed: str) -> None:
    done = compiled(tmp_path / "driver", source="scrypt_driver.c")
    assert done.returncode == 0, done.stderr
    names = check_driver(*VALGRIND, str(tmp_path / "driver"), seed, HIGHEST_POWER)
    assert "avx512" not in names and "portable" in names


def test_the_text_of_the_avx512_kernel_runs_clean_and_hashes_right(tmp_path: Path) -> None:
    lowered = str(Path(__file__).with_name("lowered_avx512.c"))
    done = compiled(tmp_path / "driver", lowered, *lowered_flags(), source="scrypt_driver.c", without="kernels.c")
    assert done.returncode == 0, done.stderr
    names = check_driver(*VALGRIND, str(tmp_path / "driver"), "3", HIGHEST_POWER)
    assert names == {"avx512 lowered", "portable"}

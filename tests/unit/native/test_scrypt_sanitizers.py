"""The C files of our Scrypt kernels under the address and undefined-behaviour sanitizers, with random inputs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.unit.native.plain_scrypt import oracle
from tests.unit.native.scrypt_builds import SANITIZERS, compiled


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("native") / "scrypt_driver"
    done = compiled(path, *SANITIZERS, source="scrypt_driver.c")
    if done.returncode and ("asan" in done.stderr or "ubsan" in done.stderr):
        pytest.skip("the compiler has no sanitizers")
    assert done.returncode == 0, done.stderr
    return path


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_inputs_run_clean_and_hash_right(driver: Path, seed: int) -> None:
    done = subprocess.run([str(driver), str(seed)], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert len(rows) > 20
    for n, header, found in rows:
        assert oracle(bytes.fromhex(header), int(n)).hex() == found

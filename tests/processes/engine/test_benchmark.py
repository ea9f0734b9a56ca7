"""`benchmark`: the check value, whatever the number of cores and with or without the C loop."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.mine import clean_environment, command_of
from tests.support.prepared_home import copy_prepared

CHECK_OF_TEN_THOUSAND = {"rx/0": "4A597463865ACF0E", "rx/2": "57D2051D099613A4"}


def benchmark(home: Path, *options: str, timeout_s: float = 120, **environment: str) -> dict[str, Any]:
    """Run it and return its JSON object."""
    done = subprocess.run(
        command_of("benchmark", "--json", "--home", str(home), *options),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env=clean_environment(**environment),
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.soak
def test_the_check_value_does_not_depend_on_the_number_of_cores_or_on_the_c_loop(
    tmp_path: Path, measured: Callable[[str], None]
) -> None:
    copy_prepared(tmp_path / "a")
    two = benchmark(tmp_path / "a", "--light", "--hashes", "40", "--threads", "2")
    one = benchmark(tmp_path / "a", "--light", "--hashes", "40", "--threads", "1")
    assert list((tmp_path / "a/cache").glob("hash_loop-*.so")), "this machine has a compiler in its tests"
    python = benchmark(tmp_path / "b", "--light", "--hashes", "40", PATH=str(tmp_path))
    assert not list((tmp_path / "b/cache").glob("hash_loop-*.so"))
    assert one["check"] == two["check"] == python["check"]
    assert [result["hashes"] for result in (one, two, python)] == [40, 40, 40]
    assert one["threads"] == 1 and two["threads"] == 2
    measured(f"benchmark, 40 hashes, light: {one['check']} on 1 and 2 cores, in C and in Python")


def test_the_check_value_of_scrypt_is_the_known_one_with_our_kernel_and_with_hashlib(
    tmp_path: Path, measured: Callable[[str], None]
) -> None:
    copy_prepared(tmp_path)
    ours = benchmark(tmp_path, "--algorithm", "scrypt", "--hashes", "10K", "--threads", "2")
    plain = benchmark(tmp_path, "--algorithm", "scrypt", "--hashes", "1K", MINERCONSOLE_SCRYPT_KERNEL="off")
    for result in (ours, plain):
        assert result["ok"] is True and (result["mode"], result["dataset_seconds"]) == ("none", None)
    assert "kernel" in ours["library"] and "hashlib" in plain["library"]
    assert (ours["threads"], ours["hashes"], plain["hashes"]) == (2, 10_000, 1_000)
    measured(f"benchmark scrypt 10K, 2 cores: {ours['check']}, {ours['hashrate_hps']} H/s, {ours['library']}")


def test_light_mode_is_refused_for_an_algorithm_that_has_none(tmp_path: Path) -> None:
    command = command_of("benchmark", "--algorithm", "scrypt", "--light", "--home", str(tmp_path))
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, env=clean_environment())
    assert done.returncode == 2 and done.stderr == "scrypt has no light mode. Leave --light out.\n"


def test_an_unlisted_count_has_no_expected_value(tmp_path: Path) -> None:
    copy_prepared(tmp_path)
    result = benchmark(tmp_path, "--light", "--hashes", "20", "--threads", "1")
    assert result["expected"] is None and result["ok"] is None


@pytest.mark.parametrize(
    "hashes", ["ten", "101M", *(pytest.param(text, marks=pytest.mark.soak) for text in ("0", "-5", "1.5K"))]
)
def test_a_wrong_count_is_one_sentence(tmp_path: Path, hashes: str) -> None:
    done = subprocess.run(
        command_of("benchmark", f"--hashes={hashes}", "--home", str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=30,
        env=clean_environment(),
    )
    assert done.returncode == 2
    assert hashes in done.stderr and len(done.stderr.strip().splitlines()) == 1, done.stderr


@pytest.mark.soak
@pytest.mark.parametrize("algorithm", ["rx/0", "rx/2"])
def test_ten_thousand_hashes_give_the_check_value_of_xmrig(
    tmp_path: Path, algorithm: str, measured: Callable[[str], None]
) -> None:
    for threads in range(1, len(os.sched_getaffinity(0)) + 1)[:2]:
        result = benchmark(
            tmp_path,
            *("--algorithm", algorithm, "--hashes", "10K", "--threads", str(threads)),
            timeout_s=900,
        )
        assert result["ok"] is True and result["check"] == CHECK_OF_TEN_THOUSAND[algorithm]
        rate, mode = result["hashrate_hps"], result["mode"]
        measured(f"{algorithm} 10K, {threads} cores, {mode}: {result['check']}, {rate} H/s, {result['library']}")

"""The whole miner with Scrypt, offline: shares that our own re-hash confirmed, and no RandomX library is needed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mining.native.build import built_scrypt_kernel
from mining.native.scrypt_kernel import ScryptKernel
from tests.support.mine import START_S, clean_environment, command_of

Mine = Callable[..., Any]


@pytest.mark.parametrize("kernel", ["off", pytest.param("portable", marks=pytest.mark.soak)])
def test_scrypt_is_mined_without_a_library_by_our_kernel_and_by_hashlib(mine: Mine, kernel: str) -> None:
    environment = clean_environment(MINERCONSOLE_RANDOMX_LIBRARY="/nowhere", MINERCONSOLE_SCRYPT_KERNEL=kernel)
    with mine("--algorithm", "scrypt", "--difficulty", "500", environment=environment) as run:
        run.wait_event("share", outcome="accepted", timeout_s=START_S)
        frame = run.wait_frame(lambda frame: bool(frame["hashrate_hps"]["s10"]))
        assert run.pid_titled("host scrypt")
        said = [event["sentence"] for event in run.of_kind("log")]
    memory, summary = frame["memory"], run.summary
    assert (memory["mode"], memory["dataset_s"], memory["huge_pages"]["wanted"]) == ("none", None, 0)
    assert frame["algorithm"] == "scrypt" and frame["job"]["seed"] is None
    assert summary["accepted"] == summary["found"] == summary["candidates"] > 0 and summary["invalid"] == 0
    assert not any("RandomX" in sentence or "light mode" in sentence for sentence in said), said
    assert any(("hashlib" if kernel == "off" else "our portable kernel") in sentence for sentence in said), said


def test_a_forced_kernel_that_the_processor_lacks_ends_the_command_with_one_sentence(tmp_path: Path) -> None:
    path, _ = built_scrypt_kernel(tmp_path / "home" / "cache")
    lacking = [row.name for row in ScryptKernel(path).kernels if not row.is_supported] if path else []
    if not lacking:
        pytest.skip("this processor has what each of our kernels needs")
    done = subprocess.run(
        command_of("mine", "--offline", "--algorithm", "scrypt", "--no-web", "--home", str(tmp_path / "home")),
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env=clean_environment(MINERCONSOLE_SCRYPT_KERNEL=lacking[0]),
        check=False,
    )
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (3, 1), done
    assert f"MINERCONSOLE_SCRYPT_KERNEL is {lacking[0]}, and this processor lacks" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout and "hash rate" not in done.stdout

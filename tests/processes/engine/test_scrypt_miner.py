"""The whole miner with Scrypt, offline: shares that our own re-hash confirmed, and no RandomX library is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.mine import clean_environment

Mine = Callable[..., Any]


@pytest.mark.parametrize("kernel", ["off", pytest.param("portable", marks=pytest.mark.soak)])
def test_scrypt_is_mined_without_a_library_by_our_kernel_and_by_hashlib(mine: Mine, kernel: str) -> None:
    environment = clean_environment(MINERCONSOLE_RANDOMX_LIBRARY="/nowhere", MINERCONSOLE_SCRYPT_KERNEL=kernel)
    with mine("--algorithm", "scrypt", "--difficulty", "500", environment=environment) as run:
        run.wait_event("share", outcome="accepted", timeout_s=60)
        frame = run.wait_frame(lambda frame: bool(frame["hashrate_hps"]["s10"]))
        assert run.pid_titled("host scrypt")
        said = [event["sentence"] for event in run.of_kind("log")]
    memory, summary = frame["memory"], run.summary
    assert (memory["mode"], memory["dataset_s"], memory["huge_pages"]["wanted"]) == ("none", None, 0)
    assert frame["algorithm"] == "scrypt" and frame["job"]["seed"] is None
    assert summary["accepted"] == summary["found"] == summary["candidates"] > 0 and summary["invalid"] == 0
    assert not any("RandomX" in sentence or "light mode" in sentence for sentence in said), said
    assert any(("hashlib" if kernel == "off" else "our portable kernel") in sentence for sentence in said), said

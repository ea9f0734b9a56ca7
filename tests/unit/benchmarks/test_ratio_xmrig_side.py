"""How xmrig is started and read, without xmrig."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ratio.peer_version import version_of
from benchmarks.ratio.xmrig_side import bench_command, rate_in
from mining.errors import CannotStartError


def command(cores: tuple[int, ...]) -> list[str]:
    return bench_command(Path("/opt/xmrig"), cores, port=4000, token="t")


def test_xmrig_listens_on_loopback_and_leaves_the_registers_alone() -> None:
    found = command((0,))
    assert found[:3] == ["/opt/xmrig", "--bench=10M", "--threads=1"]
    assert "--http-host=127.0.0.1" in found
    assert "--randomx-wrmsr=-1" in found


def test_the_affinity_is_a_mask_of_the_cores() -> None:
    assert "--cpu-affinity=0x5" in command((0, 2))


def test_cores_beyond_the_mask_are_left_to_the_kernel_until_they_are_placed() -> None:
    assert not [word for word in command((0, 64)) if "affinity" in word]


def test_the_rate_is_that_of_the_window() -> None:
    summary = {"hashrate": {"total": [501.25, 499.5, None], "highest": 502.0}}
    assert rate_in(summary, 10) == 501.25
    assert rate_in(summary, 60) == 499.5


def test_a_window_that_is_not_full_has_no_rate() -> None:
    assert rate_in({"hashrate": {"total": [501.25, None, None]}}, 60) is None


def test_a_missing_binary_is_named() -> None:
    with pytest.raises(CannotStartError, match=r"/nowhere/xmrig cannot be run: No such file"):
        version_of(Path("/nowhere/xmrig"))

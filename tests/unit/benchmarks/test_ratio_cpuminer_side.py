"""How cpuminer-opt is started and read, without cpuminer-opt."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.ratio.cpuminer_side import benchmark_command, features_in, rates_in

TEXT = """
CPU features:  AVX2   VAES SHA256
SW features:   AVX2    AES

[2026-11-28 16:00:00] Total: 980.25 H/s
[2026-11-28 16:00:10] Total: 12.50 kH/s
[2026-11-28 16:00:15] Total: 13.50 kH/s
"""


def at(text: str) -> float:
    """A moment of the log as Unix seconds."""
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))


def test_it_hashes_scrypt_with_a_thread_on_each_core() -> None:
    found = benchmark_command(Path("/opt/cpuminer"), (0, 2))
    assert found[:3] == ["/opt/cpuminer", "--algo=scrypt", "--benchmark"]
    assert "--threads=2" in found and "--cpu-affinity=0x5" in found


def test_rates_before_the_interval_do_not_count() -> None:
    assert rates_in(TEXT, at("2026-11-28 16:00:05")) == [12_500.0, 13_500.0]
    assert rates_in(TEXT, at("2026-11-28 16:00:16")) == []


def test_a_rate_without_a_scale_is_in_hashes() -> None:
    assert rates_in(TEXT, 0.0)[0] == 980.25


def test_the_build_says_what_it_uses() -> None:
    assert features_in(TEXT) == "AVX2 AES"

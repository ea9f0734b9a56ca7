"""The command line of peer_ratio.py."""

from __future__ import annotations

import pytest

from benchmarks.peer_ratio import check_kernel, parse
from benchmarks.ratio.peers import PEERS
from mining.errors import ConfigurationError


def test_both_parts_of_eight_pairs_of_a_minute_are_the_default() -> None:
    options = parse(["--peer", "/opt/xmrig"])
    assert (options.pairs, options.seconds, options.parts) == (8, 60, ("one-core", "all-cores"))


def test_one_part_can_be_chosen() -> None:
    assert parse(["--peer", "x", "--part", "all-cores"]).parts == ("all-cores",)


def test_a_forced_scrypt_kernel_is_refused_against_a_program_that_hashes_randomx() -> None:
    xmrig, cpuminer = PEERS
    check_kernel("avx2", cpuminer)
    check_kernel("", xmrig)
    with pytest.raises(ConfigurationError, match=r"--scrypt-kernel avx2 .* XMRig"):
        check_kernel("avx2", xmrig)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "--peer"),
        (["--peer", "x", "--seconds", "65"], "--seconds 65 is not a multiple of 10"),
        (["--peer", "x", "--seconds", "0"], "--seconds 0"),
        (["--peer", "x", "--pairs", "0"], "out of range"),
        (["--peer", "x", "--seconds", "6000"], "out of range"),
        (["--peer", "x", "--part", "half"], "half"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_sentence(words: list[str], sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        parse(words)
    assert sentence in refusal.value.sentence
    assert "\n" not in refusal.value.sentence

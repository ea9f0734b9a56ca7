"""Frames → observations: differences of absolute values, over restarts, gaps and changes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from mining.telemetry.frame import CoreRow, Frame, Intensity, Shares, System, frame_from_json
from mining.telemetry.sampling import MOST_BETWEEN_S, FrameSampler

EXAMPLE = frame_from_json((Path(__file__).parents[2] / "vectors" / "frame_v1.json").read_bytes())


def frame(seq: int, at: float, hashes: dict[int, int], *, accepted: int = 0, **changes: object) -> Frame:
    cores = [CoreRow(core, "hashing", None, count, 0, None, 50.0 + core) for core, count in hashes.items()]
    shares = changes.pop("shares", Shares(found=accepted, accepted=accepted, difficulty_accepted=1000 * accepted))
    values = {
        "epoch": "E1", "algorithm": "rx/0", "cores": cores, "shares": shares,
        "intensity": Intensity(100, 98.5), "system": System(cpu_percent=None), **changes,
    }  # fmt: skip
    return msgspec.structs.replace(EXAMPLE, seq=seq, at=at, **values)


def test_the_hash_rate_is_what_the_cores_made_by_the_time_between() -> None:
    sampler = FrameSampler()
    assert sampler.observe(frame(1, 100.0, {0: 10, 1: 20})) is None
    seen = sampler.observe(frame(2, 102.0, {0: 110, 1: 220}, accepted=1))
    assert seen is not None and (seen.start, seen.end, seen.algorithm) == (100.0, 102.0, "rx/0")
    assert seen.means == {"hashrate": 150.0, "intensity": 98.5, "temperature": 51.0}
    assert seen.sums["accepted"] == 1 and seen.sums["credited"] == 1000


def test_a_core_that_counts_from_nought_again_and_one_that_is_new_invent_no_hashes() -> None:
    sampler = FrameSampler()
    sampler.observe(frame(1, 100.0, {0: 5000, 1: 70}))
    seen = sampler.observe(frame(2, 101.0, {0: 30, 2: 9999}))
    assert seen is not None and seen.means["hashrate"] == 30.0


@pytest.mark.parametrize("at", [100.0 + MOST_BETWEEN_S + 0.1, 99.0, 100.0])
def test_a_missing_time_and_a_clock_that_jumps_are_gaps_but_lose_no_share(at: float) -> None:
    sampler = FrameSampler()
    sampler.observe(frame(1, 100.0, {0: 10}))
    seen = sampler.observe(frame(9, at, {0: 900}, accepted=4))
    assert seen is not None and seen.start == seen.end == at and seen.means == {} and seen.sums["accepted"] == 4


def test_a_new_supervisor_counts_from_nought() -> None:
    sampler = FrameSampler()
    sampler.observe(frame(50, 100.0, {0: 1000}, accepted=7))
    seen = sampler.observe(frame(1, 101.0, {0: 10}, accepted=1, epoch="E2"))
    assert seen is not None and seen.means == {} and seen.sums["accepted"] == 1


def test_shares_of_a_change_of_the_algorithm_belong_to_the_one_before() -> None:
    sampler = FrameSampler()
    sampler.observe(frame(1, 100.0, {0: 10}))
    seen = sampler.observe(frame(2, 101.0, {0: 500}, accepted=1, algorithm="scrypt"))
    assert seen is not None and (seen.algorithm, seen.means) == ("rx/0", {})
    seen = sampler.observe(frame(3, 102.0, {0: 700}, accepted=1, algorithm="scrypt"))
    assert seen is not None and (seen.algorithm, seen.means["hashrate"]) == ("scrypt", 200.0)


def test_a_frame_that_comes_again_counts_once() -> None:
    sampler = FrameSampler()
    sampler.observe(frame(1, 100.0, {0: 10}))
    assert sampler.observe(frame(2, 101.0, {0: 20}, accepted=1)) is not None
    assert sampler.observe(frame(2, 101.0, {0: 20}, accepted=1)) is None
    assert sampler.observe(frame(1, 100.0, {0: 10})) is None
    seen = sampler.observe(frame(3, 102.0, {0: 30}, accepted=1))
    assert seen is not None and seen.means["hashrate"] == 10.0 and seen.sums["accepted"] == 0


def test_the_work_of_an_algorithm_is_counted_once_over_changes_there_and_back() -> None:
    sampler = FrameSampler()
    told = [("rx/0", 1000), ("rx/0", 3000), ("scrypt", 5), ("scrypt", 50), ("rx/0", 3000), ("rx/0", 4000)]
    counted: dict[str, float] = {}
    for seq, (algorithm, work) in enumerate(told, start=1):
        shares = Shares(found=seq, accepted=seq, difficulty_accepted=work)
        seen = sampler.observe(frame(seq, 100.0 + seq, {0: 10 * seq}, shares=shares, algorithm=algorithm))
        if seen is not None:
            counted[seen.algorithm] = counted.get(seen.algorithm, 0.0) + seen.sums["credited"]
    assert counted == {"rx/0": 4000.0, "scrypt": 50.0}

"""The result for programs and for people."""

from __future__ import annotations

import json

import pytest

from benchmarks.ratio.measuring import Half, Measured, Pair
from benchmarks.ratio.process_facts import PageKinds
from benchmarks.ratio.report import Part, part_lines, part_notes, result_object

HUGE = PageKinds(hugetlb=2082, thp=0, resident=12)
SMALL = PageKinds(hugetlb=2, thp=0, resident=2100)


def pair(ratio: float, cpu_share: float = 1.0) -> Pair:
    half = Half(Measured(500.0 * ratio, cpu_share, (0,)), Measured(500.0, 1.0, (1,)))
    return Pair((half, half), ratio)


def part(ratios: list[float]) -> Part:
    programs: dict[str, dict[str, object]] = {
        "ours": {"name": "MinerConsole 1", "mapped_mib": HUGE.as_dict()},
        "theirs": {"name": "XMRig 6.26.0", "mapped_mib": HUGE.as_dict()},
    }
    return Part("one-core", (0, 1), tuple(pair(ratio) for ratio in ratios), programs, ())


def test_the_object_has_ratio_interval_and_every_pair() -> None:
    found = result_object([part([0.99, 1.0, 1.01, 0.98, 1.02, 1.0])], settings={"pairs": 6}, pages="")
    (only,) = json.loads(json.dumps(found))["parts"]
    assert only["ratio"] == 1.0
    assert (only["interval"]["low"], only["interval"]["high"]) == (0.98, 1.02)
    assert only["interval"]["method"] == "order statistics of the median"
    assert len(only["pairs"]) == 6 and only["pairs"][0]["halves"][0]["ours"]["hashrate_hps"] == 495.0
    assert found["machine"]


def test_too_few_pairs_are_said_to_give_no_interval() -> None:
    few = part([0.99])
    assert few.as_dict()["interval"] is None
    assert "no 95 % interval from 1 pair(s)" in part_lines(few)[0]


def test_the_interval_is_told_with_its_ranks_and_coverage() -> None:
    line = part_lines(part([0.99 + number / 1000 for number in range(9)]))[0]
    assert "ours / theirs = 0.9940, 95 % interval 0.9910 to 0.9970" in line
    assert "ranks 2 and 8 of 9, coverage 96.1%" in line


def test_a_program_on_small_pages_spoils_the_comparison_by_name() -> None:
    (note,) = part_notes([pair(1.0)], {"ours": SMALL, "theirs": HUGE})
    assert note.startswith("ours did NOT run on huge pages (2 MiB hugetlb")


def test_disturbed_readings_are_counted() -> None:
    (note,) = part_notes([pair(1.0), pair(0.9, cpu_share=0.9)], {"ours": HUGE, "theirs": HUGE})
    assert note.startswith("2 of 8 readings were disturbed")
    assert "0.900" in note


def test_the_ratio_by_cpu_time_takes_out_what_others_used() -> None:
    assert pair(0.9, cpu_share=0.9).ratio_per_cpu_s == pytest.approx(1.0)


def test_a_fair_part_has_no_note() -> None:
    assert part_notes([pair(1.0)], {"ours": HUGE, "theirs": HUGE}) == ()

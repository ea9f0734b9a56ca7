"""The result as an object and as lines for a person. Pure but for the facts of the machine."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.ratio.measuring import Measured, Pair
from benchmarks.ratio.process_facts import PageKinds
from benchmarks.ratio.statistics import CONFIDENCE, Interval, median, median_interval
from mining.hardware.sysfs import cpu_info, memory_info

SCHEMA = 1
DATASET_MIB = 2080
DISTURBED_BELOW = 0.98
_HEADINGS = {
    "one-core": "one core each, both at once, swapped",
    "same-core": "one and the same core, in alternation",
    "all-cores": "all cores, in alternation",
}
_METHOD = "order statistics of the median"


@dataclass(frozen=True, slots=True)
class Part:
    """One part (`one-core`, `same-core`, `all-cores`): its pairs, what both ran on, and what a reader must know."""

    name: str
    cores: tuple[int, ...]
    pairs: tuple[Pair, ...]
    programs: dict[str, dict[str, object]]
    notes: tuple[str, ...]

    @property
    def ratios(self) -> list[float]:
        """Ratio ours / theirs of each pair."""
        return [pair.ratio for pair in self.pairs]

    def as_dict(self) -> dict[str, object]:
        """The object in the JSON output."""
        interval = median_interval(self.ratios)
        return {
            "part": self.name,
            "cores": list(self.cores),
            "ratio": round(median(self.ratios), 5),
            "interval": _interval_object(interval),
            "ratios": [round(ratio, 5) for ratio in self.ratios],
            "ratio_per_cpu_s": round(median([pair.ratio_per_cpu_s for pair in self.pairs]), 5),
            "pairs": [asdict(pair) for pair in self.pairs],
            "programs": self.programs,
            "notes": list(self.notes),
        }


def _interval_object(interval: Interval | None) -> dict[str, object] | None:
    if interval is None:
        return None
    return {
        "low": round(interval.low, 5),
        "high": round(interval.high, 5),
        "confidence": CONFIDENCE,
        "coverage": round(interval.coverage, 4),
        "method": _METHOD,
        "rank": interval.rank,
    }


def part_notes(pairs: Sequence[Pair], pages: dict[str, PageKinds], dataset_mib: int = DATASET_MIB) -> tuple[str, ...]:
    """Return what makes a part less than a fair comparison: pages that are not huge, cores that others used.

    `dataset_mib`: what each should have on huge pages.
    """
    notes = [
        f"{side} did NOT run on huge pages ({kinds.hugetlb} MiB hugetlb, {kinds.thp} MiB transparent of {dataset_mib}):"
        " the ratio is not one of equals."
        for side, kinds in pages.items()
        if not kinds.has_huge(dataset_mib)
    ]
    shares = [measured.cpu_share for pair in pairs for half in pair.halves for measured in (half.ours, half.theirs)]
    disturbed = sum(share < DISTURBED_BELOW for share in shares)
    if disturbed:
        by_cpu_time = median([pair.ratio_per_cpu_s for pair in pairs])
        notes.append(
            f"{disturbed} of {len(shares)} readings were disturbed: other programs took more than 2 % of a core (least"
            f" share {min(shares):.3f}). By CPU time the ratio is {by_cpu_time:.4f}."
        )
    return tuple(notes)


def machine_facts(root: Path = Path("/")) -> dict[str, object]:
    """Return what the figures depend on."""
    info = cpu_info(root)
    return {
        "cpu": info.get("model name") or info.get("Model") or platform.machine(),
        "family": info.get("cpu family"),
        "model": info.get("model"),
        "is_virtual": "hypervisor" in info.get("flags", "").split(),
        "cpus": os.cpu_count(),
        "memory_mib": memory_info(root).get("MemTotal", 0) >> 20,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load1": round(os.getloadavg()[0], 2),
    }


def result_object(parts: Sequence[Part], *, settings: dict[str, object], pages: str) -> dict[str, object]:
    """Return the object of --json."""
    return {
        "schema": SCHEMA,
        "at": round(time.time(), 1),
        "machine": machine_facts(),
        "settings": settings,
        "huge_pages": pages,
        "parts": [part.as_dict() for part in parts],
    }


def part_lines(part: Part) -> list[str]:
    """Return the result of a part for a person."""
    heading = _HEADINGS[part.name]
    interval = median_interval(part.ratios)
    count = len(part.pairs)
    if interval is None:
        said = f"no 95 % interval from {count} pair(s): at least 6 are needed"
    else:
        said = (
            f"95 % interval {interval.low:.4f} to {interval.high:.4f}"
            f" ({_METHOD}, ranks {interval.rank} and {count + 1 - interval.rank} of {count},"
            f" coverage {interval.coverage:.1%})"
        )
    lines = [f"{heading}: ours / theirs = {median(part.ratios):.4f}, {said}"]
    for side, facts in part.programs.items():
        lines.append(f"  {side}: {facts['name']}, MiB mapped {facts['mapped_mib']}")
    return lines + [f"  note: {note}" for note in part.notes]


def pair_line(number: int, pair: Pair) -> str:
    """Return one finished pair for a person."""
    halves = "; ".join(f"ours {_rate(half.ours)}, theirs {_rate(half.theirs)}" for half in pair.halves)
    return f"  pair {number}: {pair.ratio:.4f} ({halves})"


def _rate(measured: Measured) -> str:
    core = f" on {measured.cores[0]}" if len(measured.cores) == 1 else ""
    return f"{measured.hashrate_hps:.1f} H/s{core} with {measured.cpu_share:.1%} CPU"

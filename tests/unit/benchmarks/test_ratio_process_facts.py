"""What /proc tells of a process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.ratio.process_facts import PageKinds, busy_threads, mapped_file, page_kinds, thread_cpu_s

TICKS = os.sysconf("SC_CLK_TCK")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_cpu_time_is_user_plus_system_whatever_the_thread_is_called(tmp_path: Path) -> None:
    before = " ".join(["0"] * 10)
    write(tmp_path / "7/task/8/stat", f"8 (a) R 9 9 (b) R {before} {3 * TICKS} {TICKS} 0 0")
    assert thread_cpu_s(7, tmp_path) == {8: pytest.approx(4.0)}


def test_a_process_that_is_gone_has_no_threads(tmp_path: Path) -> None:
    write(tmp_path / "7/task/8/stat", "")
    assert thread_cpu_s(7, tmp_path) == {}
    assert thread_cpu_s(99, tmp_path) == {}


def test_the_hashing_threads_are_those_that_use_cpu_time() -> None:
    before = {1: 5.0, 2: 40.0, 3: 1.0}
    after = {1: 5.9, 2: 40.0, 3: 1.95, 4: 3.0}
    assert busy_threads(before, after, least_s=0.1) == [1, 3]


def test_pages_are_told_apart_by_kind(tmp_path: Path) -> None:
    lines = [
        "5581e000-7ffd5000 ---p 00000000 00:00 0    [rollup]",
        "Rss:              310272 kB",
        "AnonHugePages:    262144 kB",
        "ShmemPmdMapped:     2048 kB",
        "Shared_Hugetlb:  2129920 kB",
        "Private_Hugetlb:    2048 kB",
    ]
    write(tmp_path / "7/smaps_rollup", "\n".join(lines))
    assert page_kinds(7, tmp_path) == PageKinds(hugetlb=2082, thp=258, resident=303)


def test_unreadable_pages_count_as_none(tmp_path: Path) -> None:
    assert page_kinds(7, tmp_path) == PageKinds(0, 0, 0)


def test_a_dataset_on_small_pages_is_not_on_huge_ones() -> None:
    assert PageKinds(hugetlb=2082, thp=0, resident=20).has_huge(2080)
    assert PageKinds(hugetlb=2, thp=2080, resident=2100).has_huge(2080)
    assert not PageKinds(hugetlb=2, thp=16, resident=2100).has_huge(2080)


def test_the_library_is_the_file_that_is_mapped(tmp_path: Path) -> None:
    lines = [
        "55d0-55d1 r-xp 00000000 08:01 11 /opt/randomx-tools/bin/python3.11",
        "7f10-7f20 rw-p 00000000 00:00 0",
        "7f20-7f30 r-xp 00001000 08:01 12 /usr/lib/x86_64-linux-gnu/librandomx.so.0.0.0",
    ]
    write(tmp_path / "7/maps", "\n".join(lines))
    assert mapped_file(7, "randomx|cyrx", tmp_path) == "/usr/lib/x86_64-linux-gnu/librandomx.so.0.0.0"
    assert mapped_file(7, "absent", tmp_path) is None
    assert mapped_file(8, "randomx", tmp_path) is None

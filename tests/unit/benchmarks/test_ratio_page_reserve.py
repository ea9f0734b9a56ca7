"""Huge pages for both programs, and the kernel's numbers put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ratio.page_reserve import PageReserve, pages_for_both

POOL = "sys/kernel/mm/hugepages/hugepages-2048kB"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with 16 GiB free, 3 reserved huge pages, one of them in use."""
    numbers = {"nr": 3, "free": 2, "resv": 0, "surplus": 0}
    for name, value in numbers.items():
        write(tmp_path, f"{name}_hugepages", value)
    write(tmp_path, "nr_overcommit_hugepages", 40)
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 24000000 kB\nMemAvailable: 16777216 kB\n")
    return tmp_path


def write(root: Path, name: str, value: int) -> None:
    path = root / POOL / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{value}\n")


def read(root: Path, name: str) -> int:
    return int((root / POOL / name).read_text())


def test_both_datasets_and_all_scratchpads_are_counted() -> None:
    assert pages_for_both(2) >= 2 * 1040 + 2 * 2 + 128


def test_the_pool_is_raised_by_what_is_missing_and_put_back(root: Path) -> None:
    with PageReserve(100, root=root, is_root=True) as reserve:
        assert read(root, "nr_hugepages") == 3 + 98
        assert "raised from 3 to 101" in reserve.sentence
    assert read(root, "nr_hugepages") == 3
    assert read(root, "nr_overcommit_hugepages") == 40


def test_what_xmrig_raised_by_itself_is_put_back_too(root: Path) -> None:
    with PageReserve(2, root=root, is_root=True) as reserve:
        assert "nothing was changed" in reserve.sentence
        write(root, "nr_hugepages", 1200)
    assert read(root, "nr_hugepages") == 3


def test_surplus_pages_of_a_running_engine_do_not_become_reserved_ones(root: Path) -> None:
    write(root, "nr_hugepages", 1043)
    write(root, "surplus_hugepages", 1040)
    with PageReserve(100, root=root, is_root=True) as reserve:
        assert read(root, "nr_hugepages") == 1043 + 98
        assert "vm.nr_hugepages=3)" in reserve.sentence
    assert read(root, "nr_hugepages") == 3


def test_an_interrupt_puts_it_back(root: Path) -> None:
    with pytest.raises(KeyboardInterrupt), PageReserve(100, root=root, is_root=True):
        raise KeyboardInterrupt
    assert read(root, "nr_hugepages") == 3


def test_the_raise_of_another_engine_meanwhile_is_kept(root: Path) -> None:
    with PageReserve(100, root=root, is_root=True):
        write(root, "nr_overcommit_hugepages", 1043)
    assert read(root, "nr_overcommit_hugepages") == 1043


def test_without_root_nothing_is_touched_and_the_sentence_says_so(root: Path) -> None:
    with PageReserve(100, root=root, is_root=False) as reserve:
        assert read(root, "nr_hugepages") == 3
    assert reserve.sentence.startswith("Not root")
    assert "42 of the 100 pages" in reserve.sentence


def test_memory_that_is_not_there_is_not_reserved(root: Path) -> None:
    (root / "proc/meminfo").write_text("MemTotal: 4000000 kB\nMemAvailable: 102400 kB\n")
    with PageReserve(100, root=root, is_root=True) as reserve:
        assert read(root, "nr_hugepages") == 3
    assert "98 huge pages are missing and memory for 50 is free" in reserve.sentence


def test_a_kernel_without_huge_pages_is_named(tmp_path: Path) -> None:
    with PageReserve(100, root=tmp_path, is_root=True) as reserve:
        assert "no 2 MiB huge pages" in reserve.sentence

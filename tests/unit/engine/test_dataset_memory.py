"""Which memory a dataset gets: the best kind that this kernel offers, with the reason when it is not the best."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mining.engine import memory
from mining.engine.memory import (
    DATASET_PAGES,
    MAPPED_BYTES,
    DatasetMemory,
    create_dataset_memory,
    huge_pages_under,
    thp_modes,
)
from mining.errors import CannotStartError, ExitCode


@pytest.fixture
def no_hugetlb(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without free huge pages."""
    monkeypatch.setattr(memory, "_hugetlb", lambda: (None, "no huge pages are free"))


def _closed(made: DatasetMemory) -> DatasetMemory:
    if made.fd >= 0:
        assert os.fstat(made.fd).st_size == MAPPED_BYTES
        os.close(made.fd)
    return made


def test_a_dataset_takes_1040_huge_pages() -> None:
    assert DATASET_PAGES == 1040 and MAPPED_BYTES == 1040 * 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("anonymous", "shared", "kind", "is_shared"),
    [
        ("never", "advise", "shmem_thp", True),
        ("madvise", "always", "shmem_thp", True),
        ("madvise", "never", "anon_thp", False),
        ("always", "deny", "anon_thp", False),
        ("never", "never", "shmem", True),
    ],
)
@pytest.mark.usefixtures("no_hugetlb")
def test_without_huge_pages_the_kernel_s_transparent_ones_decide(
    monkeypatch: pytest.MonkeyPatch, anonymous: str, shared: str, kind: str, is_shared: bool
) -> None:
    monkeypatch.setattr(memory, "thp_modes", lambda: (anonymous, shared))
    made = _closed(create_dataset_memory("auto"))
    assert (made.kind, made.is_shared) == (kind, is_shared)
    assert "no huge pages are free" in made.reason


@pytest.mark.usefixtures("no_hugetlb")
def test_huge_pages_on_demand_are_refused_rather_than_replaced() -> None:
    with pytest.raises(CannotStartError) as caught:
        create_dataset_memory("on")
    assert caught.value.exit_code == ExitCode.CANNOT_START
    assert "1040" in caught.value.sentence and "nr_hugepages" in caught.value.sentence


def test_huge_pages_off_asks_for_none() -> None:
    made = _closed(create_dataset_memory("off"))
    assert (made.kind, made.huge_pages, made.reason) == ("shmem", 0, "huge pages are off by setting")


@pytest.mark.usefixtures("no_hugetlb")
def test_the_reason_of_the_caller_goes_before_the_kernel_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "thp_modes", lambda: ("never", "advise"))
    assert _closed(create_dataset_memory("auto", why_no_hugetlb="not allowed to raise the pool")).reason == (
        "not allowed to raise the pool"
    )


@pytest.mark.parametrize(
    ("enabled", "shmem", "expected"),
    [
        ("always [madvise] never\n", "always within_size advise [never] deny force\n", ("madvise", "never")),
        ("[always] madvise never\n", "[advise] never\n", ("always", "advise")),
        (None, None, ("never", "never")),
        ("nonsense", "", ("never", "never")),
    ],
)
def test_the_kernel_s_choice_is_the_word_in_brackets(
    tmp_path: Path, enabled: str | None, shmem: str | None, expected: tuple[str, str]
) -> None:
    folder = tmp_path / "sys/kernel/mm/transparent_hugepage"
    folder.mkdir(parents=True)
    for name, text in (("enabled", enabled), ("shmem_enabled", shmem)):
        if text is not None:
            (folder / name).write_text(text)
    assert thp_modes(tmp_path) == expected


SMAPS = """\
7f0000000000-7f0000800000 rw-p 00000000 00:00 0
Size:               8192 kB
AnonHugePages:      6144 kB
7f0000800000-7f0000a00000 rw-p 00000000 00:00 0 [anon: other]
AnonHugePages:      2048 kB
"""


@pytest.mark.parametrize(
    ("address", "mib", "pages"),
    [
        (0x7F0000000000, 8, 3),
        (0x7F0000400000, 4, 2),
        (0x7F0000800000, 2, 1),
        (0x7F0000800000, 1, 0),
        (0x7F0000A00000, 2, 0),
        (0x1000, 2, 0),
    ],
)
def test_huge_pages_of_a_mapping_are_those_that_the_kernel_tells(
    tmp_path: Path, address: int, mib: int, pages: int
) -> None:
    smaps = tmp_path / "smaps"
    smaps.write_text(SMAPS)
    assert huge_pages_under(address, mib << 20, smaps) == pages


def test_where_the_kernel_does_not_tell_no_huge_page_is_claimed(tmp_path: Path) -> None:
    assert huge_pages_under(0x7F0000000000, 8 << 20, tmp_path / "missing") == 0

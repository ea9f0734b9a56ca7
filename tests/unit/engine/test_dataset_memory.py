"""Which memory a dataset gets: the best kind that this kernel offers, with the reason when it is not the best."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mining.engine import memory
from mining.engine.memory import DATASET_PAGES, MAPPED_BYTES, DatasetMemory, create_dataset_memory, thp_modes
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

"""Raising nr_overcommit_hugepages for a run and taking exactly that back, also after a kill."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from mining.hardware import overcommit
from mining.hardware.huge_pages import acquire_overcommit, restore_overcommit
from tests.unit.hardware.fake_machine import FakeMachine


def own_process(fake: FakeMachine, pid: int | None = None, started: int = 77, state: str = "S") -> None:
    """Write /proc/PID/stat of a live process whose name would confuse a careless reader."""
    pid = pid or os.getpid()
    fields = " ".join(["0"] * 18)
    fake.write(f"proc/{pid}/stat", f"{pid} (a) b) {state} {fields} {started} 0 0")


def change_record(home: Path, **values: Any) -> None:
    path = home / "run/huge_pages.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.fixture
def poor(machine: FakeMachine) -> FakeMachine:
    """No page is free, the kernel allows 100 on demand."""
    machine.pool(overcommit=100)
    own_process(machine)
    return machine


def test_enough_free_pages_change_nothing(machine: FakeMachine, home: Path) -> None:
    grant = acquire_overcommit(1042, home, machine.root)
    assert (grant.granted, grant.raised) == (True, 0)
    assert machine.overcommit() == 0
    assert not (home / "run/huge_pages.json").exists()


def test_only_what_is_missing_is_added_and_recorded(poor: FakeMachine, home: Path) -> None:
    grant = acquire_overcommit(1042, home, poor.root)
    assert (grant.granted, grant.raised) == (True, 942)
    assert "from 100 to 1042" in grant.sentence
    assert poor.overcommit() == 1042
    record = home / "run/huge_pages.json"
    assert record.stat().st_mode & 0o777 == 0o600
    assert json.loads(record.read_text())["delta"] == 942


def test_pages_in_use_by_others_are_not_counted_as_free(machine: FakeMachine, home: Path) -> None:
    machine.pool(total=300, free=40, reserved=30, surplus=250, overcommit=250)
    own_process(machine)
    acquire_overcommit(50, home, machine.root)
    assert machine.overcommit() == 290  # 250 surplus in use + 50 wanted - 10 free and not promised


def test_restore_takes_back_the_difference_and_is_idempotent(poor: FakeMachine, home: Path) -> None:
    acquire_overcommit(1042, home, poor.root)
    poor.write("proc/sys/vm/nr_overcommit_hugepages", 1542)  # a person added 500 meanwhile
    assert "from 1542 to 600" in restore_overcommit(home, poor.root)
    assert poor.overcommit() == 600
    assert restore_overcommit(home, poor.root) == ""
    assert poor.overcommit() == 600


def test_restore_never_goes_below_zero(poor: FakeMachine, home: Path) -> None:
    acquire_overcommit(1042, home, poor.root)
    poor.write("proc/sys/vm/nr_overcommit_hugepages", 5)
    restore_overcommit(home, poor.root)
    assert poor.overcommit() == 0


def test_a_killed_run_is_taken_back_by_the_next_start(poor: FakeMachine, home: Path) -> None:
    acquire_overcommit(1042, home, poor.root)
    change_record(home, pid=999999)
    acquire_overcommit(0, home, poor.root)
    assert poor.overcommit() == 100


def test_a_live_run_of_another_process_is_left_alone_unless_forced(poor: FakeMachine, home: Path) -> None:
    acquire_overcommit(1042, home, poor.root)
    own_process(poor, pid=424242, started=5)
    change_record(home, pid=424242, started=5)
    assert restore_overcommit(home, poor.root) == ""
    assert poor.overcommit() == 1042
    assert restore_overcommit(home, poor.root, force=True)
    assert poor.overcommit() == 100


@pytest.mark.parametrize(("started", "state"), [(6, "S"), (5, "Z")])
def test_a_reused_process_number_and_a_zombie_count_as_dead(
    poor: FakeMachine, home: Path, started: int, state: str
) -> None:
    acquire_overcommit(1042, home, poor.root)
    own_process(poor, pid=424242, started=started, state=state)
    change_record(home, pid=424242, started=5)
    assert restore_overcommit(home, poor.root)
    assert poor.overcommit() == 100


def test_an_earlier_container_with_the_same_process_number_counts_as_dead(poor: FakeMachine, home: Path) -> None:
    acquire_overcommit(1042, home, poor.root)
    change_record(home, started=5)
    acquire_overcommit(0, home, poor.root)
    assert poor.overcommit() == 100


def test_a_kill_before_the_kernel_was_written_takes_nothing_back(poor: FakeMachine, home: Path) -> None:
    acquire_overcommit(1042, home, poor.root)
    change_record(home, pid=999999, delta=0, pending=942, pending_old=100)
    poor.write("proc/sys/vm/nr_overcommit_hugepages", 100)
    restore_overcommit(home, poor.root)
    assert poor.overcommit() == 100


def test_a_kill_right_after_the_kernel_was_written_takes_all_back(poor: FakeMachine, home: Path) -> None:
    acquire_overcommit(1042, home, poor.root)
    change_record(home, pid=999999, delta=0, pending=942, pending_old=100)
    restore_overcommit(home, poor.root)
    assert poor.overcommit() == 100


def test_a_record_of_another_boot_is_void(poor: FakeMachine, home: Path) -> None:
    acquire_overcommit(1042, home, poor.root)
    poor.write("proc/sys/kernel/random/boot_id", "boot-2")
    assert restore_overcommit(home, poor.root) == ""
    assert poor.overcommit() == 1042
    assert not (home / "run/huge_pages.json").exists()


def test_a_second_call_of_one_process_adds_to_the_first(poor: FakeMachine, home: Path) -> None:
    acquire_overcommit(1042, home, poor.root)
    poor.pool(total=1042, surplus=1042, overcommit=1042)  # all mapped by now
    assert acquire_overcommit(8, home, poor.root).raised == 8
    assert poor.overcommit() == 1050
    restore_overcommit(home, poor.root)
    assert poor.overcommit() == 100


@pytest.mark.parametrize(
    ("error", "words"), [(PermissionError(1, "x"), "only root"), (OSError(30, "Read-only file system"), "Read-only")]
)
def test_a_refused_write_is_a_sentence_and_leaves_no_record(
    poor: FakeMachine, home: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, words: str
) -> None:
    written = Path.write_text

    def refuse(path: Path, *args: Any, **options: Any) -> int:
        if path.name == "nr_overcommit_hugepages":
            raise error
        return written(path, *args, **options)

    monkeypatch.setattr(Path, "write_text", refuse)
    grant = acquire_overcommit(1042, home, poor.root)
    assert not grant.granted
    assert words in grant.sentence
    assert "sysctl -w vm.nr_overcommit_hugepages=1042" in grant.sentence
    assert not (home / "run/huge_pages.json").exists()


def test_too_little_memory_is_said_and_changes_nothing(poor: FakeMachine, home: Path) -> None:
    poor.memory(available_mib=1500)
    grant = acquire_overcommit(1042, home, poor.root)
    assert not grant.granted
    assert "2084 MiB" in grant.sentence and "1500 MiB" in grant.sentence
    assert poor.overcommit() == 100


def test_a_hugetlb_limit_of_the_container_is_said(poor: FakeMachine, home: Path) -> None:
    top = poor.group_v2("/app")
    poor.write(f"{top}/app/hugetlb.2MB.max", 64 << 20)
    assert "64 MiB" in acquire_overcommit(1042, home, poor.root).sentence


def test_a_kernel_without_huge_pages_is_said(empty: FakeMachine, home: Path) -> None:
    assert not acquire_overcommit(1, home, empty.root).granted


def test_a_home_that_cannot_be_written_changes_nothing(poor: FakeMachine, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    grant = acquire_overcommit(1042, blocked, poor.root)
    assert not grant.granted
    assert poor.overcommit() == 100


def test_a_default_page_of_1_gb_is_not_raised_by_mistake(poor: FakeMachine) -> None:
    poor.write("proc/meminfo", "MemAvailable: 9000000 kB\nHugepagesize: 1048576 kB")
    assert overcommit.overcommit_file(poor.root).parts[0] == "sys"

"""`doctor --fix` lists, asks, writes only what it listed, and `--undo` takes exactly that back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mining.errors import ExitCode
from mining.hardware.doctor import examine
from mining.hardware.findings import Change, Fix
from mining.hardware.fixes import apply_fixes, undo_fixes
from mining.hardware.treatment import Dialogue, take_back, treat
from tests.unit.hardware.fake_machine import FakeMachine

GOVERNOR = "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
PAGES = "/proc/sys/vm/nr_overcommit_hugepages"


class Talk:
    """Keeps what was said, and answers every question alike."""

    def __init__(self, answer: bool | None = None, *, is_yes: bool = False) -> None:
        self.lines: list[str] = []
        self.answer = answer
        self.dialogue = Dialogue(self.lines.append, self._ask, is_terminal=answer is not None, is_yes=is_yes)

    def _ask(self, question: str) -> bool:
        assert self.answer is not None, "asked without a terminal"
        self.lines.append(question)
        return self.answer

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def run_fix(fake: FakeMachine, home: Path, talk: Talk, *, is_root: bool = True) -> ExitCode | None:
    facts = fake.read(is_root=is_root)
    return treat(facts, examine(facts), home, talk.dialogue)


def governor(fake: FakeMachine) -> str:
    return (fake.root / GOVERNOR).read_text().strip()


@pytest.fixture
def ill(machine: FakeMachine) -> FakeMachine:
    """No huge pages (20 allowed) and a powersave governor."""
    machine.pool(overcommit=20)
    machine.write(GOVERNOR, "powersave")
    return machine


def assert_unchanged(fake: FakeMachine, home: Path) -> None:
    assert fake.overcommit() == 20
    assert governor(fake) == "powersave"
    assert not home.exists()


def test_without_a_terminal_and_without_yes_nothing_is_changed(ill: FakeMachine, home: Path) -> None:
    talk = Talk()
    assert run_fix(ill, home, talk) == 1
    assert "Nothing was changed" in talk.text and "--yes" in talk.text
    assert f"{PAGES}: 20 -> 1048" in talk.text
    assert_unchanged(ill, home)


def test_a_no_changes_nothing(ill: FakeMachine, home: Path) -> None:
    assert run_fix(ill, home, Talk(answer=False)) == 1
    assert_unchanged(ill, home)


def test_without_root_only_the_commands_are_printed(ill: FakeMachine, home: Path) -> None:
    talk = Talk(is_yes=True)
    assert run_fix(ill, home, talk, is_root=False) == 1
    assert "sudo sysctl -w vm.nr_overcommit_hugepages=1048" in talk.text
    assert_unchanged(ill, home)


@pytest.mark.parametrize("talk", [Talk(answer=True), Talk(is_yes=True)])
def test_after_a_yes_the_listed_files_are_written_and_undo_restores_them(
    ill: FakeMachine, home: Path, talk: Talk
) -> None:
    assert run_fix(ill, home, talk) is None
    assert (ill.overcommit(), governor(ill)) == (1048, "performance")
    record = home / "doctor_undo.json"
    assert record.stat().st_mode & 0o777 == 0o600
    assert len(json.loads(record.read_text())["changes"]) == 2
    assert take_back(home, ill.root, talk.lines.append) == 0
    assert (ill.overcommit(), governor(ill)) == (20, "powersave")
    assert not record.exists()
    assert undo_fixes(home, ill.root) == []


def test_nothing_to_fix_is_said(machine: FakeMachine, home: Path) -> None:
    talk = Talk()
    assert run_fix(machine, home, talk) is None
    assert "nothing that --fix could change" in talk.text


def test_undo_takes_back_only_our_part_of_a_number(ill: FakeMachine, home: Path) -> None:
    run_fix(ill, home, Talk(is_yes=True))
    ill.write(PAGES.lstrip("/"), 1548)
    undo_fixes(home, ill.root)
    assert ill.overcommit() == 520


def test_undo_leaves_alone_what_a_person_changed_since(ill: FakeMachine, home: Path) -> None:
    run_fix(ill, home, Talk(is_yes=True))
    ill.write(GOVERNOR, "ondemand")
    steps = undo_fixes(home, ill.root)
    assert governor(ill) == "ondemand"
    assert any("left alone" in step.sentence for step in steps)


def test_an_undo_record_of_another_boot_is_void(ill: FakeMachine, home: Path) -> None:
    run_fix(ill, home, Talk(is_yes=True))
    ill.write("proc/sys/kernel/random/boot_id", "boot-2")
    assert undo_fixes(home, ill.root) == []
    assert ill.overcommit() == 1048


def test_two_fixes_are_both_taken_back(ill: FakeMachine, home: Path) -> None:
    apply_fixes((Fix("a", "a", (Change(PAGES, "50", is_number=True),)),), home, ill.root)
    apply_fixes((Fix("b", "b", (Change(f"/{GOVERNOR}", "performance"),)),), home, ill.root)
    undo_fixes(home, ill.root)
    assert (ill.overcommit(), governor(ill)) == (20, "powersave")


def test_a_kernel_file_that_refuses_is_a_sentence_and_is_not_recorded(
    ill: FakeMachine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Path.write_text

    def refuse(path: Path, *args: Any, **options: Any) -> int:
        if path.name == "scaling_governor":
            raise OSError(16, "Device or resource busy")
        return written(path, *args, **options)

    monkeypatch.setattr(Path, "write_text", refuse)
    talk = Talk(is_yes=True)
    assert run_fix(ill, home, talk) == 1
    assert "Device or resource busy" in talk.text
    rows = json.loads((home / "doctor_undo.json").read_text())["changes"]
    assert [row["path"] for row in rows] == [PAGES]


def test_a_home_that_cannot_be_written_stops_before_the_first_change(ill: FakeMachine, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    talk = Talk(is_yes=True)
    assert run_fix(ill, blocked, talk) == 1
    assert "undo record" in talk.text
    assert (ill.overcommit(), governor(ill)) == (20, "powersave")


def test_a_word_in_brackets_is_undone_by_its_word(machine: FakeMachine, home: Path) -> None:
    path = "/sys/kernel/mm/transparent_hugepage/enabled"
    machine.write(path.lstrip("/"), "never")  # a plain file cannot add the brackets by itself
    apply_fixes((Fix("t", "t", (Change(path, "madvise"),)),), home, machine.root)
    machine.write(path.lstrip("/"), "always [madvise] never")
    undo_fixes(home, machine.root)
    assert (machine.root / path.lstrip("/")).read_text() == "never\n"

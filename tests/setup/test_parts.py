"""The test command runs in parts side by side: together they are all tests."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PLACE = re.compile(r"tests/[a-z_/]+(?:\{[a-z_,]+\})?")


def places() -> list[str]:
    """The folders that `run_all` of manage.sh names."""
    command = (ROOT / "manage.sh").read_text()
    body = command[command.index("\nrun_all() {") : command.index("\nuninstall() {")]
    found = []
    for place in _PLACE.findall(body):
        folder, _, names = place.partition("{")
        found += [folder + name for name in names.rstrip("}").split(",")] if names else [folder]
    return found


def test_every_test_is_in_exactly_one_part() -> None:
    named = [ROOT / place for place in places()]
    assert named and all(folder.is_dir() for folder in named)
    for file in (ROOT / "tests").rglob("test_*.py"):
        assert sum(folder in file.parents for folder in named) == 1, f"{file} is in no part, or in two"

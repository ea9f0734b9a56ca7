"""The lock files: hashes for everything, no address of anybody's package index, each made from the one before."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from tests.setup.conftest import ROOT

LOCKS = ("run.lock", "fleet.lock", "test.lock")


def _pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text()
    found: dict[str, str] = {}
    for package, rest in re.findall(r"^([a-z0-9][a-z0-9.-]*)(==.*?)(?=^[a-z0-9]|\Z)", text, re.M | re.S):
        found[package] = found.get(package, "") + rest
    return found


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~; ]", requirement)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_no_address_is_in_the_file(name: str) -> None:
    pins = _pins(name)
    assert len(pins) > 20
    assert [package for package, rest in pins.items() if "--hash=sha256:" not in rest] == []
    assert not re.search(r"https?:|file:|-index|find-links|@ ", (ROOT / "requirements" / name).read_text())


@pytest.mark.parametrize(("less", "more"), list(pairwise(LOCKS)))
def test_each_lock_holds_the_one_before_unchanged(less: str, more: str) -> None:
    before, after = _pins(less), _pins(more)
    assert {package: after.get(package) for package in before} == before


def test_a_miner_without_a_fleet_installs_nothing_of_one() -> None:
    assert not {"celery", "kombu", "redis", "psycopg"} & set(_pins("run.lock"))


def test_what_the_project_file_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert _names(project["dependencies"] + extras["randomx"]) <= set(_pins("run.lock"))
    assert _names(extras["fleet"]) <= set(_pins("fleet.lock"))
    assert _names(extras["test"]) <= set(_pins("test.lock"))


def test_no_machine_path_is_in_the_locks() -> None:
    for name in LOCKS:
        assert not re.search(r"(^|\s)/(home|opt|root|work|tmp)/", Path(ROOT / "requirements" / name).read_text())

"""The fake tree that most hardware tests start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.hardware.fake_machine import FakeMachine


@pytest.fixture
def empty(tmp_path: Path) -> FakeMachine:
    """A tree without a single file."""
    return FakeMachine(tmp_path / "root")


@pytest.fixture
def machine(tmp_path: Path) -> FakeMachine:
    """A tree of a machine on which nothing limits the rate."""
    return FakeMachine(tmp_path / "root").plain()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder."""
    return tmp_path / "home"

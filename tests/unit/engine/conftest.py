"""Boards for the tests of the engine: real memfds, closed at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mining.engine.boards import CounterBoard, WorkBoard
from tests.unit.engine.fake_crew import FakeCrew


@pytest.fixture
def work() -> Iterator[WorkBoard]:
    """A work board of four slots."""
    board = WorkBoard.create(4)
    yield board
    board.close()


@pytest.fixture
def counters() -> Iterator[CounterBoard]:
    """A counter board of four slots."""
    board = CounterBoard.create(4)
    yield board
    board.close()


@pytest.fixture
def crew() -> Iterator[FakeCrew]:
    """Two cores without processes."""
    fake = FakeCrew(2)
    yield fake
    fake.close()

"""Options of the test run: `--soak` adds the tests that take minutes."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.support.figures", "tests.support.prepared_home"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--soak`."""
    parser.addoption("--soak", action="store_true", help="run also the tests that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `--soak`, leave out the tests that are marked so, and count them as deselected."""
    if config.getoption("--soak"):
        return
    soaks = [item for item in items if item.get_closest_marker("soak")]
    if soaks:
        config.hook.pytest_deselected(items=soaks)
        items[:] = [item for item in items if item not in soaks]

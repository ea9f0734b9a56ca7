"""What all tests with real processes share."""

from __future__ import annotations

from pathlib import Path

import pytest

from mining.algorithms.randomx.loader import find_library
from tests.support.console_rows import make_tables


@pytest.fixture(scope="session")
def self_tested_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the library has passed its known answers, with an empty database."""
    home = tmp_path_factory.mktemp("self-tested")
    find_library("rx/0", cache_folder=home / "cache")
    make_tables(home)
    return home

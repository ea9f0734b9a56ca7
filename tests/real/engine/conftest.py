"""`mine` against a real regtest daemon."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.monerod import WALLET, Monerod
from tests.support.prepared_home import copy_prepared


@pytest.fixture
def solo_options() -> Callable[[Monerod], tuple[str, ...]]:
    """The options of a solo run in light mode, without the page."""

    def options(daemon: Monerod) -> tuple[str, ...]:
        return ("--pool", daemon.url, "--wallet", WALLET, "--light", "--no-web")

    return options


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A folder for the run, apart from the daemon's, with a prepared home in it."""
    folder = tmp_path / "run"
    copy_prepared(folder / "home")
    return folder

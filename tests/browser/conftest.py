"""Chromium and a running console for the tests of a module. Playwright keeps its event loop running as long as it is
open, which the asynchronous tests of other modules cannot bear: so both live for one module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import chromium
from tests.support.site import Site, site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, self_tested_home: Path, browser: Browser) -> Iterator[Site]:
    """A miner in light mode on one core with its page, whose administrator is logged in."""
    with site(tmp_path_factory.mktemp("site"), self_tested_home, browser=browser) as here:
        yield here

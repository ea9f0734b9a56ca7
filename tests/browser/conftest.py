"""Chromium and a running console. Playwright keeps its event loop running while it is open, which asynchronous tests
cannot bear: so both live for one module, or for all of a run in which nothing but these tests was chosen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import chromium
from tests.support.site import Site, site


def _scope(fixture_name: str, config: pytest.Config) -> Literal["session", "module"]:
    here = Path(__file__).parent
    places = [(config.invocation_params.dir / word.split("::")[0]).resolve() for word in config.args]
    return "session" if all(here in (place, *place.parents) for place in places) else "module"


@pytest.fixture(scope=_scope)
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope=_scope)
def console(tmp_path_factory: pytest.TempPathFactory, self_tested_home: Path, browser: Browser) -> Iterator[Site]:
    """A miner in light mode on one core with its page, whose administrator is logged in."""
    with site(tmp_path_factory.mktemp("site"), self_tested_home, browser=browser) as here:
        yield here

"""A feed, the application that serves it, and the periods of live pages short enough for a test."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from minerconsole.feed import FrameFeed
from tests.support.live_page import LivePage
from tests.support.visitors import cookie_of, make_user

Open = Callable[..., LivePage]


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Of the feed."""
    return Clock()


@pytest.fixture
def feed(clock: Clock) -> FrameFeed:
    """A feed that nobody fills but the test."""
    return FrameFeed(Path("/nowhere"), clock=clock)


@pytest.fixture
def application(feed: FrameFeed) -> Any:
    """The real application, with guard and rows."""
    from minerconsole.asgi import FedApplication  # here: it needs Django to be set up

    return FedApplication(feed)


@pytest.fixture
def short_periods(settings: Any) -> None:
    """Each period a fraction of a second, and no page given up for its silence unless a test asks for it."""
    settings.LIVE_TICK_S = 0.01
    settings.LIVE_PING_S = 0.05
    settings.LIVE_PONG_S = 60.0
    settings.LIVE_LINK_S = 0.05
    settings.LIVE_CHECK_S = 0.1


@pytest.fixture
def cookie(transactional_db: None) -> str:
    """Of a logged-in viewer."""
    return cookie_of(make_user("viewer"))


@pytest.fixture
def open_page(application: Any, cookie: str) -> Open:
    """Open a viewer's page; what is given replaces."""
    return partial(LivePage, application, cookie)

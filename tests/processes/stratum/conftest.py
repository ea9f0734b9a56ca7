"""Pools and bare clients that end with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.processes.stratum.raw_client import WALLET, RawClient
from tests.support.pools.behaviour import Behaviour
from tests.support.pools.pool import TestPool

EASY = {"difficulty": 1, "largest_difficulty": 1}


@pytest.fixture
def start() -> Iterator[Callable[..., TestPool]]:
    """Start pools of a behaviour with changes to it; every hash is a share, unless they say otherwise."""
    with ExitStack() as stack:

        def make(behaviour: Behaviour, *, algorithm: str = "rx/0", **changes: object) -> TestPool:
            return stack.enter_context(TestPool.start(behaviour.but(**EASY | changes), algorithm=algorithm))

        yield make


@pytest.fixture
def connect() -> Iterator[Callable[..., RawClient]]:
    """Connect bare clients, logged in unless told otherwise."""
    with ExitStack() as stack:

        def make(pool: TestPool, *, login: str | None = WALLET) -> RawClient:
            client = stack.enter_context(RawClient(pool))
            if login is not None:
                client.log_in(login)
            return client

        yield make

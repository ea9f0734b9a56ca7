"""Pools and bare clients that end with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.processes.stratum.raw_client import WALLET, RawClient
from tests.processes.stratum.v1_raw_client import EASY as EASY_V1
from tests.processes.stratum.v1_raw_client import ConnectV1, StartV1, V1RawClient
from tests.support.pools.behaviour import Behaviour
from tests.support.pools.pool import TestPool
from tests.support.pools.v1.behaviour import V1Behaviour
from tests.support.pools.v1.pool import V1TestPool

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


@pytest.fixture
def start_v1() -> Iterator[StartV1]:
    """Start Stratum V1 pools of a behaviour with changes to it; shares are easy, unless they say otherwise."""
    with ExitStack() as stack:

        def make(behaviour: V1Behaviour, **changes: object) -> V1TestPool:
            return stack.enter_context(V1TestPool.start(behaviour.but(**{"difficulty": EASY_V1} | changes)))

        yield make


@pytest.fixture
def connect_v1() -> Iterator[ConnectV1]:
    """Connect bare clients of Stratum V1, with a job unless told otherwise."""
    with ExitStack() as stack:

        def make(pool: V1TestPool, *resume: str, is_logged_in: bool = True) -> V1RawClient:
            client = stack.enter_context(V1RawClient(pool))
            if is_logged_in:
                client.log_in(*resume)
            return client

        yield make

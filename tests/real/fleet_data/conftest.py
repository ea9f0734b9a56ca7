"""A real PostgreSQL with the console's tables, started once for a module; a real Redis for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fleet_console import make_template
from tests.support.postgres import Postgres, running_postgres
from tests.support.redis_server import RedisServer, redis_server


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with running_postgres() as cluster:
        make_template(cluster, tmp_path_factory.mktemp("template"))
        yield cluster


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path / "redis") as server:
        yield server

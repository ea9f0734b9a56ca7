"""The connection test of a pool, against pools that answer on loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mining.models import Endpoint, Pool
from mining.services.errors import ForbiddenError, InvalidError
from mining.services.pool_tests import pool_test
from tests.django.console import plan_rows as rows
from tests.support.pools import presets
from tests.support.pools.pool import TestPool

pytestmark = pytest.mark.django_db


@pytest.fixture
def start() -> Iterator[Callable[..., TestPool]]:
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(TestPool.start(presets.PRESETS[name]))


def a_pool(port: int, *, profile: str) -> Pool:
    return rows.pool(f"at {port}", port=port, profile=profile)


@pytest.mark.parametrize("name", ["snipa", "moneroocean", "jtgrassie"])
def test_a_login_that_works_is_told_with_its_first_job(start: Callable[..., TestPool], name: str) -> None:
    running = start(name)
    found = pool_test(rows.OPERATOR, a_pool(running.port, profile=name), rows.wallet(), worker="rig-1")
    assert (found.ok, found.code) == (True, "ok")
    assert "rx/0 job" in found.sentence and f"127.0.0.1:{running.port}" in found.sentence
    assert "44AFFq" in found.login_masked and rows.XMR_ADDRESS not in str(found)
    assert running.violations == []


def test_a_closed_port_is_named(start: Callable[..., TestPool]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = pool_test(rows.OPERATOR, a_pool(port, profile="snipa"), rows.wallet())
    assert not found.ok
    assert str(port) in found.sentence


def test_a_backup_is_tested_when_it_is_asked_for(start: Callable[..., TestPool]) -> None:
    running = start("snipa")
    pool = a_pool(1, profile="snipa")
    backup = Endpoint.objects.create(pool=pool, scheme="stratum+tcp", host="127.0.0.1", port=running.port, priority=2)
    assert pool_test(rows.OPERATOR, pool, rows.wallet(), endpoint=backup).ok


def test_what_cannot_log_in_is_answered_at_its_field() -> None:
    pool = a_pool(1, profile="snipa")
    with pytest.raises(InvalidError) as caught:
        pool_test(rows.OPERATOR, pool, None)
    assert list(caught.value.fields) == ["wallet"]
    with pytest.raises(ForbiddenError):
        pool_test(rows.VIEWER, pool, rows.wallet())

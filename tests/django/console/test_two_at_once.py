"""Changes that cross each other. SQLite lets in one writer at a time, PostgreSQL does not: nothing may come of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from mining.models import Plan, Share
from mining.services.actors import Actor, Role
from mining.services.errors import ConflictError
from mining.services.plan_wishes import PlanWish
from mining.services.plans import plan_create
from mining.services.roles import user_role_set
from mining.telemetry.recorder.rows import write_lines
from tests.django.console import plan_rows as rows
from tests.support.console import make_node
from tests.support.databases import ON_POSTGRESQL
from tests.support.journals import JournalMaker
from tests.support.visitors import make_user

pytestmark = [
    pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite in memory knows one connection"),
    pytest.mark.django_db(transaction=True),
]
_TIMES = 5


def at_once(*acts: Callable[[], object]) -> list[Any]:
    """Do all of it at the same moment, each on a connection of its own; returns results and errors in order."""
    barrier = Barrier(len(acts))

    def do(act: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            barrier.wait(60.0)
            return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(do, acts))


def _end_role(*, by: User, of: User) -> User:
    return user_role_set(Actor(by.username, Role.ADMIN, by.pk, None), of, Role.VIEWER)


def test_two_admins_who_end_each_other_s_role_leave_one() -> None:
    for number in range(_TIMES):
        User.objects.all().delete()
        one, two = (make_user("admin", name=f"admin-{number}-{each}") for each in range(2))
        done = at_once(partial(_end_role, by=one, of=two), partial(_end_role, by=two, of=one))
        assert [getattr(each, "code", "") for each in done].count("last_admin") == 1
        assert sum(isinstance(each, ConflictError) for each in done) == 1


def test_two_plans_for_one_node_have_two_versions() -> None:
    node = make_node(is_local=True)
    done = at_once(*[lambda: plan_create(rows.ADMIN, node, PlanWish(is_offline=True)) for _ in range(4)])
    assert [each for each in done if isinstance(each, Exception)] == []
    assert sorted(Plan.objects.values_list("version", flat=True)) == [1, 2, 3, 4]


def test_one_journal_that_is_recorded_twice_at_the_same_time_is_there_once(tmp_path: Any) -> None:
    node, maker = make_node(), JournalMaker(tmp_path)
    lines = [maker.share(nonce) for nonce in range(300)]
    done = at_once(*[lambda: write_lines(node, lines) for _ in range(3)])
    assert done == [0, 0, 0] and Share.objects.count() == 300

"""Logins as each pool wants them: what is written, and what a person sees of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.engine.plan import Endpoint, Plan
from mining.stratum.login_grammar import LoginFields, render_login
from mining.stratum.login_problem import LoginFieldError
from mining.stratum.plan_login import login_at, login_sentence
from mining.stratum.profiles import PROFILES
from tests.unit.stratum.login_vectors import MAIN, VECTORS, fields_of, row_name, with_addresses

POOL = Endpoint("stratum+tcp", "gulf.moneroocean.stream", 10001)


@pytest.mark.parametrize("row", VECTORS["rendered"], ids=row_name)
def test_a_login_is_written_as_the_pool_wants_it(row: dict[str, Any]) -> None:
    rendered = render_login(PROFILES[row["profile"]], fields_of(row))

    assert (rendered.login, rendered.password) == (with_addresses(row["login"]), with_addresses(row["password"]))
    assert rendered.rigid == row["rigid"]
    if "masked" in row:
        assert rendered.masked == row["masked"]


def test_every_profile_has_a_vector_and_every_vector_a_source() -> None:
    assert {row["profile"] for row in VECTORS["rendered"]} == set(PROFILES)
    assert all(row["source"] for row in VECTORS["rendered"] + VECTORS["refused"])


@pytest.mark.parametrize("row", VECTORS["rendered"], ids=row_name)
def test_nothing_secret_is_in_what_a_person_sees(row: dict[str, Any]) -> None:
    fields = replace(fields_of(row), password="hunter2")
    rendered = render_login(PROFILES[row["profile"]], fields)

    assert "hunter2" not in rendered.masked
    assert fields.wallet not in rendered.masked or not fields.wallet
    assert fields.email not in rendered.masked or not fields.email


@pytest.mark.parametrize("profile", PROFILES)
@settings(max_examples=25, deadline=None)
@given(
    worker=st.text(max_size=80),
    difficulty=st.integers(0, 1 << 40),
    email=st.sampled_from(["", "me@example.org"]),
    password=st.text(max_size=400),
)
def test_a_login_is_short_printable_and_has_a_password_or_is_refused(
    profile: str, worker: str, difficulty: int, email: str, password: str
) -> None:
    fields = LoginFields(MAIN, worker=worker, difficulty=difficulty, email=email, password=password)
    try:
        rendered = render_login(PROFILES[profile], fields)
    except LoginFieldError as problem:
        assert problem.next_step and "\n" not in problem.sentence and MAIN not in problem.sentence
        return
    assert rendered.password
    assert rendered.login.isascii() and " " not in rendered.login and rendered.login
    assert len(json.dumps([rendered.login, rendered.password, rendered.rigid])) < 700


@settings(max_examples=60, deadline=None)
@given(worker=st.text("abc019-_.+", max_size=20))
def test_no_label_sets_a_difficulty_at_p2pool(worker: str) -> None:
    try:
        login = render_login(PROFILES["p2pool"], LoginFields(MAIN, worker=worker)).login
    except LoginFieldError:
        return
    assert "." not in login and "+" not in login


def test_a_plan_becomes_the_login_of_its_pool() -> None:
    plan = Plan("pool", "XMR", "rx/0", (0,), endpoints=(POOL,), wallet=MAIN, worker="rig1", pool_difficulty=10000)

    assert login_at(plan, POOL).login == f"{MAIN}+10000"
    assert login_sentence(plan, POOL).startswith(
        "gulf.moneroocean.stream:10001 (MoneroOcean): logs in as 44AFFq…3A+10000. "
    )


def test_a_wanted_difficulty_is_asked_for_unless_a_person_asked_for_one() -> None:
    plan = Plan("pool", "XMR", "rx/0", (0,), endpoints=(POOL,), wallet=MAIN)

    assert login_at(plan, POOL, 6000).login == f"{MAIN}+6000"
    chosen = Plan("pool", "XMR", "rx/0", (0,), endpoints=(POOL,), wallet=MAIN, pool_difficulty=9)
    assert login_at(chosen, POOL, 6000).login == f"{MAIN}+9"


def test_a_named_profile_is_used_at_any_host() -> None:
    here = Endpoint("stratum+tcp", "127.0.0.1", 3333)
    plan = Plan("pool", "XMR", "rx/0", (0,), endpoints=(here,), wallet=MAIN, worker="rig1", pool_profile="sammy")

    assert login_at(plan, here).login == f"{MAIN}.rig1"


def test_a_person_is_told_that_p2pool_pays_its_own_wallet() -> None:
    rendered = render_login(PROFILES["p2pool"], LoginFields(MAIN, worker="rig1"))

    assert "pays the wallet its own node" in rendered.note

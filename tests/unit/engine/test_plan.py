"""The Plan as it travels from the runner to the Supervisor."""

from __future__ import annotations

import msgspec
import pytest

from mining.engine.plan import Endpoint, Plan, plan_from_json, plan_to_json


def test_a_plan_comes_back_as_it_was_sent() -> None:
    plan = Plan(
        kind="daemon",
        coin="XMR",
        algorithm="rx/0",
        cores=(0, 2, 5),
        intensity=75,
        endpoints=(Endpoint("daemon+http", "::1", 18081, "user", "secret"),),
        wallet="4…",
        duration_s=2.5,
        shares=3,
        pins={"CORES": "command line (--cores)"},
        sources={"COIN": "default"},
    )
    assert plan_from_json(plan_to_json(plan)) == plan


def test_an_endpoint_is_shown_without_user_and_password() -> None:
    assert Endpoint("daemon+http", "node.example", 18081, "user", "secret").label == "node.example:18081"
    assert Endpoint("daemon+http", "::1", 18081).label == "[::1]:18081"


def test_no_secret_is_in_what_a_log_or_traceback_shows() -> None:
    here = Endpoint("daemon+http", "node.example", 1, "user", "secret-1", password_at_pool="secret-2")
    plan = Plan("pool", "LTC", "scrypt", (0,), endpoints=(here,), wallet="ltc1address", pool_password="secret-3")
    assert "node.example:1" in repr(here) and "node.example:1" in repr(plan)
    for hidden in ("user", "secret", "ltc1address"):
        assert hidden not in repr(plan)


@pytest.mark.parametrize("text", ["", "{}", '{"kind":"offline"}', '{"kind":1,"coin":"XMR","algorithm":"a","cores":[]}'])
def test_a_plan_with_a_missing_or_wrong_field_is_refused(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        plan_from_json(text)

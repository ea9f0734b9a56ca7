"""Keys of one endpoint: profile, password and fingerprint, which must never reach another pool."""

from __future__ import annotations

from typing import Any

import pytest

from mining.configuration import build_plan
from mining.configuration.explain import explain
from mining.stratum.plan_login import login_at
from mining.stratum.presets import profile_of

FIRST = "stratum+ssl://one.example.org:443"
SECOND = "stratum+ssl://two.example.org:443"
PRINT = "ab" * 32
POOLS = f"POOL_1={FIRST}\nPOOL_2={SECOND}\n"


def test_each_endpoint_has_its_own_values_and_the_others_those_for_all(resolved: Any, fund: str) -> None:
    own = f"POOL_2_PROFILE=supportxmr\nPOOL_2_PASSWORD=mine\nPOOL_2_TLS_FINGERPRINT={PRINT.upper()}\n"
    plan = build_plan(resolved(file=f"{POOLS}{own}WALLET={fund}\nPOOL_PASSWORD=all\nWORKER=rig1\n", cores="0"))
    first, second = plan.endpoints

    assert (first.profile, first.password_at_pool, first.tls_fingerprint) == ("", "", "")
    assert (second.profile, second.password_at_pool, second.tls_fingerprint) == ("supportxmr", "mine", PRINT)
    assert profile_of(second, plan.pool_profile).key == "supportxmr"
    assert [login_at(plan, endpoint).password for endpoint in plan.endpoints] == ["all", "mine"]


def test_the_environment_may_give_the_password_of_a_pool_of_the_file(resolved: Any, fund: str) -> None:
    configuration = resolved(file=f"{POOLS}WALLET={fund}\n", environ={"MINERCONSOLE_POOL_2_PASSWORD": "from-env"})

    assert [endpoint.password_at_pool for endpoint in configuration.pools] == ["", "from-env"]


def test_what_was_given_for_a_pool_does_not_reach_the_one_that_takes_its_place(resolved: Any, fund: str) -> None:
    file = f"{POOLS}POOL_1_PASSWORD=secret\nPOOL_2_TLS_FINGERPRINT={PRINT}\nWALLET={fund}\n"

    (endpoint,) = resolved(file=file, pool=["stratum+tcp://other.example.org:1"]).pools
    assert (endpoint.host, endpoint.password_at_pool) == ("other.example.org", "")
    assert resolved(file=file, offline=True).offline


def test_the_console_s_values_go_with_the_console_s_pools(resolved: Any, fund: str) -> None:
    console = {"POOL_1": SECOND, "POOL_1_PASSWORD": "console", "WALLET": fund}
    assert resolved(console=console).pools[0].password_at_pool == "console"

    pinned = resolved(console=console, file=f"POOL_1={FIRST}\n")
    assert (pinned.pools[0].host, pinned.pools[0].password_at_pool) == ("one.example.org", "")


@pytest.mark.parametrize(
    ("given", "subject"),
    [({"file": "POOL_3_PASSWORD=secret\n"}, "POOL_3_PASSWORD (mining_config.env:1)"),
     ({"environ": {"MINERCONSOLE_POOL_9_PROFILE": "snipa"}}, "MINERCONSOLE_POOL_9_PROFILE"),
     ({"console": {"POOL_2_PASSWORD": "secret"}}, "POOL_2_PASSWORD (console)"),
     ({"console": {"POOL_1": FIRST}, "environ": {"MINERCONSOLE_POOL_1_PASSWORD": "secret"}},
      "MINERCONSOLE_POOL_1_PASSWORD")],
)  # fmt: skip
def test_a_key_without_its_pool_beside_it_is_named(refused: Any, given: dict[str, Any], subject: str) -> None:
    error = refused(**given)

    assert error.code == "endpoint_missing" and error.thing.startswith(subject)
    assert "secret" not in error.sentence


@pytest.mark.parametrize(
    ("line", "code"),
    [("POOL_1_PROFILE=minexmr", "bad_value"), ("POOL_1_TLS_FINGERPRINT=abc", "bad_value"),
     ("POOL_1_PASSWORD=" + "s3cret" * 50, "bad_value"), ("POOL_1_EMAIL=a@b", "unknown_key"),
     ("POOL_10_PASSWORD=s3cret", "unknown_key"), ("POOL_1_PROFILE=ckpool", "profile_algorithm")],
)  # fmt: skip
def test_a_bad_value_is_named_with_its_key(refused: Any, fund: str, line: str, code: str) -> None:
    error = refused(file=f"{line}\n{POOLS}WALLET={fund}\n")

    assert error.code == code and line.partition("=")[0] in error.thing and "mining_config.env:1" in error.thing
    assert "s3cret" not in error.sentence


def test_a_fingerprint_for_a_pool_without_tls_is_refused(refused: Any, fund: str) -> None:
    file = f"POOL_1={FIRST}\nPOOL_2=stratum+tcp://two.example.org:1\nPOOL_2_TLS_FINGERPRINT={PRINT}\nWALLET={fund}\n"
    error = refused(file=file)

    assert error.code == "fingerprint_without_tls" and error.thing.startswith("POOL_2_TLS_FINGERPRINT")


def test_a_daemon_takes_no_keys_of_a_pool(refused: Any, fund: str, daemon: str) -> None:
    error = refused(file=f"POOL_1={daemon}\nPOOL_1_PASSWORD=secret\nWALLET={fund}\n")

    assert error.code == "pool_option_without_pool" and "POOL_1 is a daemon" in error.thing


def test_the_profile_of_one_pool_is_the_grammar_of_its_login_only(refused: Any, resolved: Any, fund: str) -> None:
    file = f"{POOLS}POOL_1_PROFILE=moneroocean\nPOOL_2_PROFILE=2miners\nWALLET={fund}\n"

    error = refused(file=f"{file}POOL_DIFFICULTY=5000\n")
    assert error.code == "login_difficulty" and "2Miners" in error.thing
    assert resolved(file=f"{file.replace('2miners', 'supportxmr')}POOL_DIFFICULTY=5000\n").pool_difficulty == 5000


def test_a_password_that_one_login_cannot_carry_is_named_with_its_own_key(refused: Any, fund: str) -> None:
    file = f"{POOLS}POOL_2_PROFILE=jtgrassie\nPOOL_2_PASSWORD=a,b\nPOOL_DIFFICULTY=5000\nPOOL_1_PROFILE=snipa\n"
    error = refused(file=f"{file}WALLET={fund}\n")

    assert error.thing.startswith("POOL_2_PASSWORD (mining_config.env:4)") and "a,b" not in error.sentence


def test_explain_shows_them_only_when_given_and_no_password(resolved: Any, fund: str) -> None:
    text = explain(resolved(file=f"{POOLS}POOL_2_PASSWORD=s3cret\nPOOL_2_PROFILE=snipa\nWALLET={fund}\n"))

    assert "POOL_2_PASSWORD" in text and "(hidden)" in text and "s3cret" not in text
    assert "POOL_2_PROFILE" in text and "snipa" in text
    assert "POOL_1_PASSWORD" not in text and "TLS_FINGERPRINT " in text and "_TLS_FINGERPRINT" not in text


def test_a_plan_tells_sources_of_those_that_were_given_only(resolved: Any, fund: str) -> None:
    sources = build_plan(resolved(file=f"{POOLS}POOL_2_PROFILE=snipa\nWALLET={fund}\n", cores="0")).sources

    assert sources["POOL_2_PROFILE"] == "mining_config.env:3"
    assert "POOL_1_PROFILE" not in sources

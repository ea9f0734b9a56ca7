"""The keys for pools: what every configured pool's login can say is checked before anything starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mining.configuration import build_plan
from mining.configuration.editing import file_problems
from mining.configuration.explain import explain

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "addresses_monero.json").read_text(encoding="utf-8"))
BY_NAME = {row["name"]: row["address"] for row in VECTORS["valid"]}
POOL = "stratum+tcp://pool.example.org:3333"
OCEAN = "stratum+tcp://gulf.moneroocean.stream:10001"
PAYMENT_ID = "8a125052fe6f3877"


def test_every_pool_key_reaches_the_plan(resolved: Any, fund: str) -> None:
    lines = [
        f"WALLET={fund}", f"PAYMENT_ID={PAYMENT_ID.upper()}", "POOL_1=stratum+ssl://pool.supportxmr.com:443",
        "POOL_DIFFICULTY=5000", "POOL_EMAIL=me@example.org", f"TLS_FINGERPRINT={'AB:' * 31}AB", "POOL_PASSWORD=secret",
    ]  # fmt: skip
    plan = build_plan(resolved(file="\n".join(lines), cores="0"))

    assert (plan.kind, plan.payment_id, plan.pool_difficulty) == ("pool", PAYMENT_ID, 5000)
    assert (plan.pool_email, plan.is_solo, plan.pool_profile) == ("me@example.org", False, "auto")
    assert (plan.tls_fingerprint, plan.pool_password) == ("ab" * 32, "secret")


def test_options_reach_the_plan_as_well(resolved: Any, fund: str) -> None:
    plan = build_plan(
        resolved(pool=[POOL], wallet=fund, solo=True, pool_profile="dvandal", pool_difficulty="900", cores="0")
    )

    assert (plan.is_solo, plan.pool_profile, plan.pool_difficulty) == (True, "dvandal", 900)
    assert plan.pins["POOL_SOLO"] == "command line (--solo)"


def test_without_pool_keys_the_pool_chooses(resolved: Any, fund: str) -> None:
    plan = build_plan(resolved(pool=[POOL], wallet=fund, cores="0"))

    assert (plan.payment_id, plan.pool_difficulty, plan.pool_email, plan.is_solo) == ("", 0, "", False)
    assert (plan.pool_profile, plan.tls_fingerprint, plan.pool_password) == ("auto", "", "x")


@pytest.mark.parametrize("name", ["main", "sub", "integrated"])
def test_every_kind_of_mainnet_address_is_taken_for_a_pool(resolved: Any, name: str) -> None:
    assert resolved(pool=[POOL], wallet=BY_NAME[name]).kind == "pool"


@pytest.mark.parametrize("host", ["127.0.0.1", "pool.example.org"])
@pytest.mark.parametrize("name", [name for name in BY_NAME if "net" in name])
def test_an_address_of_another_network_is_refused_at_every_pool(refused: Any, host: str, name: str) -> None:
    assert refused(pool=[f"stratum+tcp://{host}:1"], wallet=BY_NAME[name]).code == "wallet_network"


WRONG = [row for row in VECTORS["wrong"] if row["address"] == row["address"].strip()]


@pytest.mark.parametrize("row", [row for row in WRONG if row["address"]], ids=lambda row: row["name"])
def test_a_wrong_address_is_refused_before_connecting(refused: Any, row: dict[str, str]) -> None:
    error = refused(pool=[POOL], wallet=row["address"])

    assert (error.code == row["code"] and row["address"] not in error.sentence) or row["address"] == "44AFFq"


def test_an_integrated_address_is_refused_where_the_pool_refuses_it(refused: Any) -> None:
    error = refused(pool=[POOL], pool_profile="jtgrassie", wallet=BY_NAME["integrated"])

    assert error.code == "wallet_integrated" and "monero-pool" in error.thing


@pytest.mark.parametrize("pool", [POOL, "daemon+http://127.0.0.1:18081"])
def test_a_wallet_with_more_in_it_is_taken_apart(refused: Any, fund: str, pool: str) -> None:
    error = refused(pool=[pool], wallet=f"{fund}.rig1+10000")

    assert error.code == "wallet_combined"
    assert error.next_step == "Give the parts apart: WALLET=44AFFq…3A, WORKER=rig1, POOL_DIFFICULTY=10000."


@pytest.mark.parametrize(
    ("given", "subject", "code"),
    [
        ({"solo": True}, "--solo", "login_solo"),
        ({"worker": "rig:1", "pool_profile": "moneroocean"}, "--worker", "bad_value"),
        ({"worker": "rig.1", "pool_profile": "nanopool"}, "--worker", "login_worker"),
        ({"worker": "rig.1234", "pool_profile": "p2pool"}, "--worker", "login_worker"),
        ({"pool_difficulty": "5000"}, "--pool-difficulty", "login_difficulty"),
        ({"pool_difficulty": "0"}, "--pool-difficulty", "bad_value"),
        ({"pool_difficulty": "10k"}, "--pool-difficulty", "bad_value"),
        ({"email": "me@example.org"}, "--email", "login_email"),
        ({"email": "me"}, "--email", "bad_value"),
        ({"payment_id": "8a12"}, "--payment-id", "bad_value"),
        ({"payment_id": "0f" * 32}, "--payment-id", "payment_id_long"),
        ({"payment_id": PAYMENT_ID, "pool_profile": "jtgrassie"}, "--payment-id", "payment_id_refused"),
        ({"pool_profile": "minexmr"}, "--pool-profile", "bad_value"),
        ({"tls_fingerprint": "ab" * 32}, "--tls-fingerprint", "fingerprint_without_tls"),
    ],
)
def test_what_the_login_cannot_say_is_named_with_the_key(
    refused: Any, fund: str, given: dict[str, Any], subject: str, code: str
) -> None:
    error = refused(pool=[POOL], wallet=fund, **given)

    assert error.thing.startswith(subject) and error.code == code
    assert "0f0f" not in error.sentence


def test_a_backup_is_judged_as_well(refused: Any, fund: str) -> None:
    backup = "stratum+tcp://xmr.2miners.com:2222"
    error = refused(pool=[OCEAN, backup], wallet=fund, file="POOL_DIFFICULTY=5000\n")

    assert "POOL_DIFFICULTY (mining_config.env:1)" in error.thing and "2Miners" in error.thing


@pytest.mark.parametrize(
    ("name", "given"),
    [("--solo", {"solo": True}), ("--email", {"email": "a@b"}), ("--payment-id", {"payment_id": PAYMENT_ID}),
     ("--pool-difficulty", {"pool_difficulty": "5"})],
)  # fmt: skip
def test_an_option_for_pools_without_a_pool_is_refused(
    refused: Any, fund: str, daemon: str, name: str, given: dict[str, Any]
) -> None:
    for place in ({"pool": [daemon], "wallet": fund}, {"offline": True}):
        error = refused(**place, **given)
        assert error.code == "pool_option_without_pool" and error.thing.startswith(name)


def test_a_payment_id_of_the_file_is_not_lost_at_a_daemon(refused: Any, fund: str, daemon: str) -> None:
    error = refused(file=f"PAYMENT_ID={PAYMENT_ID}\n", pool=[daemon], wallet=fund)

    assert "cannot carry it" in error.thing and "mining_config.env:1" in error.thing


def test_other_pool_keys_of_the_file_do_not_disturb_other_runs(resolved: Any, fund: str, daemon: str) -> None:
    file = f"POOL_DIFFICULTY=5\nPOOL_SOLO=on\nPOOL_EMAIL=a@b\nTLS_FINGERPRINT={'ab' * 32}\n"

    assert resolved(file=file, pool=[daemon], wallet=fund).kind == "daemon"
    assert resolved(file=f"{file}PAYMENT_ID={PAYMENT_ID}\n", offline=True).offline


def test_a_pool_that_pays_otherwise_takes_no_address_of_the_coin(resolved: Any, refused: Any, fund: str) -> None:
    nicehash = "stratum+ssl://randomxmonero.auto.nicehash.com:443"

    assert resolved(pool=[nicehash], wallet="1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa").kind == "pool"
    assert refused(pool=[nicehash], wallet=fund).code == "wallet_kind"
    unmineable = "stratum+tcp://rx.unmineable.com:3333"
    assert resolved(pool=[unmineable], wallet="LTC:LaMT348PWRnrqeeWArpwQPbuanpXDZGEUz").kind == "pool"


def test_the_difficulty_of_offline_jobs_points_to_the_one_for_pools(refused: Any, fund: str) -> None:
    assert "--pool-difficulty" in refused(pool=[OCEAN], wallet=fund, difficulty="5").next_step


def test_a_problem_of_the_wallet_is_told_once(tmp_path: Path, machine: Any, fund: str) -> None:
    path = tmp_path / "mining_config.env"
    path.write_text(f"POOL_1={POOL}\nWALLET={fund[:-1]}\n")

    assert [problem.code for problem in file_problems(path, {}, machine)] == ["wallet_length"]


def test_the_password_is_hidden_and_the_rest_shown(resolved: Any, fund: str) -> None:
    text = explain(resolved(pool=[OCEAN], wallet=fund, password="hunter2", pool_difficulty="7000", worker="rig1"))

    assert "hunter2" not in text and fund not in text
    assert "POOL_DIFFICULTY" in text and "7000" in text

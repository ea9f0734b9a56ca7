"""Coins and algorithms: the coin gives the algorithm, and wallet and pool have to be of that coin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mining.configuration import build_plan
from mining.configuration.explain import explain
from mining.configuration.notices import notices
from mining.stratum.plan_login import login_at

VECTORS = Path(__file__).parents[2] / "vectors"
ROWS = {
    coin: json.loads((VECTORS / f"addresses_{name}.json").read_text(encoding="utf-8"))
    for coin, name in (("LTC", "litecoin"), ("DOGE", "dogecoin"))
}
VALID = [(coin, row["address"], row["networks"]) for coin, rows in ROWS.items() for row in rows["valid"]]
# White space around a value is not part of it, so the address with a line feed at its end is a right one here.
WRONG = [(coin, row) for coin, rows in ROWS.items() for row in rows["wrong"] if row["address"].strip()]
WRONG = [(coin, row) for coin, row in WRONG if row["address"] == row["address"].strip()]
LITECOIN = "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"
DOGECOIN = "DD4KSSuBJqcjuTcvUg1CgUKeurPUFeEZkE"
POOL = "stratum+tcp://pool.example.org:3333"
PAYMENT_ID = "8a125052fe6f3877"


@pytest.mark.parametrize(("coin", "wallet"), [("LTC", LITECOIN), ("ltc", LITECOIN), ("DOGE", DOGECOIN)])
def test_the_coin_gives_the_algorithm_at_a_pool(resolved: Any, coin: str, wallet: str) -> None:
    plan = build_plan(resolved(coin=coin, pool=[POOL], wallet=wallet, cores="0"))

    assert (plan.kind, plan.coin, plan.algorithm, plan.wallet) == ("pool", coin.upper(), "scrypt", wallet)


@pytest.mark.parametrize(("coin", "address", "networks"), VALID)
def test_every_mainnet_address_of_the_coin_is_taken_and_every_other_network_named(
    resolved: Any, refused: Any, coin: str, address: str, networks: list[str]
) -> None:
    if "mainnet" in networks:
        assert resolved(coin=coin, pool=[POOL], wallet=address).wallet == address
    else:
        error = refused(coin=coin, pool=[POOL], wallet=address)
        assert error.code == "wallet_network" and networks[0] in error.thing and "mainnet" in error.next_step


@pytest.mark.parametrize(
    "address", [LITECOIN, "rltc1qw508d6qejxtdg4y5r3zarvary0c5xw7k693xs3", "mwXn5Vhicdav8Av3KMokx4YNuHoGRKxtWs"]
)
def test_a_litecoin_daemon_is_asked_for_its_network_so_that_an_address_of_each_is_let_through(
    resolved: Any, daemon: str, address: str
) -> None:
    assert resolved(coin="LTC", pool=[daemon], wallet=address).kind == "daemon"


@pytest.mark.parametrize(("coin", "row"), WRONG, ids=lambda value: value["name"] if isinstance(value, dict) else value)
@pytest.mark.parametrize("place", [{"pool": [POOL]}, {"offline": True}])
def test_a_wrong_address_is_one_sentence_wherever_it_would_mine(
    refused: Any, coin: str, row: dict[str, str], place: dict[str, Any]
) -> None:
    error = refused(coin=coin, wallet=row["address"], **place)

    assert error.thing.startswith("--wallet") and error.code == (row["code"] or error.code)
    assert len(row["address"]) < 10 or row["address"] not in error.sentence


@pytest.mark.parametrize("coin", ["LTC", "DOGE"])
def test_a_monero_wallet_with_a_scrypt_coin_is_named_at_every_source(
    refused: Any, daemon: str, fund: str, coin: str
) -> None:
    places: list[dict[str, Any]] = [{"pool": [POOL]}, {"offline": True}]
    if coin == "LTC":
        places.append({"pool": [daemon]})
    else:
        assert refused(coin=coin, pool=[daemon], wallet=fund).code == "not_yet"
    for place in places:
        error = refused(coin=coin, wallet=fund, **place)
        assert error.code == "wallet_coin" and "44AFFq…3A looks like a Monero address" in error.thing


@pytest.mark.parametrize(
    ("wallet", "name"),
    [(LITECOIN, "Litecoin"), ("LT2KVaAy1ppRuxRgrS5RNU3vBsy7RibPeA", "Litecoin"), (DOGECOIN, "Dogecoin"),
     ("tltc1qw508d6qejxtdg4y5r3zarvary0c5xw7klfsuq0", "Litecoin"), ("ltcmweb1qq20e2arnhvxw97katjkm", "Litecoin")],
)  # fmt: skip
def test_the_wallet_of_another_coin_is_named_with_monero(refused: Any, daemon: str, wallet: str, name: str) -> None:
    for place in ({"pool": [POOL]}, {"pool": [daemon]}, {"offline": True}):
        error = refused(wallet=wallet, **place)
        assert error.code == "wallet_coin" and f"looks like a {name} address" in error.thing


def test_a_wallet_of_the_file_does_not_disturb_a_trial_of_another_coin(resolved: Any, refused: Any, fund: str) -> None:
    file = f"COIN=XMR\nWALLET={fund}\n"

    assert resolved(file=file, coin="LTC", offline=True).algorithm == "scrypt"
    assert refused(file=file, coin="LTC", pool=[POOL]).code == "wallet_coin"


def test_offline_any_algorithm_may_be_tried(resolved: Any) -> None:
    for given in ({"algorithm": "scrypt"}, {"algorithm": "scrypt", "file": "COIN=XMR\n"}):
        plan = build_plan(resolved(offline=True, cores="0", **given))
        assert (plan.kind, plan.algorithm, plan.coin) == ("offline", "scrypt", "LTC")
    assert build_plan(resolved(offline=True, cores="0", algorithm="rx/2")).coin == "XMR"
    assert build_plan(resolved(offline=True, cores="0", coin="DOGE", algorithm="scrypt")).coin == "DOGE"


@pytest.mark.parametrize(
    ("given", "named"),
    [({"coin": "XMR", "algorithm": "rx/2", "offline": True}, "uses rx/0"),
     ({"coin": "LTC", "algorithm": "rx/0", "pool": [POOL], "wallet": LITECOIN}, "(XMR)"),
     ({"algorithm": "scrypt", "pool": [POOL], "wallet": LITECOIN}, "(LTC or DOGE)"),
     ({"coin": "DOGE", "algorithm": "rx/0", "offline": True}, "uses scrypt")],
)  # fmt: skip
def test_an_algorithm_that_disagrees_with_the_coin_is_refused(refused: Any, given: dict[str, Any], named: str) -> None:
    error = refused(**given)

    assert error.code == "algorithm_disagrees" and named in error.sentence


@pytest.mark.parametrize("place", [{"pool": [POOL]}, {"offline": True}])
def test_a_payment_id_is_refused_with_a_coin_that_has_none(refused: Any, place: dict[str, Any]) -> None:
    for error in (
        refused(coin="LTC", wallet=LITECOIN, payment_id=PAYMENT_ID, **place),
        refused(coin="DOGE", wallet=DOGECOIN, file=f"PAYMENT_ID={PAYMENT_ID}\n", pool=[POOL]),
    ):
        assert error.code == "payment_id_coin" and "has no payment ids" in error.thing


def test_a_payment_id_of_the_file_does_not_disturb_a_trial(resolved: Any) -> None:
    assert resolved(coin="LTC", offline=True, file=f"PAYMENT_ID={PAYMENT_ID}\n").offline


@pytest.mark.parametrize("profile", ["moneroocean", "p2pool", "nanopool", "nicehash", "generic"])
def test_a_kind_of_pool_for_randomx_is_refused_with_a_scrypt_coin(refused: Any, profile: str) -> None:
    error = refused(coin="LTC", wallet=LITECOIN, pool=[POOL], pool_profile=profile)

    assert error.code == "profile_algorithm" and error.thing.startswith(f'--pool-profile "{profile}"')
    assert "LTC is mined with scrypt" in error.thing and "ckpool" in error.next_step


@pytest.mark.parametrize("profile", ["ckpool", "nsp", "yiimp"])
def test_a_kind_of_pool_for_scrypt_is_refused_with_monero(refused: Any, resolved: Any, fund: str, profile: str) -> None:
    error = refused(wallet=fund, pool=[POOL], pool_profile=profile)

    assert error.code == "profile_algorithm" and "XMR is mined with rx/0" in error.thing
    assert "LTC or DOGE" in error.next_step
    assert resolved(coin="LTC", wallet=LITECOIN, pool=[POOL], pool_profile=profile).kind == "pool"


def test_a_pool_with_accounts_is_given_the_account_s_name(resolved: Any, refused: Any) -> None:
    plan = build_plan(resolved(coin="LTC", wallet="alice42", pool=[POOL], pool_profile="account", cores="0"))

    assert login_at(plan, plan.endpoints[0]).login.startswith("alice42.")
    assert refused(coin="LTC", wallet="alice42", pool=[POOL]).code.startswith("wallet_")


def test_a_known_host_of_the_other_kind_is_named(refused: Any) -> None:
    error = refused(coin="LTC", wallet=LITECOIN, pool=[POOL, "stratum+tcp://pool.supportxmr.com:3333"])

    assert error.code == "pool_algorithm"
    assert '"pool.supportxmr.com:3333" is SupportXMR' in error.thing


def test_the_worker_is_a_part_of_the_user_name_so_it_has_no_dot(refused: Any, resolved: Any) -> None:
    assert resolved(coin="LTC", wallet=LITECOIN, pool=[POOL], worker="rig-1").worker == "rig-1"
    assert refused(coin="LTC", wallet=LITECOIN, pool=[POOL], worker="rig.1").code == "login_worker"


def test_the_memory_mode_has_no_effect_with_scrypt_and_that_is_said(resolved: Any, fund: str) -> None:
    configuration = resolved(coin="LTC", offline=True, mode="light", light=True)

    assert configuration.mode == "light"
    assert notices(configuration) == ["--light has no effect: scrypt has no fast and no light mode."]
    assert "light (no effect with scrypt)" in explain(configuration)
    assert notices(resolved(coin="LTC", offline=True)) == []
    assert notices(resolved(offline=True, light=True)) == []


def test_a_wallet_without_a_place_is_pointed_to_what_its_coin_can_be_mined_at(refused: Any) -> None:
    assert "daemon+http://127.0.0.1:9332" in refused(coin="LTC", wallet=LITECOIN).next_step
    assert "stratum+tcp://host:port" in refused(coin="DOGE", wallet=DOGECOIN).next_step

"""The order to mine another algorithm: what becomes of coin and cores, and when it is refused."""

from __future__ import annotations

import msgspec
import pytest

from mining.engine.algorithm_order import plan_with_algorithm
from mining.engine.plan import Endpoint, Plan
from mining.errors import ConfigurationError, MinerConsoleError

OFFLINE = Plan("offline", "XMR", "rx/0", (0,), sources={"CORES": "default", "THREADS": "default"})
AT_A_POOL = msgspec.structs.replace(
    OFFLINE, kind="pool", endpoints=(Endpoint("stratum+tcp", "a.example", 3333),), wallet="4A"
)


def ordered(plan: Plan, name: str, coin: str | None = None, source: str = "page") -> Plan:
    return plan_with_algorithm(plan, name, coin, source, default_cores=lambda size: (size,))


def refusal(plan: Plan, name: str, coin: str | None = None) -> tuple[str, str]:
    with pytest.raises(MinerConsoleError) as caught:
        ordered(plan, name, coin)
    return caught.value.code, caught.value.sentence


@pytest.mark.parametrize(
    ("name", "coin", "expected"),
    [("scrypt", None, "LTC"), ("scrypt", "DOGE", "DOGE"), ("rx/2", None, "XMR")],
)
def test_offline_the_coin_follows_the_algorithm(name: str, coin: str | None, expected: str) -> None:
    plan = ordered(OFFLINE, name, coin)
    assert (plan.algorithm, plan.coin, plan.sources["ALGORITHM"]) == (name, expected, "page")


def test_back_again_is_the_plan_of_before() -> None:
    there = ordered(OFFLINE, "scrypt")
    back = ordered(there, "rx/0")
    assert (back.algorithm, back.coin) == ("rx/0", "XMR")


def test_cores_that_nobody_chose_are_chosen_for_the_algorithm() -> None:
    assert ordered(OFFLINE, "scrypt").cores == (128 << 10,)
    chosen = msgspec.structs.replace(OFFLINE, sources={"CORES": "mining_config.env:3", "THREADS": "default"})
    assert ordered(chosen, "scrypt").cores == (0,)


def test_the_same_algorithm_changes_nothing() -> None:
    assert ordered(OFFLINE, "rx/0") is OFFLINE
    assert ordered(AT_A_POOL, "rx/0", "XMR") is AT_A_POOL


def test_at_a_pool_another_algorithm_is_refused_because_coin_and_pool_must_change() -> None:
    code, sentence = refusal(AT_A_POOL, "scrypt")
    assert code == "algorithm_disagrees"
    assert sentence == (
        "a.example:3333 is mined at for XMR, which uses rx/0; scrypt needs another coin and another pool. "
        "Apply a plan that names both."
    )


def test_a_coin_that_disagrees_is_named() -> None:
    code, sentence = refusal(OFFLINE, "scrypt", "XMR")
    assert code == "algorithm_disagrees" and "XMR is mined with rx/0, not with scrypt" in sentence


@pytest.mark.parametrize(("name", "coin"), [("rx/9", None), ("", None), ("scrypt", "BTC")])
def test_unknown_names_are_refused_with_what_there_is(name: str, coin: str | None) -> None:
    with pytest.raises(ConfigurationError, match="Choose one of"):
        ordered(OFFLINE, name, coin)


@pytest.mark.parametrize("key", ["ALGORITHM", "COIN"])
def test_a_pinned_algorithm_or_coin_is_refused(key: str) -> None:
    pinned = msgspec.structs.replace(OFFLINE, pins={key: f"command line (--{key.lower()})"})
    assert refusal(pinned, "scrypt")[0] == "pinned"

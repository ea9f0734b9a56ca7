"""The console's plan below the pins of a Node: a pin never changes, everything else follows the console."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.coins import COINS
from mining.configuration import build_plan, resolve
from mining.configuration.console_plan import follow_console, merged_plan, resolve_console_values
from mining.configuration.cores import Machine
from mining.configuration.keys import KEYS, console_keys
from mining.configuration.origins import Level, from_answer, from_command_line, from_environment, from_file, from_pin
from mining.engine.plan import Plan
from mining.errors import ConfigurationError

MACHINE = Machine(online=frozenset(range(4)), allowed=frozenset(range(4)))
WALLETS = {
    "XMR": "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
    "LTC": "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9",
    "DOGE": "DD4KSSuBJqcjuTcvUg1CgUKeurPUFeEZkE",
}
POOL = "stratum+tcp://pool.example.org:3333"
OTHER = "stratum+ssl://other.example.org:443"
PRINT = "ab" * 32


def node(**values: str) -> Plan:
    """The Plan of a Node whose environment gives these keys."""
    environ = {f"MINERCONSOLE_{key}": text for key, text in values.items() if key != "OFFLINE"}
    return build_plan(resolve({"offline": "OFFLINE" in values}, environ, None, machine=MACHINE))


def follow(current: Plan, /, **values: str) -> Plan:
    return follow_console(current, values, machine=MACHINE)


def follow_number(version: int, current: Plan, /, **values: str) -> Plan:
    return follow_console(current, values, version=version, machine=MACHINE)


def refused(current: Plan, **values: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        follow(current, **values)
    assert caught.value.exit_code == 2 and "\n" not in caught.value.sentence
    return caught.value


PLACES = st.one_of(
    st.just({"OFFLINE": "on"}),
    *(
        st.fixed_dictionaries(
            {"COIN": st.just(coin), "WALLET": st.just(WALLETS[coin]), "POOL_1": st.sampled_from([POOL, OTHER])},
            optional={
                "POOL_2": st.just(OTHER),
                "POOL_1_PASSWORD": st.sampled_from(["a", "b"]),
                "POOL_PASSWORD": st.sampled_from(["c", "d"]),
            },
        )
        for coin in COINS
    ),
)
SETTINGS = st.fixed_dictionaries(
    {"CORES": st.sampled_from(["0", "1-2", "0,3"])},
    optional={
        "INTENSITY": st.integers(0, 100).map(str),
        "MODE": st.sampled_from(["auto", "fast", "light"]),
        "HUGE_PAGES": st.sampled_from(["auto", "on", "off"]),
        "PRIORITY": st.sampled_from(["idle", "low", "normal"]),
        "WORKER": st.sampled_from(["rig-1", "rig-2"]),
        "DIFFICULTY": st.integers(1, 9999).map(str),
    },
)
VALUES = st.tuples(PLACES, SETTINGS).map(lambda parts: {**parts[0], **parts[1]})
FIELDS = {
    "COIN": "coin", "WORKER": "worker", "POOL": "endpoints", "POOL_PASSWORD": "pool_password", "CORES": "cores",
    "INTENSITY": "intensity", "MODE": "mode", "HUGE_PAGES": "huge_pages", "PRIORITY": "priority",
}  # fmt: skip
"""Fields of a Plan that one group of keys gives alone."""


GROUPS = st.sets(st.sampled_from([*FIELDS, "WALLET"]))
LIGHT = settings(max_examples=40)


def pinned_in(plan: Plan, groups: set[str]) -> Plan:
    """The same Plan as if only these groups were given on the Node, and the rest by a plan of the console before."""
    return msgspec.structs.replace(
        plan, pins={key: source for key, source in plan.pins.items() if KEYS[key].pin_group in groups}
    )


@LIGHT
@given(own=VALUES, wanted=VALUES, groups=GROUPS)
def test_a_pinned_key_never_changes_and_every_other_key_takes_the_console_s_value(
    own: dict[str, str], wanted: dict[str, str], groups: set[str]
) -> None:
    current = pinned_in(node(**own), groups)
    alone = build_plan(resolve_console_values(wanted, machine=MACHINE))
    try:
        merged = follow(current, **wanted)
    except ConfigurationError as error:
        assert "is pinned on this Node" in error.next_step
        return
    pinned = {KEYS[key].pin_group for key in current.pins}
    for group, field in FIELDS.items():
        source = current if group in pinned else alone
        assert getattr(merged, field) == getattr(source, field), group
    assert merged.pins == current.pins
    assert {key: merged.sources[key] for key in current.pins} == current.pins
    assert merged.kind == (current if "POOL" in pinned else alone).kind
    assert merged.kind == "offline" or merged.algorithm == COINS[merged.coin].algorithm
    assert merged.wallet in ("", current.wallet if "WALLET" in pinned else alone.wallet)
    if merged.kind == "pool":
        assert merged.wallet == WALLETS[merged.coin]


@LIGHT
@given(own=VALUES, wanted=VALUES, groups=GROUPS)
def test_following_the_same_plan_twice_changes_nothing(
    own: dict[str, str], wanted: dict[str, str], groups: set[str]
) -> None:
    try:
        once = follow_number(7, pinned_in(node(**own), groups), **wanted)
    except ConfigurationError:
        return
    assert follow_number(7, once, **wanted) == once


@LIGHT
@given(wanted=VALUES, between=VALUES)
def test_without_pins_nothing_is_left_of_the_plan_before(wanted: dict[str, str], between: dict[str, str]) -> None:
    current = build_plan(resolve({}, {}, None, machine=MACHINE))
    direct = follow_number(9, current, **wanted)

    assert follow_number(9, follow(current, **between), **wanted) == direct
    assert {key for key, source in direct.sources.items() if source == "console (plan 9)"} == set(wanted)


def test_the_number_of_the_plan_and_what_a_person_did_live_stay_apart() -> None:
    current = node(INTENSITY="50")

    assert follow(current, CORES="1").version == current.version + 1
    assert follow_number(12, current, CORES="1").sources["CORES"] == "console (plan 12)"


def test_a_key_the_console_no_longer_gives_goes_back_to_its_default() -> None:
    current = node(COIN="LTC", WALLET=WALLETS["LTC"], POOL_1=POOL)
    slow = follow(current, INTENSITY="10", CORES="1")

    assert slow.intensity == 10
    assert (again := follow(slow, CORES="1")).intensity == 100 and again.sources["INTENSITY"] == "default"


@pytest.mark.parametrize("given_there", ["CORES", "THREADS"])
def test_cores_and_threads_are_one_group(given_there: str) -> None:
    current = node(OFFLINE="on", THREADS="2")
    merged = follow(current, **{given_there: "1"})

    assert merged.cores == current.cores and len(merged.cores) == 2
    assert merged.sources["CORES"] == "default"


def test_pinned_pools_keep_their_own_keys_whatever_the_console_gives_for_them() -> None:
    current = node(COIN="LTC", WALLET=WALLETS["LTC"], POOL_1=OTHER, POOL_1_PASSWORD="own", POOL_1_TLS_FINGERPRINT=PRINT)
    merged = follow(current, POOL_1=POOL, POOL_1_PASSWORD="console", POOL_2=POOL, INTENSITY="5", CORES="1")

    assert merged.endpoints == current.endpoints and merged.intensity == 5
    assert "POOL_2" not in {key for key, source in merged.sources.items() if source != "default"}


def test_pinned_offline_stays_offline() -> None:
    merged = follow(node(OFFLINE="on"), COIN="LTC", WALLET=WALLETS["LTC"], POOL_1=POOL, CORES="1")

    assert (merged.kind, merged.endpoints, merged.wallet, merged.algorithm) == ("offline", (), "", "scrypt")


def test_a_pinned_wallet_is_there_again_after_a_time_offline() -> None:
    current = node(COIN="LTC", WALLET=WALLETS["LTC"], POOL_2=POOL)
    environ = {"MINERCONSOLE_WALLET": WALLETS["LTC"], "MINERCONSOLE_COIN": "LTC"}
    released = build_plan(resolve({}, environ, None, {"OFFLINE": "on"}, machine=MACHINE))
    released = follow(released, OFFLINE="on", CORES="1")
    assert (released.kind, released.wallet) == ("offline", "")

    back = follow(released, POOL_1=POOL, CORES="1")
    assert (back.kind, back.wallet, back.payee_source) == ("pool", current.wallet, "environment (MINERCONSOLE_WALLET)")


def test_a_pinned_wallet_of_another_coin_names_the_pin_and_how_to_release_it() -> None:
    current = node(COIN="XMR", WALLET=WALLETS["XMR"], POOL_1=POOL)
    pinned_wallet = Plan("pool", "XMR", "rx/0", (0,), endpoints=current.endpoints, wallet=WALLETS["XMR"],
                         pins={"WALLET": "mining_config.env:3"})  # fmt: skip
    error = refused(pinned_wallet, COIN="LTC", POOL_1=POOL)

    assert error.code == "wallet_coin" and "44AFFq…3A looks like a Monero address" in error.thing
    assert "WALLET is pinned on this Node (mining_config.env:3)" in error.next_step
    assert "to release it: remove WALLET from line 3 of mining_config.env" in error.next_step


def test_a_pinned_coin_and_a_wallet_of_another_one_disagree() -> None:
    pinned = Plan("offline", "LTC", "scrypt", (0,), pins={"COIN": "command line (--coin)"})
    error = refused(pinned, COIN="XMR", WALLET=WALLETS["XMR"], POOL_1=POOL)

    assert error.code == "wallet_coin" and "COIN is pinned on this Node" in error.next_step
    assert "leave out --coin" in error.next_step


def test_a_pinned_algorithm_is_tried_offline_but_not_at_a_pool() -> None:
    current = build_plan(resolve({"algorithm": "scrypt"}, {}, None, machine=MACHINE))

    assert follow(current, OFFLINE="on", CORES="0").algorithm == "scrypt"
    error = refused(current, COIN="XMR", WALLET=WALLETS["XMR"], POOL_1=POOL)
    assert error.code == "algorithm_disagrees" and "leave out --algorithm" in error.next_step


def test_what_is_wrong_in_the_console_s_plan_alone_is_named_without_pins() -> None:
    error = refused(node(INTENSITY="50"), COIN="LTC", POOL_1=POOL)

    assert error.code == "wallet_missing" and "pinned" not in error.next_step
    with pytest.raises(ConfigurationError, match=r'INTENSITY \(console\) "101"'):
        resolve_console_values({"INTENSITY": "101"}, machine=MACHINE)


def test_a_plan_for_a_node_with_a_wallet_of_its_own_needs_none() -> None:
    values = {"COIN": "LTC", "POOL_1": POOL, "CORES": "0"}
    with pytest.raises(ConfigurationError, match="no wallet"):
        resolve_console_values(values, machine=MACHINE)

    current = node(COIN="LTC", WALLET=WALLETS["LTC"], POOL_1=OTHER)
    configuration = resolve_console_values(values, machine=MACHINE, pins=current.pins)
    assert merged_plan(current, configuration).wallet == WALLETS["LTC"]


@pytest.mark.parametrize("key", ["HOME", "LISTEN", "WEB_ENABLED", "POOL_PASSWORD_FILE", "DURATION", "SHARES"])
def test_what_is_of_one_computer_or_run_is_no_part_of_a_plan(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve_console_values({key: "/etc/hostname"}, machine=MACHINE)

    assert caught.value.code == "key_not_planned" and key in caught.value.thing
    assert key not in {row.name for row in console_keys()}


def test_a_plan_of_the_console_does_not_mine_on_a_public_runner_either() -> None:
    current = node(INTENSITY="50")
    values = {"COIN": "LTC", "WALLET": WALLETS["LTC"], "POOL_1": POOL}
    with pytest.raises(ConfigurationError) as caught:
        follow_console(current, values, machine=MACHINE, environ={"GITHUB_ACTIONS": "true"})

    assert caught.value.code == "public_ci"


def test_whether_the_node_is_started_or_paused_is_left_alone() -> None:
    current = Plan("offline", "XMR", "rx/0", (0,), is_started=False, is_paused=True)
    merged = follow(current, INTENSITY="20", CORES="1")

    assert (merged.is_started, merged.is_paused, merged.intensity) == (False, True, 20)


@pytest.mark.parametrize(
    "origin",
    [from_command_line("--wallet"), from_environment("MINERCONSOLE_WALLET"), from_file("WALLET", "a:b.env", 12),
     from_answer("WALLET")],
)  # fmt: skip
def test_the_origin_of_a_pin_is_read_back_from_its_label(origin: Any) -> None:
    assert from_pin("WALLET", origin.label) == origin


def test_a_label_of_a_live_change_counts_as_a_pin_of_a_person() -> None:
    origin = from_pin("INTENSITY", "page")

    assert origin.level is Level.COMMAND_LINE and origin.is_pin and origin.label == "page"

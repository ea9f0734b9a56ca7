"""Pins against orders: what was given above the console stays, and the sentence says by whom and how to release it."""

from __future__ import annotations

import pytest

from mining.engine.pins import PinnedError, check_unpinned, noted, pinned_among
from mining.engine.plan import Plan

PINS = {"THREADS": "command line (--threads)", "INTENSITY": "mining_config.env:12", "POOL_1": "environment (X_POOL_1)"}
PLAN = Plan("offline", "XMR", "rx/0", (0,), pins=PINS)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("INTENSITY", ("INTENSITY", "mining_config.env:12", "remove INTENSITY from line 12 of mining_config.env")),
        ("CORES", ("THREADS", "command line (--threads)", "leave out --threads")),
        ("OFFLINE", ("POOL_1", "environment (X_POOL_1)", "unset X_POOL_1")),
    ],
)
def test_a_pinned_key_is_refused_with_its_source_and_how_to_release_it(key: str, words: tuple[str, ...]) -> None:
    with pytest.raises(PinnedError) as caught:
        check_unpinned(PLAN, key, "page")
    assert caught.value.code == "pinned"
    for word in words:
        assert word in caught.value.sentence


@pytest.mark.parametrize("key", ["COIN", "WALLET", "MODE", "ALGORITHM"])
def test_a_pin_on_one_key_locks_no_other(key: str) -> None:
    check_unpinned(PLAN, key, "page")


def test_the_keys_of_the_terminal_change_everything_and_pin_it() -> None:
    source = "command line (key + or -)"
    check_unpinned(PLAN, "INTENSITY", source)
    assert noted(PLAN, "INTENSITY", source).pins["INTENSITY"] == source
    assert noted(PLAN, "COIN", source).pins == {**PINS, "COIN": source}


def test_an_order_from_elsewhere_is_noted_and_pins_nothing() -> None:
    plan = noted(PLAN, "COIN", "page")
    assert plan.pins == PINS and plan.sources["COIN"] == "page"


def test_the_pins_that_hide_keys_of_a_plan_are_found_by_their_group() -> None:
    hidden = pinned_among(PLAN, ["COIN", "CORES", "POOL_2", "UNKNOWN"])
    assert hidden == {"THREADS": PINS["THREADS"], "POOL_1": PINS["POOL_1"]}

"""The difficulty that is asked for: shares come often enough for the timers of the pool."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.stratum.difficulty import is_too_hard, wanted_difficulty
from mining.stratum.profiles import PROFILES, PoolProfile

SURE = [profile for profile in PROFILES.values() if profile.grammar.is_difficulty_sure]


@pytest.mark.parametrize("profile", SURE, ids=lambda profile: profile.key)
@given(hps=st.floats(50, 1e6))
def test_the_wanted_difficulty_gives_a_share_a_minute_and_seven_in_each_limit(profile: PoolProfile, hps: float) -> None:
    wanted = wanted_difficulty(hps, profile)

    assert wanted is not None
    hashes = wanted * profile.hashes_per_difficulty
    assert hashes <= max(60 * hps, profile.grammar.difficulty_min * profile.hashes_per_difficulty)
    assert not is_too_hard(hashes, hps, profile) or wanted == profile.grammar.difficulty_min
    if profile.behaviour.first_share_limit_s:
        assert profile.behaviour.first_share_limit_s * hps / wanted >= 7


def test_the_minimum_of_the_grammar_is_kept() -> None:
    assert wanted_difficulty(1.0, PROFILES["p2pool"]) == 1000
    assert wanted_difficulty(1.0, PROFILES["xmrig_proxy"]) == 100
    assert wanted_difficulty(0.001, PROFILES["snipa"]) == 1


def test_a_rate_of_a_hundred_asks_for_six_thousand() -> None:
    assert wanted_difficulty(100.0, PROFILES["moneroocean"]) == 6000


@pytest.mark.parametrize("hps", [None, 0.0, -1.0])
def test_nothing_is_asked_for_while_the_rate_is_not_known(hps: float | None) -> None:
    assert wanted_difficulty(hps, PROFILES["moneroocean"]) is None


@pytest.mark.parametrize("key", ["generic", "2miners", "hashvault", "herominers", "dvandal", "sammy"])
def test_nothing_is_asked_for_where_the_syntax_is_missing_or_unsure(key: str) -> None:
    assert wanted_difficulty(1000.0, PROFILES[key]) is None


@pytest.mark.parametrize(
    ("key", "seconds"), [("snipa", 180), ("p2pool", 180), ("moneroocean", 600 / 7), ("generic", 600 / 7)]
)
def test_too_hard_begins_where_the_pool_s_timers_are_in_danger(key: str, seconds: float) -> None:
    limit = math.floor(1000 * seconds)

    assert not is_too_hard(limit, 1000.0, PROFILES[key])
    assert is_too_hard(limit + 1, 1000.0, PROFILES[key])


def test_any_difficulty_is_too_hard_without_a_rate() -> None:
    assert is_too_hard(1, 0.0, PROFILES["snipa"])

"""The profiles of pools: what each software does, and that the tables keep together."""

from __future__ import annotations

from pathlib import Path

import pytest

from mining.errors import ConfigurationError
from mining.stratum.profiles import PROFILES, SOFTWARE, PoolProfile, Standby, WireDialect, profile_named

PROTOCOLS = (Path(__file__).parents[3] / "docs" / "PROTOCOLS.md").read_text(encoding="utf-8")
# Idle limit (silent?), limits for login and first share, jobs kept, ban: the behaviour matrix, read in each software's
# source.
MATRIX = {
    "snipa": (900, True, None, None, 8, 65),
    "moneroocean": (900, False, 15, 600, 10, 600),
    "zone": (900, True, None, None, 4, 600),
    "dvandal": (900, True, None, None, 4, 600),
    "jtgrassie": (150, False, None, None, 4, 600),
    "p2pool": (None, False, 10, None, 4, 600),
    "sammy": (900, False, None, None, 4, 600),
    "miningcore": (600, False, None, None, 4, 10),
    "xmrig_proxy": (600, False, 10, None, 1, 600),
}
V1 = {"nsp", "ckpool", "yiimp", "generic_v1"}
# The piece names that a login may be written from.
FIELDS = {"wallet", "worker", "label", "difficulty", "email", "solo", "ticker", "password", "worker_or_password"}


@pytest.mark.parametrize("key", MATRIX)
def test_the_timers_are_those_of_the_behaviour_matrix(key: str) -> None:
    row = SOFTWARE[key]
    seen = (row.idle_limit_s, row.is_idle_silent, row.login_limit_s, row.first_share_limit_s)

    assert (*seen, row.jobs_kept, row.ban_s) == MATRIX[key]


def test_only_those_that_keep_one_template_are_clean_at_a_new_height() -> None:
    clean = {key for key, row in SOFTWARE.items() if row.is_clean_at_new_height}

    assert clean == {"dvandal", "sammy", "miningcore", "generic"}


def test_getjob_is_never_sent_where_an_unknown_method_harms() -> None:
    allowed = {key for key, row in SOFTWARE.items() if row.is_getjob_allowed}

    assert allowed == {"snipa", "moneroocean", "zone", "dvandal"}
    for row in SOFTWARE.values():
        assert row.is_getjob_allowed or row.getjob_after_s is None


def test_p2pool_gets_nothing_but_login_and_submit() -> None:
    row = SOFTWARE["p2pool"]

    assert row.is_unknown_method_ban and row.keepalive_every_s is None
    assert not row.is_keepalive_answered


def test_a_missing_keepalive_answer_is_no_sign_of_death_where_none_comes() -> None:
    silent = {key for key, row in SOFTWARE.items() if not row.is_keepalive_answered}

    assert silent == {"p2pool", "miningcore", "generic"} | V1


def test_stratum_v1_has_no_heartbeats() -> None:
    for row in (SOFTWARE[key] for key in V1):
        assert row.keepalive_every_s is None and row.getjob_after_s is None and not row.is_getjob_allowed


def test_a_profile_says_which_algorithms_are_mined_there() -> None:
    assert {profile.family for profile in PROFILES.values()} == {"randomx", "scrypt"}
    assert {key for key, profile in PROFILES.items() if profile.family == "scrypt"} == V1 | {"account"}
    assert PROFILES["yiimp"].dialect is WireDialect.STRATUM_V1 and "Scrypt" in PROFILES["yiimp"].dialect.described
    assert PROFILES["generic"].hashes_per_difficulty == 1


def test_snipa_is_kept_alive_by_getjob_because_keepalived_refreshes_nothing() -> None:
    row = SOFTWARE["snipa"]

    assert not row.is_keepalive_heartbeat and row.is_getjob_heartbeat
    assert row.getjob_after_s is not None and row.idle_limit_s is not None and row.getjob_after_s < row.idle_limit_s


def test_a_standby_is_renewed_before_the_pool_ends_it() -> None:
    for row in SOFTWARE.values():
        limits = [row.idle_limit_s, row.first_share_limit_s]
        assert row.standby_renew_s < min(limit for limit in [*limits, 901] if limit is not None)
    assert SOFTWARE["moneroocean"].standby_renew_s == 480
    assert SOFTWARE["jtgrassie"].standby_renew_s == 120


def test_a_standby_does_not_log_in_where_a_name_is_the_session() -> None:
    assert [key for key, row in SOFTWARE.items() if row.standby is Standby.CONNECT_ONLY] == ["sammy"]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.key)
def test_a_row_of_the_table_is_whole(profile: PoolProfile) -> None:
    grammar = profile.grammar

    assert profile.source and profile.behaviour.source and profile.name
    assert grammar.fields <= FIELDS and grammar.login and grammar.password and grammar.form
    assert 1 <= grammar.difficulty_min < grammar.difficulty_max
    assert ("solo" in grammar.fields) == bool(grammar.solo)
    assert not grammar.is_difficulty_sure or (grammar.has_difficulty and "S" in profile.source)
    assert grammar.has_email == ("EMAIL" in grammar.form) and grammar.has_difficulty == ("DIFF" in grammar.form)


def test_no_two_profiles_claim_one_host() -> None:
    hosts = [host for profile in PROFILES.values() for host in profile.hosts]

    assert len(hosts) == len(set(hosts))


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="moneroocean") as caught:
        profile_named("minexmr")

    assert "'minexmr'" in caught.value.thing


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.key)
def test_the_documentation_has_a_row_for_every_profile(profile: PoolProfile) -> None:
    cells = f"| `{profile.key}` | {profile.grammar.form} | `{profile.behaviour.key}` | {profile.source} |"

    assert cells in PROTOCOLS


@pytest.mark.parametrize("key", SOFTWARE)
def test_the_documentation_has_the_timers_of_every_software(key: str) -> None:
    row = next(line for line in PROTOCOLS.split("### Timers")[1].splitlines() if line.startswith(f"| `{key}` |"))

    for limit in (SOFTWARE[key].idle_limit_s, SOFTWARE[key].first_share_limit_s, SOFTWARE[key].login_limit_s):
        assert limit is None or f"{limit} s" in row
    assert f"{SOFTWARE[key].ban_s} s" in row.split("|")[-2]

"""What keeps a session alive at each kind of pool, and when it is made anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mining.engine.session.heartbeat import Beat, Heartbeat
from mining.engine.session.timers import SessionTimers
from mining.stratum.profiles import SOFTWARE, Behaviour

TIMERS = SessionTimers()


def heartbeat(behaviour: Behaviour, now: float = 0.0) -> Heartbeat:
    beat = Heartbeat("pool.example:3333", behaviour, TIMERS)
    beat.started(now)
    beat.job_came(now)
    return beat


def walk(beat: Heartbeat, until_s: int, *, has_jobs: bool = True, is_answering: bool = True) -> tuple[list[Beat], str]:
    """Live second by second without a share; returns what was sent, and the cause of the end ("" for none)."""
    sent: list[Beat] = []
    for now in range(until_s):
        if has_jobs:
            beat.job_came(now)
        if (error := beat.death(now) or beat.renewal(now)) is not None:
            return sent, error.code
        due = beat.beats(now)
        sent += due
        if due and is_answering:
            beat.answered()
    return sent, ""


def test_a_heartbeat_goes_out_every_45_seconds_where_the_pool_takes_it() -> None:
    sent, end = walk(heartbeat(SOFTWARE["jtgrassie"]), 451)
    assert (sent, end) == ([Beat.KEEPALIVE] * 10, "")


def test_snipa_is_asked_for_a_job_because_its_keepalived_refreshes_nothing() -> None:
    sent, end = walk(heartbeat(SOFTWARE["snipa"]), 901)
    assert sent.count(Beat.GETJOB) == 3
    assert end == ""


def test_a_share_is_as_good_as_asking_for_a_job() -> None:
    beat = heartbeat(SOFTWARE["snipa"])
    beat.submitted(250)
    assert Beat.GETJOB not in beat.beats(549)
    assert Beat.GETJOB in beat.beats(550)


def test_p2pool_gets_nothing_that_it_does_not_know() -> None:
    sent, end = walk(heartbeat(SOFTWARE["p2pool"]), 3600)
    assert (sent, end) == ([], "")


def test_zone_gets_no_keepalived_because_a_forgotten_one_breaks_its_thread() -> None:
    sent, _ = walk(heartbeat(SOFTWARE["zone"]), 3600)
    assert set(sent) == {Beat.GETJOB}


@pytest.mark.parametrize("key", sorted(SOFTWARE))
def test_no_session_without_shares_reaches_the_idle_limit_of_its_pool(key: str) -> None:
    """For each kind: within the limit there was a heartbeat that counts there, or the session is made anew."""
    behaviour = SOFTWARE[key]
    if behaviour.idle_limit_s is None:
        pytest.skip("it has no idle limit")
    refreshed_at = 0
    beat = heartbeat(behaviour)
    for now in range(2000):
        beat.job_came(now)
        if beat.renewal(now) is not None:
            refreshed_at = now
            beat = heartbeat(behaviour, now)
            continue
        for each in beat.beats(now):
            beat.answered()
            counts = behaviour.is_keepalive_heartbeat if each is Beat.KEEPALIVE else behaviour.is_getjob_heartbeat
            refreshed_at = now if counts else refreshed_at
        assert now - refreshed_at < behaviour.idle_limit_s


def test_a_pool_that_wants_a_first_share_gets_a_new_login_before_its_limit() -> None:
    beat = heartbeat(SOFTWARE["moneroocean"])
    _, end = walk(beat, 1000)
    assert end == "renewed"
    with_share = heartbeat(SOFTWARE["moneroocean"])
    with_share.accepted()
    assert walk(with_share, 1000)[1] == ""


def test_a_pool_that_answers_heartbeats_and_stops_to_is_dead() -> None:
    sent, end = walk(heartbeat(SOFTWARE["jtgrassie"]), 1000, is_answering=False)
    assert end == "silent"
    assert len(sent) == 1, "it is noticed after one heartbeat, not after several"


def test_a_pool_that_never_answers_heartbeats_is_not_taken_for_dead() -> None:
    behaviour = replace(SOFTWARE["miningcore"], idle_limit_s=None)
    assert walk(heartbeat(behaviour), 550, is_answering=False)[1] == ""


def test_a_pool_without_jobs_is_left_for_a_new_session() -> None:
    _, end = walk(heartbeat(SOFTWARE["jtgrassie"]), 1000, has_jobs=False)
    assert end == "no_job"

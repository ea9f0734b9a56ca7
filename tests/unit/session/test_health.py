"""Health of endpoints: back-off, circuit, permanent refusals."""

from __future__ import annotations

import pytest

from mining.engine.session.health import (
    REAUTH_WINDOW_S,
    REAUTHS,
    REJECTS_IN_A_ROW,
    EndpointHealth,
    all_stopped,
    first_available,
)
from mining.engine.session.problems import LinkError, StoppedPoolError
from mining.engine.session.timers import SessionTimers

TIMERS = SessionTimers(backoff_s=1.0, longest_backoff_s=60.0)


def lost(leave_s: float = 0.0) -> LinkError:
    return LinkError("pool.example:3333 closed the connection", code="closed_by_pool", leave_s=leave_s)


def test_the_pause_doubles_up_to_a_minute_and_only_an_accepted_share_resets_it() -> None:
    health = EndpointHealth()
    pauses = []
    for _ in range(9):
        health.failed(100.0, lost(), TIMERS, jitter=0.0)
        pauses.append(health.not_before - 100.0)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    health.share_accepted()
    health.failed(100.0, lost(), TIMERS, jitter=0.0)
    assert health.not_before == 101.0


@pytest.mark.parametrize("jitter", [-0.3, 0.3])
def test_jitter_moves_the_pause_by_its_share(jitter: float) -> None:
    health = EndpointHealth(failures=3)
    health.failed(0.0, lost(), TIMERS, jitter=jitter)
    assert health.not_before == pytest.approx(8.0 * (1 + jitter))


def test_a_ban_is_waited_out_even_where_the_backoff_is_shorter() -> None:
    health = EndpointHealth()
    health.failed(10.0, lost(leave_s=600.0), TIMERS, jitter=0.0)
    assert not health.is_available(609.0)
    assert health.is_available(610.0)


def test_a_permanent_refusal_stops_the_endpoint_for_good() -> None:
    health = EndpointHealth()
    health.failed(0.0, StoppedPoolError("wrong wallet", code="bad_wallet"), TIMERS, jitter=0.0)
    assert not health.is_available(1e9)


def test_only_when_every_endpoint_is_stopped_there_is_nothing_left() -> None:
    stopped = StoppedPoolError("wrong wallet", code="bad_wallet")
    healths = [EndpointHealth(stopped=stopped), EndpointHealth()]
    assert all_stopped(healths) is None
    healths[1].stopped = StoppedPoolError("wrong password", code="wrong_password")
    assert all_stopped(healths) is stopped


def test_endpoints_are_taken_in_order_and_those_in_use_are_left_out() -> None:
    healths = [EndpointHealth(not_before=50.0), EndpointHealth(), EndpointHealth()]
    assert first_available(healths, 10.0) == 1
    assert first_available(healths, 10.0, but=[1, None]) == 2
    assert first_available(healths, 60.0) == 0
    assert first_available([EndpointHealth(not_before=50.0)], 10.0) is None


def test_many_sessions_in_a_short_time_open_the_circuit_and_few_do_not() -> None:
    health = EndpointHealth()
    step = REAUTH_WINDOW_S / REAUTHS
    assert [health.reauthenticated(now) for now in range(REAUTHS)] == [False] * (REAUTHS - 1) + [True]
    calm = EndpointHealth()
    assert not any(calm.reauthenticated(number * (step * 1.5)) for number in range(20))


def test_rejects_count_only_in_a_row() -> None:
    health = EndpointHealth()
    verdicts = [health.share_rejected() for _ in range(REJECTS_IN_A_ROW - 1)]
    health.share_accepted()
    assert not any(verdicts)
    assert [health.share_rejected() for _ in range(REJECTS_IN_A_ROW)][-1]

"""What follows from each reason: the same for every dialect, a ban left alone, a heartbeat's limit not for ever."""

from __future__ import annotations

import pytest

from mining.engine.session.notices import NEWS_S, Notices
from mining.engine.session.ownership import DISPUTED, End
from mining.engine.session.problems import StoppedPoolError
from mining.engine.session.reactions import STAY, Step, step_for_share, step_for_words
from mining.stratum.bitcoin import reasons as v1
from mining.stratum.profiles import SOFTWARE
from mining.stratum.reasons import (
    BANNED_600,
    DUPLICATE,
    LOW_DIFFICULTY,
    MALFORMED,
    OTHER,
    RATE_LIMITED,
    STALE,
    THROTTLED,
    UNAUTHENTICATED,
    UNKNOWN_JOB,
    WRONG_PASSWORD,
    Reason,
)

SNIPA = SOFTWARE["snipa"]


def step(reason: Reason, *, is_current: bool = False, low_in_a_row: int = 0) -> Step:
    return step_for_share(reason, "said so", SNIPA, is_current=is_current, low_in_a_row=low_in_a_row)


def code(found: Step) -> str:
    return found.error.code if found.error is not None else ""


def test_an_unknown_reason_changes_nothing() -> None:
    assert step(OTHER) == STAY


def test_a_forgotten_session_is_made_anew() -> None:
    found = step(UNAUTHENTICATED)
    assert found.end is End.REPLACE and code(found) == "unauthenticated"
    assert step(v1.NOT_SUBSCRIBED).end is End.REPLACE


def test_a_stale_job_is_dropped_and_its_owner_told() -> None:
    assert step(STALE) == Step(drops_job=True, tells_drop=True, said="said so")


def test_a_duplicate_leaves_the_job_by_a_new_session() -> None:
    found = step(DUPLICATE)
    assert found.drops_job and found.end is End.REPLACE


def test_an_unknown_job_matters_only_when_it_is_the_current_one() -> None:
    assert step(UNKNOWN_JOB) == Step(drops_job=True)
    assert code(step(UNKNOWN_JOB, is_current=True)) == "desynchronised"


def test_the_third_other_hash_in_a_row_is_a_dispute() -> None:
    assert [step(LOW_DIFFICULTY, low_in_a_row=count).end for count in range(3)] == [None, None, End.REPLACE]
    assert code(step(LOW_DIFFICULTY, low_in_a_row=2)) == DISPUTED
    assert all(step(LOW_DIFFICULTY, low_in_a_row=count).counts_low for count in range(3))


@pytest.mark.parametrize("reason", [BANNED_600, MALFORMED, RATE_LIMITED, v1.SERVER_FULL], ids=lambda reason: reason.key)
def test_a_ban_or_a_bug_of_ours_leaves_the_pool_for_a_while(reason: Reason) -> None:
    found = step(reason)
    assert found.end is End.DROP and found.error is not None
    assert found.error.leave_s >= 60 and not isinstance(found.error, StoppedPoolError)


@pytest.mark.parametrize("reason", [WRONG_PASSWORD, v1.WORKER_REFUSED], ids=lambda reason: reason.key)
def test_a_permanent_refusal_stops_the_pool(reason: Reason) -> None:
    assert isinstance(step(reason).error, StoppedPoolError)


def test_too_many_shares_ask_for_a_higher_difficulty() -> None:
    assert step(THROTTLED) == Step(slows_down=True)


def test_words_that_answer_no_share_end_a_session_only_for_its_end_or_a_ban() -> None:
    def words(reason: Reason, *, is_heartbeat: bool = False) -> Step:
        return step_for_words(reason, "said so", SNIPA, is_heartbeat=is_heartbeat)

    assert words(UNAUTHENTICATED).end is End.REPLACE
    assert words(BANNED_600).end is End.DROP
    assert words(STALE) == words(OTHER) == words(DUPLICATE) == words(RATE_LIMITED) == STAY
    limited = words(RATE_LIMITED, is_heartbeat=True)
    assert limited.end is End.DROP and limited.slows_beat and limited.error is not None
    assert limited.error.leave_s == RATE_LIMITED.delay_s


def test_a_notice_is_over_after_a_while_and_with_its_session() -> None:
    notices = Notices()
    assert notices.current(0.0) is None
    notices.give("maintenance", generation=1, now=0.0)
    assert notices.current(NEWS_S - 1) == "maintenance" and notices.current(NEWS_S) is None
    notices.give("again", generation=2, now=0.0)
    notices.session_ended(1)
    assert notices.current(1.0) == "again"
    notices.session_ended(2)
    assert notices.current(1.0) is None

"""From where a journal is sent on after each kind of break."""

from __future__ import annotations

from mining.fleet.course import Course
from mining.telemetry.journal_tail import Place

A, B, C = Place("f", 100), Place("f", 200), Place("f", 300)


def test_after_a_break_nothing_is_known_of_what_arrived() -> None:
    assert Course(A, C).broken() == Course(A)


def test_what_the_stream_still_holds_is_not_sent_again() -> None:
    assert Course(A).resumed(C, B) == Course(B, C)


def test_a_stream_that_is_empty_goes_on_from_what_was_acknowledged() -> None:
    assert Course(A).resumed(None, B) == Course(B, B)


def test_a_broker_that_forgot_everything_is_sent_all_that_is_not_known_to_be_in_rows() -> None:
    assert Course(A).resumed(None, None) == Course(A, A)


def test_sending_goes_on_while_the_console_is_behind() -> None:
    assert Course(A, C).looked(2, B) == Course(B, C)


def test_what_the_console_could_not_use_is_sent_again() -> None:
    assert Course(A, C).looked(0, B) == Course(B, B)


def test_a_console_that_was_set_back_is_sent_what_it_lost() -> None:
    assert Course(C, C).looked(0, A) == Course(A, A)


def test_all_that_was_sent_and_committed_is_where_it_goes_on() -> None:
    assert Course(A, C).looked(0, C).sent_to(C) == Course(C, C)

"""Core lists, to numbers and back."""

from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.configuration.cores import check_threads, format_cores, parse_cores, read_machine
from mining.configuration.problem import ValueProblem


@pytest.mark.parametrize(("text", "cores"), [("0-3,6", (0, 1, 2, 3, 6)), ("5", (5,)), ("2, 0-1", (0, 1, 2))])
def test_a_list_is_read(text: str, cores: tuple[int, ...]) -> None:
    assert parse_cores(text) == cores


@settings(max_examples=80, deadline=None)
@given(st.frozensets(st.integers(0, 8191), min_size=1, max_size=40))
def test_a_written_list_is_read_back(cores: frozenset[int]) -> None:
    assert parse_cores(format_cores(cores)) == tuple(sorted(cores))


@settings(max_examples=80, deadline=None)
@given(st.text("0123456789-, x", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueProblem):
        assert parse_cores(text)


def test_this_machine_knows_the_cores_of_this_process() -> None:
    machine = read_machine()

    assert machine.allowed == os.sched_getaffinity(0)
    assert machine.allowed <= machine.online


def test_one_core_too_many_is_said_in_the_singular_where_there_is_one() -> None:
    machine = read_machine()
    one = type(machine)(online=frozenset({0, 1}), allowed=frozenset({1}))

    with pytest.raises(ValueProblem, match=r"more than the 1 core this process may use \(1\)"):
        check_threads(2, one)

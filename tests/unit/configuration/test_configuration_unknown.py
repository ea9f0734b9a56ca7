"""Unknown and duplicate keys are named with their place and the nearest known key."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("WALET=x", "Did you mean WALLET?"),
        ("wallet=x", "Did you mean WALLET?"),
        ("MINERCONSOLE_WALLET=x", "Did you mean WALLET?"),
        ("POOL1=x", "Did you mean POOL_1?"),
        ("INTENSTY=5", "Did you mean INTENSITY?"),
        ("ZZZZQQQQ=1", "Remove the line."),
    ],
)
def test_an_unknown_key_of_the_file_is_named_with_its_line_and_a_hint(refused: Any, line: str, hint: str) -> None:
    error = refused(file=f"# comment\n\n{line}\n")

    assert "(mining_config.env:3) is not known" in error.thing
    assert error.next_step == hint
    assert error.code == "unknown_key"


def test_the_value_of_an_unknown_key_is_not_repeated(refused: Any) -> None:
    assert "hunter2" not in refused(file="PASWORD=hunter2\n").sentence


def test_an_option_that_no_file_may_give_is_refused_there(refused: Any) -> None:
    assert "--duration" in refused(file="DURATION=5\n").next_step


def test_an_unknown_variable_of_ours_is_named(refused: Any) -> None:
    error = refused(environ={"MINERCONSOLE_INTENSTY": "5"})

    assert "MINERCONSOLE_INTENSTY" in error.thing
    assert error.next_step == "Did you mean MINERCONSOLE_INTENSITY?"


def test_other_variables_of_the_product_and_of_others_are_left_alone(resolved: Any) -> None:
    assert resolved(environ={"MINERCONSOLE_RANDOMX_LIBRARY": "/x.so", "WALET": "x", "PATH": "/bin"}).offline


def test_a_key_given_twice_is_refused_with_both_lines(refused: Any) -> None:
    error = refused(file="INTENSITY=5\nCORES=0\nINTENSITY=6\n")

    assert error.thing == "mining_config.env:3 gives INTENSITY again (first on line 1)"


@pytest.mark.parametrize("line", ["INTENSITY 5", "=5", "just words", 'INTENSITY="5', "INTENSITY='5' 6", "A-B=5"])
def test_a_line_that_is_no_assignment_is_named(refused: Any, line: str) -> None:
    assert refused(file=f"CORES=0\n{line}\n").thing.startswith("mining_config.env:2 ")

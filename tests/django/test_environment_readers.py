"""The typed readers of environment variables."""

from __future__ import annotations

import pytest

from minerconsole.env import read_choice, read_flag, read_number
from mining.errors import ConfigurationError, ExitCode


@pytest.mark.parametrize(("text", "value"), [("on", True), ("TRUE", True), ("1", True), ("off", False), ("", False)])
def test_a_switch_is_read_from_its_usual_words(text: str, value: bool) -> None:
    assert read_flag("X", default=not value, environ={"X": text}) is value


def test_what_is_not_set_is_the_default() -> None:
    assert read_flag("X", default=True, environ={}) is True
    assert read_number("X", default=5, least=1, most=9, environ={}) == 5
    assert read_choice("X", ("INFO", "ERROR"), default="INFO", environ={}) == "INFO"


def test_a_choice_does_not_mind_case() -> None:
    assert read_choice("X", ("INFO", "ERROR"), default="INFO", environ={"X": "error"}) == "ERROR"


@pytest.mark.parametrize("text", ["maybe", "2", "ja"])
def test_a_bad_switch_is_named_with_its_value_and_the_next_step(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_flag("DJANGO_DEBUG", default=False, environ={"DJANGO_DEBUG": text})
    assert f"DJANGO_DEBUG='{text}'" in caught.value.sentence
    assert "on or off" in caught.value.sentence
    assert caught.value.exit_code is ExitCode.BAD_CONFIGURATION


@pytest.mark.parametrize("text", ["0", "601", "-5", "5.0", "five", "\u0665"])
def test_a_number_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="1 to 600"):
        read_number("X", default=5, least=1, most=600, environ={"X": text})


def test_an_unknown_choice_lists_the_choices() -> None:
    with pytest.raises(ConfigurationError, match="INFO, ERROR"):
        read_choice("X", ("INFO", "ERROR"), default="INFO", environ={"X": "loud"})

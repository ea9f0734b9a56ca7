"""`--json`: standard output is JSON lines and nothing else."""

from __future__ import annotations

import io
import json
import math
import os

import pytest

from mining.terminal.jsonview import JsonView
from mining.terminal.keys import Action
from mining.terminal.view import OutputClosedError
from tests.unit.terminal.samples import as_event, make_frame


def test_every_line_is_one_json_object_with_its_event() -> None:
    out = io.StringIO()
    view = JsonView(out)
    view.event({"event": "start", "version": "0.1.0", "payee": {"address_masked": "48edfH…oD", "source": "x"}})
    view.event(as_event(make_frame(4)))
    view.event({"event": "share", "outcome": "rejected", "detail": "two\nlines"})
    view.tick(9.0)
    assert view.act(Action.HELP) is False
    view.close({"event": "summary", "seconds": 1.0})
    lines = out.getvalue().splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["start", "frame", "share", "summary"]
    assert json.loads(lines[0])["payee"]["address_masked"] == "48edfH…oD"
    assert out.getvalue().isascii()


def test_the_summary_is_last_and_comes_once() -> None:
    out = io.StringIO()
    view = JsonView(out)
    view.event({"event": "summary", "seconds": 1.0})
    view.event(as_event(make_frame()))
    view.close({"event": "summary", "seconds": 1.0})
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["summary"]


def test_a_number_that_json_does_not_have_is_null() -> None:
    out = io.StringIO()
    JsonView(out).event({"event": "frame", "hashrate_hps": {"s10": math.nan, "s60": math.inf}})
    assert json.loads(out.getvalue())["hashrate_hps"] == {"s10": None, "s60": None}


def test_a_reader_that_goes_away_is_told_once_as_an_error_for_people() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        view = JsonView(stream)
        with pytest.raises(OutputClosedError, match="Nobody reads the output any more"):
            view.event({"event": "log"})
        view.event({"event": "log"})

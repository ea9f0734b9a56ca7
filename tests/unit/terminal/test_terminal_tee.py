"""A screen and the log file at once."""

from __future__ import annotations

import os

import pytest

from mining.terminal.jsonview import JsonView
from mining.terminal.plain import PlainView
from mining.terminal.view import OutputClosedError, TeeView


def test_the_log_still_gets_the_event_whose_reader_has_gone() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    log: list[str] = []
    with os.fdopen(writing, "w") as stream:
        view = TeeView([JsonView(stream), PlainView(log.append)])
        with pytest.raises(OutputClosedError):
            view.event({"event": "log", "sentence": "The last thing."})
        view.close({"event": "summary", "seconds": 1.0})
    assert log[0].endswith("The last thing.")
    assert "Summary" in log

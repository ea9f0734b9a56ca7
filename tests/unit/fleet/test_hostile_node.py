"""What a node wrote that is wrong, or meant to harm: it is taken out, cut or refused before it meets others' data."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from minerconsole.fleet.far_feed import FarFeed
from minerconsole.fleet.rows import row_of
from mining.fleet.foreign_json import MOST_BYTES, foreign_object, foreign_text
from mining.fleet.gist import gist_of
from mining.fleet.unfit_streams import unfit_keys
from mining.selectors.fleet_totals import Sight, running_plans
from tests.support.frames import mining_frame


def _frame(**changes: Any) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(mining_frame(), **changes))


@pytest.mark.parametrize(
    "data", [b'{"event": []}', b'{"event": {}}', b'{"event": 1}', b"{}", b"[]", b"\xff", b"[" * 9999]
)
def test_an_event_without_a_kind_is_no_event(data: bytes) -> None:
    feed = FarFeed("x")
    feed.take_event(data)
    assert feed.events == ()


@pytest.mark.parametrize("data", [b"[]", b"1", b"", b"{" * 9999, b'{"a": "' + b"x" * MOST_BYTES + b'"}'])
def test_what_is_no_object_or_too_long_is_none(data: bytes) -> None:
    assert foreign_object(data) is None


def test_an_object_keeps_nothing_that_a_row_refuses() -> None:
    told = foreign_object(b'{"a\\u0000": ["x\\u0000\\ud800y", 1e999, NaN, 1' + b"0" * 40 + b", 7, true, null]}")
    assert told == {"a": ["xy", None, None, None, 7, True, None]}
    assert foreign_object(b'{"a": ' + b"[" * 30 + b"]" * 30 + b"}") is None


def test_a_text_that_is_shown_is_one_short_line() -> None:
    assert foreign_text("a\nb\0c", 2) == "a" and foreign_text(["a"], 9) == ""


def test_figures_that_no_miner_reaches_are_no_frame() -> None:
    assert gist_of(_frame()) is not None
    for count in (10**30, 2**63, -(10**30)):
        told = json.loads(_frame())
        told["shares"]["accepted"] = count
        assert gist_of(json.dumps(told).encode()) is None
    assert gist_of(_frame(expected_hps=1e300)) is None


def test_texts_of_a_row_are_cut() -> None:
    gist = gist_of(_frame(state_reason="x" * 100_000))
    row = row_of(Sight("n", 0.1, gist))
    assert max(len(each) for each in row if isinstance(each, str)) <= 201


def test_only_frames_that_are_live_or_late_tell_which_plan_runs() -> None:
    gist = gist_of(_frame(plan_version=7))
    sights = [Sight("live", 1.0, gist), Sight("late", 9.0, gist), Sight("stale", 30.0, gist), Sight("old", 900.0, gist)]
    assert running_plans([*sights, Sight("never")]) == {"live": 7, "late": 7}


def test_keys_that_are_no_streams_or_too_large_are_found() -> None:
    answers = [b"stream", 1000, b"none", None, b"string", 10, b"stream", 17 << 20]
    assert unfit_keys(["a", "b", "c", "d"], answers) == ["c", "d"]

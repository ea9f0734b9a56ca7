"""The limits of presence, and that the pages name the same ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mining.fleet.presence import LATE_S, LIVE_S, STALE_S, Presence, presence_of

SCRIPT = Path(__file__).parents[3] / "minerconsole/static/minerconsole/js/freshness.js"


@pytest.mark.parametrize(
    ("age_s", "state"),
    [
        (None, "never"), (0.0, "live"), (3.0, "live"), (3.001, "late"), (10.0, "late"), (10.001, "stale"),
        (60.0, "stale"), (60.001, "offline"), (9e9, "offline"),
    ],
)  # fmt: skip
def test_an_age_has_one_name(age_s: float | None, state: str) -> None:
    assert presence_of(age_s) == state


def test_what_is_live_or_late_counts_in_sums() -> None:
    assert {state for state in Presence if state.is_counted} == {Presence.LIVE, Presence.LATE}


def test_the_pages_name_the_same_limits() -> None:
    found = re.search(r"LIVE_S = (\d+), LATE_S = (\d+), STALE_S = (\d+)", SCRIPT.read_text())
    assert found is not None and tuple(map(float, found.groups())) == (LIVE_S, LATE_S, STALE_S)

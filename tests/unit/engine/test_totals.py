"""Totals of a run over its Supervisors: summaries added up, a crashed one counted by its last frame."""

from __future__ import annotations

from typing import Any

import pytest

from mining.engine.totals import Totals


def _summary(**changes: Any) -> dict[str, object]:
    base: dict[str, object] = {
        "seconds": 10.0,
        "hashes": 1000,
        "hashrate_hps": 100.0,
        "candidates": 9,
        "invalid": 1,
        "stale_before_check": 1,
        "found": 7,
        "accepted": 4,
        "rejected": 1,
        "stale": 1,
        "lost": 1,
        "restarts": 2,
        "reauths": 3,
        "failovers": 0,
        "dataset_seconds": 5.5,
        "reason": "asked to end (SIGTERM)",
    }
    return {"event": "summary", **base, **changes}


def _frame(at: float, hashes: int, *, state: str = "mining", found: int = 5, in_flight: int = 1) -> dict[str, object]:
    return {
        "event": "frame",
        "at": at,
        "state": state,
        "cores": [{"hashes": hashes}, {"hashes": 1}],
        "candidates": {"invalid": 1, "stale": 2},
        "shares": {
            "found": found,
            "accepted": found - in_flight - 1,
            "rejected": 1,
            "stale": 0,
            "lost": 0,
            "in_flight": in_flight,
        },
        "memory": {"workers_restarted": 4},
        "session": {"reauths": 6, "failovers": 0},
    }


def _laws_hold(summary: dict[str, Any]) -> bool:
    return bool(
        summary["candidates"] == summary["invalid"] + summary["stale_before_check"] + summary["found"]
        and summary["found"] == summary["accepted"] + summary["rejected"] + summary["stale"] + summary["lost"]
    )


def test_one_supervisor_that_ended_in_order_is_the_whole_run() -> None:
    totals = Totals()
    totals.frame_seen(_frame(100.0, 500))
    totals.summary_seen(_summary())
    summary = totals.summary("")
    for key, value in _summary().items():
        assert summary[key] == value
    assert summary["supervisor_restarts"] == 0


def test_what_ended_the_run_goes_before_what_ended_its_last_supervisor() -> None:
    totals = Totals()
    totals.summary_seen(_summary())
    assert totals.summary("interrupted (Ctrl-C)")["reason"] == "interrupted (Ctrl-C)"


def test_a_run_that_never_began_is_all_zeros_with_a_reason() -> None:
    summary = Totals().summary("interrupted (Ctrl-C)")
    assert summary["hashes"] == 0 and summary["hashrate_hps"] is None and summary["dataset_seconds"] is None
    assert summary["reason"] == "interrupted (Ctrl-C)"


def test_a_crashed_supervisor_counts_by_its_last_frame_and_what_was_in_flight_is_lost() -> None:
    totals = Totals()
    totals.frame_seen(_frame(90.0, 0, state="preparing"))
    totals.frame_seen(_frame(100.0, 100))
    totals.frame_seen(_frame(160.0, 5999))
    totals.supervisor_crashed()
    summary = totals.summary("killed")
    assert summary["hashes"] == 6000 and summary["seconds"] == 60.0 and summary["hashrate_hps"] == 100.0
    assert (summary["found"], summary["accepted"], summary["lost"]) == (5, 3, 1)
    assert summary["restarts"] == 4 and summary["supervisor_restarts"] == 1
    assert _laws_hold(summary)


def test_crash_and_orderly_end_add_up_under_the_laws() -> None:
    totals = Totals()
    totals.frame_seen(_frame(100.0, 999))
    totals.frame_seen(_frame(110.0, 999))
    totals.supervisor_crashed()
    totals.frame_seen(_frame(200.0, 10))
    totals.summary_seen(_summary())
    summary = totals.summary("")
    assert summary["hashes"] == 2000 and summary["seconds"] == 20.0
    assert summary["found"] == 12 and summary["reason"] == "asked to end (SIGTERM)"
    assert summary["dataset_seconds"] == 5.5
    assert _laws_hold(summary)


def test_what_a_crashed_supervisor_told_of_its_session_is_counted_too() -> None:
    totals = Totals()
    totals.frame_seen(_frame(100.0, 10))
    totals.supervisor_crashed()
    totals.summary_seen(_summary())
    assert totals.summary("")["reauths"] == 9


def test_the_time_between_two_stretches_of_a_crashed_supervisor_is_not_mining() -> None:
    totals = Totals()
    totals.frame_seen(_frame(100.0, 0))
    totals.frame_seen(_frame(110.0, 999))
    for at in (111.0, 500.0):
        totals.frame_seen({**_frame(at, 0, state="idle"), "cores": []})
    totals.frame_seen(_frame(510.0, 0))
    totals.frame_seen(_frame(520.0, 499))
    totals.supervisor_crashed()
    summary = totals.summary("")
    assert summary["seconds"] == 20.0 and summary["hashes"] == 1500 and summary["hashrate_hps"] == 75.0
    assert _laws_hold(summary)


def test_a_crash_before_the_first_frame_is_only_a_restart() -> None:
    totals = Totals()
    totals.supervisor_crashed()
    summary = totals.summary("")
    assert summary["supervisor_restarts"] == 1 and summary["hashes"] == 0 and _laws_hold(summary)


def test_a_crash_after_the_summary_counts_nothing_twice() -> None:
    totals = Totals()
    totals.frame_seen(_frame(100.0, 1000))
    totals.summary_seen(_summary())
    totals.supervisor_crashed()
    assert totals.summary("")["hashes"] == 1000


@pytest.mark.parametrize("frame", [{}, {"cores": None, "shares": 3, "at": "x"}, {"state": "mining", "cores": [7]}])
def test_a_frame_of_a_stranger_is_no_reason_to_fail(frame: dict[str, object]) -> None:
    totals = Totals()
    totals.frame_seen(frame)
    totals.supervisor_crashed()
    assert totals.summary("")["hashes"] == 0


def test_counts_are_whole_numbers_in_the_summary() -> None:
    totals = Totals()
    totals.summary_seen(_summary())
    summary = totals.summary("")
    assert all(isinstance(summary[key], int) for key in ("hashes", "found", "accepted", "lost", "restarts"))


def test_a_supervisor_that_crashed_after_a_switch_is_counted_for_each_algorithm() -> None:
    totals = Totals()
    for at, hashes, algorithm in (
        (100.0, 10, "rx/0"),
        (110.0, 510, "rx/0"),
        (111.0, 0, "scrypt"),
        (115.0, 90, "scrypt"),
    ):
        totals.frame_seen({**_frame(at, hashes), "algorithm": algorithm})
    totals.supervisor_crashed()
    summary = totals.summary("")
    assert summary["hashrate_hps"] is None
    assert summary["by_algorithm"] == {
        "rx/0": {"seconds": 10.0, "hashes": 511, "hashrate_hps": 51.1},
        "scrypt": {"seconds": 4.0, "hashes": 91, "hashrate_hps": 22.75},
    }

"""The live view on a terminal: what is written, when, and what is left behind."""

from __future__ import annotations

import io
import re

from rich.console import Console

from mining.terminal.keys import Action
from mining.terminal.live import LiveView
from tests.unit.terminal.samples import Stage, as_event, make_frame

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"
SUMMARY = {"event": "summary", "seconds": 60.0, "hashes": 20_526, "hashrate_hps": 342.1, "reason": "stopped by key q"}


def _share(outcome: str, reason: str | None = None) -> dict[str, object]:
    return {"event": "share", "outcome": outcome, "reason": reason, "core": 1, "difficulty": 120_000, "rtt_ms": 12.0}


def test_the_screen_is_taken_at_once_and_given_back_with_the_summary() -> None:
    stage = Stage()
    assert stage.take().startswith(ENTER)
    stage.view.event(as_event(make_frame()))
    stage.take()
    stage.view.close(SUMMARY)
    written = stage.take()
    assert written.index(LEAVE) < written.index("Summary")
    assert "Mining XMR to 48edfH…oD, from mining_config.env" in written
    assert "stopped by key q" in written
    stage.view.close(SUMMARY)
    assert stage.take() == ""


def test_a_frame_like_the_last_one_writes_nothing() -> None:
    stage = Stage()
    stage.view.event(as_event(make_frame()))
    assert "342.1 H/s" in stage.take()
    stage.view.event(as_event(make_frame()))
    assert stage.take() == ""


def test_only_lines_that_changed_are_written() -> None:
    stage = Stage()
    stage.view.event(as_event(make_frame()))
    stage.take()
    stage.view.event(as_event(make_frame(offline=False, intensity=make_frame().intensity.__class__(50, 50.2))))
    written = stage.take()
    assert len(re.findall(r"\x1b\[\d+;1H", written)) == 1
    assert "50.2 %" in written


def test_news_between_frames_waits_for_the_next_frame() -> None:
    stage = Stage()
    stage.view.event(as_event(make_frame()))
    stage.take()
    stage.view.event(_share("rejected", "duplicate"))
    assert stage.take() == ""
    stage.view.event(as_event(make_frame()))
    assert "share    rejected (duplicate), difficulty 120 k, core 1, 12 ms" in stage.take()


def test_a_tick_paints_only_when_frames_are_late() -> None:
    stage = Stage()
    stage.view.event(as_event(make_frame()))
    stage.take()
    stage.now += 1.0
    stage.view.tick(stage.now)
    assert stage.take() == ""
    stage.now += 6.0
    stage.view.tick(stage.now)
    assert "no news for 7 s" in stage.take()


def test_a_resize_paints_everything_at_the_new_size() -> None:
    stage = Stage()
    stage.view.event(as_event(make_frame(128)))
    stage.take()
    stage.console.size = (60, 12)
    stage.view.tick(stage.now)
    written = stage.take()
    assert "\x1b[2J" in written
    rows = [int(row) for row in re.findall(r"\x1b\[(\d+);1H", written)]
    assert max(rows) <= 12


def test_a_key_opens_its_panel_and_closes_it_again() -> None:
    stage = Stage()
    stage.view.event(as_event(make_frame()))
    stage.take()
    assert stage.view.act(Action.HELP)
    assert "this help" in stage.take()
    assert stage.view.act(Action.HELP)
    assert "Cores" in stage.take()
    assert not stage.view.act(Action.PAUSE)


def test_while_suspended_nothing_is_written() -> None:
    stage = Stage()
    stage.take()
    stage.view.suspend()
    assert LEAVE in stage.take()
    stage.view.event(as_event(make_frame()))
    stage.view.tick(stage.now + 9)
    assert stage.take() == ""
    stage.view.resume()
    written = stage.take()
    assert ENTER in written
    assert "342.1 H/s" in written


def test_without_colour_there_is_no_colour_code() -> None:
    stage = Stage(no_color=True, color_system="256")
    stage.view.event(as_event(make_frame(offline=True)))
    codes = set(re.findall(r"\x1b\[([\d;]*)m", stage.take()))
    assert codes <= {"0", "1", "2", "7", "1;7"}


def test_a_locale_without_utf8_gets_ascii_of_the_same_width() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="latin-1")
    view = LiveView(Console(file=file, width=80, height=24, force_terminal=True))
    view.event(as_event(make_frame()))
    view.close(SUMMARY)
    written = raw.getvalue().decode("ascii")
    assert "* mining" in written
    assert "########" in written
    assert "Mining XMR to 48edfH~oD" in written


def test_a_frame_that_cannot_be_read_is_said_and_does_not_end_the_view() -> None:
    stage = Stage()
    stage.view.event({"event": "frame", "v": 9})
    stage.view.event({"event": "from the future"})
    stage.view.event(as_event(make_frame()))
    assert "A frame event cannot be shown" in stage.take()


def test_the_last_warnings_are_kept_beside_the_summary() -> None:
    stage = Stage()
    stage.view.event(_share("rejected", "duplicate"))
    stage.view.event(_share("accepted"))
    stage.view.event(SUMMARY)
    stage.take()
    stage.view.close(None)
    written = stage.take()
    assert "rejected (duplicate)" in written
    assert "accepted, difficulty" not in written
    assert "20 526 hashes in 1 min 00 s" in written

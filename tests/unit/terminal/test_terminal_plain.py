"""Plain lines: what happened, once, with the time in front."""

from __future__ import annotations

import io

import pytest

from mining.telemetry.frame import Alert, Memory
from mining.terminal.keys import Action
from mining.terminal.plain import PlainView
from mining.terminal.view import StreamLines
from tests.unit.terminal.samples import as_event, make_frame

START = {
    "event": "start",
    "version": "0.1.0",
    "payee": {"address_masked": "48edfH…oD", "source": "mining_config.env"},
    "sources": {},
    "node_id": "01JD9Z",
    "offline": False,
    "algorithm": "rx/0",
    "coin": "XMR",
    "endpoint": "127.0.0.1:18081",
}


class Paper:
    """A PlainView that writes into a list, with a clock in the hand of the test."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.now = 100.0
        self.view = PlainView(self.lines.append, monotonic=lambda: self.now, wall=lambda: 1_800_000_000.0)

    def take(self) -> list[str]:
        """The new lines, without the time in front."""
        taken, self.lines[:] = [line[21:] for line in self.lines], []
        return taken


@pytest.fixture
def paper() -> Paper:
    return Paper()


def test_the_payee_line_is_first(paper: Paper) -> None:
    paper.view.event(START)
    assert len(paper.lines[0].split("  ")[0]) == len("2027-01-15 08:00:00")
    assert paper.take() == [
        "payee      Mining XMR to 48edfH…oD, from mining_config.env",
        "start      MinerConsole 0.1.0, rx/0, 127.0.0.1:18081, node 01JD9Z",
    ]


def test_offline_is_said_below_the_payee_and_in_the_summary(paper: Paper) -> None:
    paper.view.event({**START, "offline": True})
    assert paper.take()[1] == "payee      OFFLINE: nothing is earned"
    paper.view.close({"seconds": 1.0})
    assert "  OFFLINE: nothing is earned" in paper.lines


def test_each_kind_of_event_has_its_line(paper: Paper) -> None:
    events: tuple[dict[str, object], ...] = (
        {"event": "job", "id": "a", "height": 3_214_567, "difficulty": 120_000, "algorithm": "rx/0", "endpoint": "h:1"},
        {"event": "share", "outcome": "accepted", "core": 1, "difficulty": 120_000, "rtt_ms": 12.3, "job_age_s": 31.0},
        {"event": "share", "outcome": "rejected", "reason": "low_difficulty", "detail": "Low difficulty share"},
        {"event": "session", "link": "down", "endpoint": "h:1", "cause": "connection reset"},
        {"event": "worker", "core": 1, "state": "starting", "exit": -9, "restarts": 3},
        {"event": "algorithm", "from": "rx/0", "to": "rx/2", "gap_s": 12.3},
        {"event": "log", "level": "warning", "sentence": "Port 3333 is taken."},
    )
    for event in events:
        paper.view.event(event)
    assert paper.take() == [
        "job        height 3214567, difficulty 120 k, rx/0, h:1",
        "share      accepted, difficulty 120 k, core 1, 12 ms, job 31 s old",
        "share      rejected (low_difficulty: Low difficulty share), difficulty –",
        "link       down h:1: connection reset",
        "worker     WARNING core 1 starting, exit -9, 3 restarts so far",
        "algorithm  rx/0 → rx/2, gap 12 s",
        "note       WARNING Port 3333 is taken.",
    ]


def test_a_rate_line_comes_every_ten_seconds(paper: Paper) -> None:
    for _ in range(26):
        paper.view.event(as_event(make_frame()))
        paper.now += 1.0
    rates = [line for line in paper.take() if line.startswith("rate")]
    assert len(rates) == 2
    assert rates[0].startswith("rate       342.1 H/s (10 s), 341.8 H/s (60 s), 340.9 H/s (15 min), 12 accepted,")


def test_while_preparing_the_progress_takes_the_place_of_the_rate(paper: Paper) -> None:
    for _ in range(11):
        paper.view.event(as_event(make_frame(state="preparing", memory=Memory("fast", progress=0.43))))
        paper.now += 1.0
    assert paper.take()[-1] == "dataset    43 % built"


def test_state_and_alerts_are_written_when_they_change(paper: Paper) -> None:
    paper.view.event(START)
    paper.take()
    alert = Alert("huge_pages", "warning", "Huge pages are off.", 0.0)
    for frame in (make_frame(), make_frame(), make_frame(alerts=[alert]), make_frame(alerts=[alert]), make_frame()):
        paper.view.event(as_event(frame))
    paper.view.event(as_event(make_frame(state="failed", state_reason="no memory")))
    assert paper.take() == [
        "state      mining",
        "alert      WARNING Huge pages are off.",
        "alert      over: Huge pages are off.",
        "state      ERROR failed: no memory",
    ]


def test_silence_is_said_and_its_end_too(paper: Paper) -> None:
    paper.view.event(as_event(make_frame()))
    paper.take()
    for second in range(1, 30):
        paper.view.tick(paper.now + second)
    assert paper.take() == ["engine     WARNING no news for 10 s"]
    paper.now += 30.0
    paper.view.event(as_event(make_frame()))
    assert paper.take()[0] == "engine     reports again"


def test_keys_write_help_status_and_connection(paper: Paper) -> None:
    paper.view.act(Action.STATUS)
    assert paper.lines.pop() == "The engine has not reported yet."
    paper.view.event(as_event(make_frame()))
    paper.lines.clear()
    assert paper.view.act(Action.STATUS)
    assert "Shares   12 accepted   0 rejected   0 stale   0 lost   1 in flight" in paper.lines
    assert paper.view.act(Action.CONNECTION)
    assert "Standby  –" in paper.lines
    assert paper.view.act(Action.HELP)
    assert not paper.view.act(Action.STOP)


def test_the_summary_block_has_every_count(paper: Paper) -> None:
    paper.view.event(START)
    paper.lines.clear()
    summary = {
        "event": "summary", "seconds": 3725.0, "hashes": 1_274_567, "hashrate_hps": 342.1, "candidates": 14,
        "invalid": 1, "found": 13, "accepted": 12, "rejected": 0, "stale": 0, "lost": 1, "restarts": 1, "reauths": 0,
        "failovers": 0, "dataset_seconds": 11.2, "reason": "stopped by key q",
    }  # fmt: skip
    paper.view.event(summary)
    paper.view.close(summary)
    assert paper.lines == [
        "Summary",
        "  Mining XMR to 48edfH…oD, from mining_config.env",
        "  Rate     342.1 H/s, 1 274 567 hashes in 1 h 02 min",
        "  Shares   13 found: 12 accepted, 0 rejected, 0 stale, 1 lost",
        "  Checked  14 candidates, 1 invalid",
        "  Engine   1 worker restart, 0 new logins, 0 failovers, dataset built in 11 s",
        "  Ended    stopped by key q",
    ]


def test_an_engine_that_ended_without_a_summary_is_said(paper: Paper) -> None:
    paper.view.close(None)
    assert paper.lines[-1] == "  The engine ended without a summary."


def test_escape_codes_from_a_pool_never_reach_the_lines(paper: Paper) -> None:
    paper.view.event({"event": "share", "outcome": "rejected", "reason": "x\x1b[2J\r\n2026 forged line"})
    assert len(paper.lines) == 1
    assert paper.lines[0].isprintable()


def test_a_stream_without_utf8_gets_ascii() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1", newline="\n")
    StreamLines(stream)("5–95 % → 48edfH…oD")
    assert raw.getvalue() == b"5-95 % > 48edfH~oD\n"


def test_a_full_disk_behind_the_output_loses_lines_and_nothing_else() -> None:
    reached: list[bool] = []
    with pytest.raises(OSError), open("/dev/full", "w") as stream:  # closing tries to write once more
        write = StreamLines(stream)
        write("lost")
        write("lost too")
        reached.append(True)
    assert reached

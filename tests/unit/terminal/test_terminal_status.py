"""The block that `status` prints."""

from __future__ import annotations

from pathlib import Path

from mining.telemetry.frame import Alert
from mining.terminal.status import not_running_sentence, report_lines
from tests.unit.terminal.samples import make_frame


def test_the_block_names_payee_state_figures_and_how_to_stop() -> None:
    lines = report_lines(make_frame(), home=Path("/srv/miner"), now=1_800_000_000.0)
    assert lines[0] == "Mining XMR to 48edfH…oD, from mining_config.env"
    assert lines[1] == "mining, up 1 h 02 min"
    assert "Rate     342.1 H/s 10 s   341.8 H/s 60 s   340.9 H/s 15 min" in lines
    assert "Cores    ● 2 hashing" in lines
    assert any(line.startswith("Running since ") and line.endswith("from /srv/miner") for line in lines)
    assert "./manage.sh stop" in lines[-1]
    assert max(map(len, lines)) <= 80


def test_the_block_names_offline_reason_and_alerts() -> None:
    frame = make_frame(
        offline=True, state="paused", state_reason="asked by key p", alerts=[Alert("x", "error", "It is hot.", 0.0)]
    )
    lines = report_lines(frame, home=Path("/srv"), now=0.0)
    assert lines[1:4] == ["OFFLINE: nothing is earned", "paused: asked by key p, up 1 h 02 min", "! It is hot."]


def test_many_cores_stay_compact() -> None:
    assert len(report_lines(make_frame(256), home=Path("/srv"), now=0.0)) <= 34


def test_when_nothing_runs_the_next_step_is_named() -> None:
    sentence = not_running_sentence(Path("/srv/miner"))
    assert sentence.startswith("Nothing is mining from HOME /srv/miner. Start it with ./manage.sh mine")

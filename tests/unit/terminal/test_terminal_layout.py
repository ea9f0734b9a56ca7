"""The live view as text at several sizes: everything asked for is there, aligned, and never larger than the screen."""

from __future__ import annotations

import pytest

from mining.telemetry.frame import Alert, CoreRow, HugePages, Luck, Memory, Rates, SessionRow, Shares
from mining.terminal.keys import Action
from tests.unit.terminal.samples import make_frame, rendered

PAYEE = " Mining XMR to 48edfH…oD, from mining_config.env"
BANNER = "OFFLINE: nothing is earned"
KEYS = " h help   p pause   r resume   + - intensity   c connection   s status   q stop"


def test_two_cores_at_80_by_24() -> None:
    lines = rendered(make_frame(expected_hps=345.0))
    assert lines[:15] == [
        " MinerConsole   ● mining   XMR  rx/0                              up 1 h 02 min",
        PAYEE,
        "",
        " Rate     342.1 H/s 10 s   341.8 H/s 60 s   340.9 H/s 15 min   99 % of expected",
        " Shares   12 accepted   0 rejected   0 stale   0 lost   1 in flight",
        " Next     share in 4 min 41 s (median)   5–95 %: 21 s to 20 min 14 s",
        " Luck     as expected   13 found, 11.4 expected",
        " Job      height 3214567   difficulty 120 k   rx/0   12 s old",
        " Link     ready   127.0.0.1:18081   3.2 ms",
        " CPU      intensity 100 %   99.6 % achieved   load 2.01",
        " Memory   fast   huge pages 1168 of 1168 hugetlb   dataset 11 s   no restarts",
        "",
        " Cores    ● 2 hashing",
        "     0    ● hashing       171.2 H/s    0 errors  ████████████████████████",
        "     1    ● hashing       172.2 H/s    0 errors  ████████████████████████",
    ]
    assert lines[-1] == KEYS
    assert len(lines) == 24


def test_128_cores_at_80_by_24_show_a_rate_each() -> None:
    lines = rendered(make_frame(128))
    assert lines[1] == PAYEE
    assert lines[-1] == KEYS
    matrix = [line for line in lines if "–" in line[:12]]
    assert [line.split()[0] for line in matrix][:2] == ["0–15", "16–31"]
    assert sum(len(line.split()) - 1 for line in matrix) == 128
    assert any("● 128 hashing   H/s per core" in line for line in lines)


def test_128_cores_on_a_large_screen_get_a_tile_each() -> None:
    lines = rendered(make_frame(128), 120, 40)
    assert sum(line.count("●") for line in lines[3:]) == 128 + 1  # and one in the heading


def test_sixteen_cores_on_a_large_screen_get_a_row_each() -> None:
    lines = rendered(make_frame(16), 120, 40)
    assert sum("● hashing " in line for line in lines) == 16


def test_temperature_and_frequency_are_shown_when_readable() -> None:
    cores = [CoreRow(0, "hashing", 171.2, 10, 2, 0.1, temperature_c=54.0, frequency_mhz=3204.0)]
    text = "\n".join(rendered(make_frame(cores=cores)))
    assert "● hashing       171.2 H/s   54 °C  3.20 GHz    2 errors" in text
    assert "54 °C   3.20 GHz" in text


def test_a_core_that_failed_has_a_sign_and_a_word() -> None:
    cores = [*make_frame(126).cores, CoreRow(126, "failed", None, 0, 3, None), CoreRow(127, "paused", None, 0, 0, None)]
    lines = rendered(make_frame(cores=cores))
    assert any("● 126 hashing   × 1 failed   ■ 1 paused   3 errors" in line for line in lines)
    assert any(line.startswith(" 112–127") and line.endswith("×   ■") for line in lines)


def test_while_the_dataset_is_built_there_is_a_bar_and_no_zero_rate() -> None:
    frame = make_frame(
        state="preparing", hashrate_hps=Rates(), next_share_s=None, job=None, memory=Memory("fast", progress=0.43)
    )
    lines = rendered(frame)
    assert lines[0].startswith(" MinerConsole   ◐ preparing")
    assert any(line.startswith(" Dataset  ███") and line.endswith("43 %") for line in lines)
    rate = next(line for line in lines if line.startswith(" Rate"))
    assert rate.split() == ["Rate", "–", "10", "s", "–", "60", "s", "–", "15", "min"]
    assert " Next     –" in lines


def test_offline_has_a_permanent_banner() -> None:
    for height in (24, 10, 3):
        lines = rendered(make_frame(offline=True), 80, height)
        assert BANNER in [line.strip() for line in lines]


@pytest.mark.parametrize("size", [(80, 10), (80, 3), (80, 1), (40, 10), (30, 4), (200, 60)])
def test_nothing_suppresses_the_payee_line(size: tuple[int, int]) -> None:
    alerts = [Alert(f"a{number}", "error", "Something is wrong. " * 9, 0.0) for number in range(9)]
    frame = make_frame(state_reason="a long reason " * 20, alerts=alerts)
    for panel in (Action.NONE, Action.HELP, Action.CONNECTION, Action.STATUS):
        text = " ".join(line.strip() for line in rendered(frame, *size, panel=panel))
        assert "48edfH…oD" in text
        assert size[1] == 1 or "mining_config.env" in text


@pytest.mark.parametrize("width", [1, 2, 5, 11, 20, 33, 64, 79, 81, 133])
@pytest.mark.parametrize("height", [1, 2, 5, 8, 12, 17, 25, 50])
def test_no_size_overflows(width: int, height: int) -> None:
    alert = Alert("x", "warning", "Huge pages are off. Run ./manage.sh doctor --fix.", 0.0)
    for cores in (0, 1, 7, 64, 1000):
        rendered(make_frame(cores, offline=True, alerts=[alert], state_reason="because"), width, height)


def test_rejected_shares_show_their_reasons() -> None:
    shares = Shares(found=6, accepted=1, rejected=5, by_reason={"duplicate": 1, "low difficulty share": 4})
    lines = rendered(make_frame(shares=shares))
    index = next(number for number, line in enumerate(lines) if line.startswith(" Shares"))
    assert lines[index] == " Shares   1 accepted   5 rejected   0 stale   0 lost   0 in flight"
    assert lines[index + 1] == "          4 × low difficulty share   1 × duplicate"


def test_bad_luck_is_worded_as_luck() -> None:
    text = "\n".join(rendered(make_frame(luck=Luck(30.2, 12, 0.0005))))
    assert "1 in 2 000 bad luck   12 found, 30.2 expected" in text
    assert "too early to tell" in "\n".join(rendered(make_frame(luck=Luck())))


def test_a_lost_link_shows_its_cause_in_place_of_the_round_trip() -> None:
    session = SessionRow("monerod", "127.0.0.1:18081", "down", last_cause="connection refused", rtt_ms=3.0)
    assert " Link     down   127.0.0.1:18081   connection refused" in rendered(make_frame(session=session))


def test_missing_huge_pages_are_named_with_the_reason() -> None:
    pages = HugePages(1168, 900, "hugetlb", "268 pages were not free")
    lines = rendered(make_frame(memory=Memory("fast", pages, workers_restarted=2)))
    assert " Memory   fast   huge pages 900 of 1168 hugetlb   2 restarts" in lines
    assert "          268 pages were not free" in lines


def test_when_frames_stop_the_age_is_shown() -> None:
    assert rendered(make_frame(), frame_age_s=2.0)[0].endswith("up 1 h 02 min")
    assert rendered(make_frame(), frame_age_s=7.3)[0].endswith("no news for 7 s")


def test_before_the_first_frame_the_view_says_that_it_starts() -> None:
    lines = rendered(None, waiting_s=3.0)
    assert "starting" in lines[0]
    assert "payee not known yet" in lines[1]


def test_each_panel_replaces_the_cores() -> None:
    shown = {panel: "\n".join(rendered(make_frame(), panel=panel)) for panel in Action}
    assert "pause: stay logged in, hash nothing" in shown[Action.HELP]
    assert "Session  ready, number 0, 3.2 ms round trip" in shown[Action.CONNECTION]
    assert "13 = 12 accepted + 0 rejected + 0 stale + 0 lost + 1 in flight" in shown[Action.STATUS]
    assert "Cores" in shown[Action.NONE]


def test_escape_codes_from_a_pool_never_reach_the_screen() -> None:
    session = SessionRow("p\x1b[2J", "h\x07:1", "down", last_cause="evil\x1b]0;title\x07\nsecond line\u009b2J")
    shares = Shares(found=1, rejected=1, by_reason={"low\x1b[31m": 1})
    for panel in (Action.NONE, Action.CONNECTION):
        text = "".join(rendered(make_frame(session=session, shares=shares), panel=panel))
        assert text.isprintable()
        assert "evil?" in text


def test_an_algorithm_without_a_dataset_is_neither_fast_nor_light() -> None:
    (line,) = [line for line in rendered(make_frame(memory=Memory("none"))) if "Memory" in line]
    assert "scratchpads only" in line and "no huge pages needed" in line and "dataset" not in line

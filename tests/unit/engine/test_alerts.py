"""AlertList: one row per code, raised again without becoming younger."""

from __future__ import annotations

from unittest.mock import patch

from mining.engine.alerts import AlertList


def test_raising_again_changes_the_sentence_and_keeps_the_time() -> None:
    alerts = AlertList()
    with patch("mining.engine.alerts.time.time", side_effect=[10.0, 20.0]):
        alerts.raise_("source_down", "warning", "first cause")
        alerts.raise_("source_down", "error", "second cause")
    (row,) = alerts.rows()
    assert (row.code, row.severity, row.sentence, row.since) == ("source_down", "error", "second cause", 10.0)


def test_a_lowered_alert_is_gone_and_lowering_again_is_nothing() -> None:
    alerts = AlertList()
    alerts.raise_("a", "info", "one")
    alerts.raise_("b", "info", "two")
    alerts.lower("a")
    alerts.lower("a")
    assert [row.code for row in alerts.rows()] == ["b"]
    alerts.raise_("a", "info", "three")
    assert [row.code for row in alerts.rows()] == ["b", "a"], "oldest first"

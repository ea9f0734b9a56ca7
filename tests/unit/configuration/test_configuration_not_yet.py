"""What this version cannot do yet is said, with what it can."""

from __future__ import annotations

from typing import Any

DOGECOIN = "DD4KSSuBJqcjuTcvUg1CgUKeurPUFeEZkE"


def test_dogecoin_is_not_mined_at_its_daemon_yet(refused: Any, daemon: str) -> None:
    error = refused(coin="DOGE", pool=[daemon], wallet=DOGECOIN)

    assert error.code == "not_yet"
    assert error.thing.startswith("--pool is a daemon") and "DOGE at a dogecoind" in error.thing
    assert error.next_step.startswith("Mine DOGE at a pool")


def test_difficulty_on_the_command_line_is_for_offline_only(
    refused: Any, resolved: Any, fund: str, daemon: str
) -> None:
    assert refused(difficulty="5", pool=[daemon], wallet=fund).code == "difficulty_not_offline"
    assert resolved(file="DIFFICULTY=5\n", pool=[daemon], wallet=fund).kind == "daemon"

"""What this version cannot do yet is said, with what it can."""

from __future__ import annotations

from typing import Any

import pytest

WALLETS = {"LTC": "LT2KVaAy1ppRuxRgrS5RNU3vBsy7RibPeA", "DOGE": "DD4KSSuBJqcjuTcvUg1CgUKeurPUFeEZkE"}


@pytest.mark.parametrize(("coin", "program"), [("LTC", "litecoind"), ("DOGE", "dogecoind")])
def test_litecoin_and_dogecoin_are_not_mined_at_their_daemons_yet(
    refused: Any, daemon: str, coin: str, program: str
) -> None:
    error = refused(coin=coin, pool=[daemon], wallet=WALLETS[coin])

    assert error.code == "not_yet"
    assert error.thing.startswith("--pool is a daemon") and f"{coin} at a {program}" in error.thing
    assert error.next_step.startswith(f"Mine {coin} at a pool")


def test_difficulty_on_the_command_line_is_for_offline_only(
    refused: Any, resolved: Any, fund: str, daemon: str
) -> None:
    assert refused(difficulty="5", pool=[daemon], wallet=fund).code == "difficulty_not_offline"
    assert resolved(file="DIFFICULTY=5\n", pool=[daemon], wallet=fund).kind == "daemon"

"""What this version cannot do yet is said, with what it can."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("options", [{"coin": "LTC"}, {"coin": "ltc", "offline": True}, {"algorithm": "scrypt"}])
def test_litecoin_and_scrypt_are_not_available_yet(refused: Any, options: dict[str, Any]) -> None:
    error = refused(**options)

    assert "not available yet" in error.thing
    assert error.next_step == "Use XMR with rx/0."


def test_an_algorithm_that_disagrees_with_the_coin_is_refused(refused: Any, fund: str, daemon: str) -> None:
    assert refused(coin="XMR", algorithm="rx/2", offline=True).code == "algorithm_disagrees"
    assert "which uses rx/0" in refused(algorithm="rx/2", pool=[daemon], wallet=fund).thing


def test_difficulty_on_the_command_line_is_for_offline_only(
    refused: Any, resolved: Any, fund: str, daemon: str
) -> None:
    assert refused(difficulty="5", pool=[daemon], wallet=fund).code == "difficulty_not_offline"
    assert resolved(file="DIFFICULTY=5\n", pool=[daemon], wallet=fund).kind == "daemon"

"""Wallets: for which source, of which coin, and never a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "addresses_monero.json").read_text(encoding="utf-8"))
BY_NAME = {row["name"]: row["address"] for row in VECTORS["valid"]}
SEED = "abbey acquire bamboo cactus dazed eagle fabrics gadget habitat icing jackets kangaroo lagoon "


def test_a_main_address_is_taken_for_solo_and_its_source_told(resolved: Any, fund: str, daemon: str) -> None:
    configuration = resolved(file=f"WALLET={fund}\n", pool=[daemon])

    assert configuration.kind == "daemon"
    assert configuration.wallet == fund
    assert configuration.payee_source == "mining_config.env:1"


def test_a_sub_address_is_refused_for_solo(refused: Any, daemon: str) -> None:
    error = refused(wallet=BY_NAME["sub"], pool=[daemon])

    assert error.code == "wallet_sub_address"
    assert "888tNk…3H is a sub-address" in error.thing
    assert "main address" in error.next_step


def test_an_integrated_address_is_refused_for_solo(refused: Any, daemon: str) -> None:
    error = refused(wallet=BY_NAME["integrated"], pool=[daemon])

    assert error.code == "wallet_integrated"
    assert "payment id" in error.thing


@pytest.mark.parametrize("name", [name for name in BY_NAME if "net" in name])
def test_an_address_of_another_network_is_refused(refused: Any, daemon: str, name: str) -> None:
    error = refused(wallet=BY_NAME[name], pool=[daemon])

    assert error.code == "wallet_network"
    assert "mainnet" in error.sentence


# White space around a value is not part of it, so the address with a line feed at its end is a right one here.
WRONG = [row for row in VECTORS["wrong"] if row["address"] == row["address"].strip()]


@pytest.mark.parametrize("row", WRONG, ids=lambda row: row["name"])
def test_a_wrong_address_is_refused_before_anything_starts(refused: Any, daemon: str, row: dict[str, str]) -> None:
    error = refused(wallet=row["address"], pool=[daemon])

    assert "--wallet" in error.thing
    assert len(row["address"]) < 10 or row["address"] not in error.sentence


def test_a_wrong_wallet_is_named_offline_too(refused: Any) -> None:
    assert refused(wallet="4abc", offline=True).code == "wallet_length"


@pytest.mark.parametrize("secret", ["0f" * 32, SEED.strip(), SEED * 2, f"0x{'AB' * 32}"])
@pytest.mark.parametrize("place", ["arguments", "environ", "file"])
def test_a_private_key_or_seed_phrase_is_refused_and_never_shown(
    refused: Any, daemon: str, secret: str, place: str
) -> None:
    match place:
        case "arguments":
            error = refused(wallet=secret, pool=[daemon])
        case "environ":
            error = refused(environ={"MINERCONSOLE_WALLET": secret}, pool=[daemon])
        case _:
            error = refused(file=f"WALLET={secret}\n", pool=[daemon])

    assert error.code == "wallet_secret"
    assert secret[:12] not in error.sentence
    assert "bamboo" not in error.sentence


@pytest.mark.parametrize("option", ["worker", "coin", "pool", "cores"])
def test_a_secret_in_the_wrong_place_is_not_shown_either(refused: Any, option: str) -> None:
    value = "0f" * 32
    assert "0f0f" not in refused(**{option: [value] if option == "pool" else value}).sentence


def test_mining_at_a_daemon_needs_a_wallet(refused: Any, daemon: str) -> None:
    assert refused(pool=[daemon]).code == "wallet_missing"


def test_a_mistyped_key_is_named_instead_of_the_missing_wallet(refused: Any, fund: str, daemon: str) -> None:
    assert refused(file=f"WALET={fund}\n", pool=[daemon]).code == "unknown_key"


def test_a_wallet_without_a_place_to_mine_is_not_taken_for_the_demonstration(refused: Any, fund: str) -> None:
    assert refused(wallet=fund).code == "pool_missing"


def test_a_wallet_in_the_file_does_not_disturb_the_demonstration(resolved: Any, fund: str) -> None:
    assert resolved(file=f"WALLET={fund}\n", offline=True).payee_source == "offline"

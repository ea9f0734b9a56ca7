"""Litecoin and Dogecoin addresses, right and wrong in each way (vectors with their sources)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.addresses import (
    VALIDATORS,
    AddressProblem,
    ChainNetwork,
    ScriptAddress,
    base58,
    base58check,
    require_network,
)
from mining.addresses.bitcoin_family import DOGECOIN, LITECOIN, AddressRules, parse_address
from mining.coins import COINS

FOLDER = Path(__file__).parents[2] / "vectors"
RULES = {"litecoin": LITECOIN, "dogecoin": DOGECOIN}
VECTORS = {name: json.loads((FOLDER / f"addresses_{name}.json").read_text(encoding="utf-8")) for name in RULES}
RIGHT = [pytest.param(name, row, id=f"{name} {row['name']}") for name in RULES for row in VECTORS[name]["valid"]]
WRONG = [pytest.param(name, row, id=f"{name} {row['name']}") for name in RULES for row in VECTORS[name]["wrong"]]
LTC = "LT2KVaAy1ppRuxRgrS5RNU3vBsy7RibPeA"


def _parsed(name: str, text: str) -> ScriptAddress:
    address = VALIDATORS[name](text)
    assert isinstance(address, ScriptAddress)
    return address


def test_every_coin_of_the_catalogue_has_a_validator() -> None:
    assert {coin.address_format for coin in COINS.values()} == set(VALIDATORS)


@pytest.mark.parametrize(("name", "row"), RIGHT)
def test_a_right_address_tells_kind_networks_and_script(name: str, row: dict[str, Any]) -> None:
    address = _parsed(name, row["address"])

    assert (address.kind, list(address.networks), address.script.hex()) == (row["kind"], row["networks"], row["script"])
    assert address.coin == RULES[name].coin


@pytest.mark.parametrize(("name", "row"), WRONG)
def test_a_wrong_address_is_named_for_what_is_wrong(name: str, row: dict[str, Any]) -> None:
    with pytest.raises(AddressProblem) as caught:
        VALIDATORS[name](row["address"])

    assert caught.value.code == row["code"] or not row["code"]
    assert row["words"] in caught.value.why
    assert caught.value.next_step and "\n" not in str(caught.value)
    assert len(row["address"]) < 3 or row["address"] not in str(caught.value)


@pytest.mark.parametrize("name", RULES)
def test_every_vector_names_its_source(name: str) -> None:
    assert all(row["source"] for row in VECTORS[name]["valid"] + VECTORS[name]["wrong"])


@pytest.mark.parametrize("name", RULES)
def test_every_version_byte_and_every_prefix_has_a_right_vector(name: str) -> None:
    texts = [row["address"] for row in VECTORS[name]["valid"]]
    prefixes = {text.lower().rpartition("1")[0] for text in texts}
    versions = {base58check.decode(text)[0] for text in texts if text.lower().rpartition("1")[0] not in LITECOIN.segwit}

    assert versions == set(RULES[name].base58)
    assert set(RULES[name].segwit) <= prefixes


def test_what_litecoin_takes_dogecoin_refuses_unless_both_test_networks_write_it_so() -> None:
    for row in VECTORS["litecoin"]["valid"]:
        if "mainnet" in row["networks"]:
            with pytest.raises(AddressProblem) as caught:
                VALIDATORS["dogecoin"](row["address"])
            assert caught.value.code == "wallet_coin"


@pytest.mark.parametrize("prefix", [b"\x2f", b"\x31", b"\x00", b"\xff", b""])
def test_a_version_byte_of_no_row_belongs_to_another_coin(prefix: bytes) -> None:
    with pytest.raises(AddressProblem) as caught:
        parse_address(base58check.encode(prefix + bytes(20)), LITECOIN)

    assert caught.value.code == "wallet_coin"


def test_an_address_of_another_network_is_refused_with_the_network_that_is_wanted() -> None:
    with pytest.raises(AddressProblem) as caught:
        require_network(_parsed("litecoin", "tltc1qw508d6qejxtdg4y5r3zarvary0c5xw7klfsuq0"), ChainNetwork.MAINNET)

    assert caught.value.code == "wallet_network"
    assert "testnet address of Litecoin" in caught.value.why and "mainnet" in caught.value.next_step


def test_a_base58_test_address_is_right_for_testnet_and_regtest() -> None:
    address = _parsed("litecoin", "mwXn5Vhicdav8Av3KMokx4YNuHoGRKxtWs")

    require_network(address, ChainNetwork.TESTNET)
    require_network(address, ChainNetwork.REGTEST)
    with pytest.raises(AddressProblem, match="testnet or regtest"):
        require_network(address, ChainNetwork.MAINNET)


@settings(max_examples=40, deadline=None)
@given(position=st.integers(0, len(LTC) - 1), character=st.sampled_from(base58.ALPHABET))
def test_one_mistyped_character_is_always_noticed(position: int, character: str) -> None:
    mistyped = LTC[:position] + character + LTC[position + 1 :]
    if mistyped == LTC:
        return
    with pytest.raises(AddressProblem):
        parse_address(mistyped, LITECOIN)


@settings(max_examples=80, deadline=None)
@given(
    rules=st.sampled_from([LITECOIN, DOGECOIN]),
    text=st.text(max_size=130)
    | st.text(max_size=60).map("ltc1".__add__)
    | st.binary(max_size=90).map(base58check.encode),
)
def test_no_text_makes_the_parser_fail_in_another_way(rules: AddressRules, text: str) -> None:
    try:
        address = parse_address(text, rules)
    except AddressProblem:
        return
    assert base58check.decode(text)[1:] in address.script

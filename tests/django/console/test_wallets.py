"""Wallets: an address of the coin or nothing, never a key, and unchangeable where a plan pays to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from mining.models import Coin, Event, Plan, Wallet
from mining.selectors.wallets import wallet_get, wallet_list
from mining.services.actors import COMMAND_LINE, Role
from mining.services.errors import ConflictError, InvalidError, NotFoundError, ServiceError
from mining.services.wallets import wallet_create, wallet_delete, wallet_update
from tests.support.console import LITECOIN_ADDRESS, MONERO_ADDRESSES, make_actor, make_node, make_wallet

pytestmark = pytest.mark.django_db
VECTORS = Path(__file__).parents[2] / "vectors"
MAIN, SUB = MONERO_ADDRESSES
SEED = " ".join(
    ["abbey", "cactus", "zebra", "lion", "ocean", "piano", "quiet", "river", "sunny", "tiger"] * 2 + ["up"] * 5
)
HEX_KEY = "1f" * 32
WIF = "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"


def _valid_rows() -> Iterator[tuple[str, dict[str, Any]]]:
    for ticker, name in (("XMR", "monero"), ("LTC", "litecoin"), ("DOGE", "dogecoin")):
        for row in json.loads((VECTORS / f"addresses_{name}.json").read_text())["valid"]:
            yield ticker, row


def _coin_of(ticker: str, network: str) -> str:
    return ticker if network == "mainnet" else f"{ticker}-{network.upper()}"


def _plan_paying_to(wallet: Wallet, version: int = 7) -> Plan:
    node = make_node("rig")
    return Plan.objects.create(
        node=node, version=version, document=b"{}", digest="", signature="", wallet=wallet, coin=wallet.coin,
        state_at=timezone.now(),
    )  # fmt: skip


def test_every_address_of_the_vectors_is_kept_for_the_networks_it_belongs_to_and_no_other() -> None:
    tried = 0
    for ticker, row in _valid_rows():
        networks = row.get("networks") or [row["network"]]
        for coin in Coin.objects.filter(ticker__startswith=ticker):
            Wallet.objects.all().delete()
            tried += 1
            if coin.network in networks:
                wallet = make_wallet(coin=coin.ticker, address=row["address"])
                assert (wallet.network, wallet.address_kind) == (coin.network, row["kind"]), row["name"]
            else:
                with pytest.raises(InvalidError) as refused:
                    make_wallet(coin=coin.ticker, address=row["address"])
                assert list(refused.value.fields) == ["address"], row["name"]
                assert row["address"] not in refused.value.sentence
    assert tried > 60


@pytest.mark.parametrize("secret", [SEED, HEX_KEY, WIF, f"  {HEX_KEY} "], ids=["seed", "hex", "wif", "blanks"])
@pytest.mark.parametrize("field", ["address", "name", "note", "payment_id"])
def test_a_secret_in_any_field_is_refused_with_a_warning_and_kept_nowhere(field: str, secret: str) -> None:
    values = {"name": "savings", "address": MAIN, "payment_id": "", "note": ""} | {field: secret}
    with pytest.raises(InvalidError) as refused:
        wallet_create(COMMAND_LINE, coin="XMR", **values)
    said = refused.value.sentence + str(refused.value.fields) + repr(refused.value)
    assert secret.strip() not in said and field in refused.value.fields
    assert "private key" in said
    assert not Wallet.objects.exists() and not Event.objects.filter(kind__startswith="wallet").exists()


def test_the_address_is_masked_in_the_event_and_whole_in_its_row_only() -> None:
    wallet = wallet_create(make_actor(Role.ADMIN), name="savings", coin="XMR", address=f" {MAIN} ")
    event = Event.objects.get(kind="wallet.created")
    assert wallet.address == MAIN
    assert event.new["address"] == "44AFFq…3A" and event.old == {}
    assert MAIN not in f"{event.sentence}{event.old}{event.new}{wallet}{wallet!r}"
    assert event.target_id == str(wallet.pk) and event.user_id is not None


def test_what_is_wrong_with_several_fields_is_said_beside_each_of_them() -> None:
    with pytest.raises(InvalidError) as refused:
        wallet_create(COMMAND_LINE, name=" ", coin="XMR", address=MAIN[:-1], payment_id="12", note="n" * 201)
    assert set(refused.value.fields) == {"name", "address", "payment_id", "note"}
    assert "94 characters" in refused.value.fields["address"][0]


def test_a_login_as_of_other_miners_is_taken_apart_for_the_person() -> None:
    with pytest.raises(InvalidError, match=r"WALLET=44AFFq…3A, WORKER=rig1, POOL_DIFFICULTY=10000"):
        make_wallet(address=f"{MAIN}.rig1+10000")


@pytest.mark.parametrize(
    ("coin", "address", "payment_id", "why"),
    [
        ("XMR", SUB, "8a125052fe6f3877", "sub-address"),
        ("XMR", MAIN, "8a" * 32, "dead since 2019"),
        ("LTC", LITECOIN_ADDRESS, "8a125052fe6f3877", "carry no payment id"),
    ],
)
def test_a_payment_id_that_cannot_be_carried_is_refused(coin: str, address: str, payment_id: str, why: str) -> None:
    with pytest.raises(InvalidError, match=why) as refused:
        make_wallet(coin=coin, address=address, payment_id=payment_id)
    assert list(refused.value.fields) == ["payment_id"]


def test_the_same_address_or_name_twice_is_a_duplicate_and_names_the_other() -> None:
    make_wallet("savings", address=MAIN)
    with pytest.raises(ConflictError, match="'savings'") as same_address:
        make_wallet("other", address=MAIN)
    with pytest.raises(ConflictError) as same_name:
        make_wallet("SAVINGS", address=SUB)
    assert (same_address.value.code, list(same_address.value.fields)) == ("duplicate", ["address"])
    assert (same_name.value.code, list(same_name.value.fields)) == ("duplicate", ["name"])
    make_wallet("with id", address=MAIN, payment_id="8A125052FE6F3877")


def test_a_bech32_address_in_capitals_is_the_same_address() -> None:
    address = "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"
    assert make_wallet(coin="LTC", address=address.upper()).address == address
    with pytest.raises(ConflictError):
        make_wallet(coin="LTC", address=address)


def test_a_wallet_that_a_plan_pays_to_keeps_its_address_but_not_its_name() -> None:
    wallet = make_wallet("savings", address=MAIN)
    _plan_paying_to(wallet)
    for change in ({"address": SUB}, {"payment_id": "8a125052fe6f3877"}):
        with pytest.raises(ConflictError, match="plan 7 of rig") as refused:
            wallet_update(COMMAND_LINE, wallet, **change)
        assert refused.value.code == "in_use"
    with pytest.raises(ConflictError, match="plan 7 of rig"):
        wallet_delete(COMMAND_LINE, wallet)
    assert wallet_update(COMMAND_LINE, wallet, name="cold").name == "cold"
    assert wallet_get("cold").address == MAIN


def test_a_change_is_told_from_what_to_what_and_in_whose_name() -> None:
    actor = make_actor(Role.ADMIN)
    wallet = make_wallet("savings", address=MAIN)
    wallet_update(actor, wallet, address=SUB, note="cold")
    event = Event.objects.get(kind="wallet.changed")
    assert (event.old, event.new) == (
        {"address": "44AFFq…3A", "note": ""},
        {"address": "888tNk…3H", "note": "cold"},
    )
    newest = wallet.history.first()
    assert newest.history_user_id == actor.user_id and actor.name in newest.history_change_reason
    assert wallet.history.last().history_user_id is None


def test_a_change_to_what_it_is_already_writes_nothing() -> None:
    wallet = make_wallet("savings", address=MAIN)
    events, rows = Event.objects.count(), wallet.history.count()
    wallet_update(COMMAND_LINE, wallet, name="savings", address=MAIN)
    assert (Event.objects.count(), wallet.history.count()) == (events, rows)


def test_a_removed_wallet_leaves_an_event_and_its_history() -> None:
    wallet = make_wallet("savings", address=MAIN)
    wallet_delete(COMMAND_LINE, wallet)
    assert Event.objects.get(kind="wallet.removed").old["address"] == "44AFFq…3A"
    assert Wallet.history.first().history_type == "-"
    with pytest.raises(NotFoundError):
        wallet_update(COMMAND_LINE, Wallet(pk=999, name="gone"), name="x")


def test_a_field_that_wallets_do_not_have_is_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError, match="colour"):
        wallet_update(COMMAND_LINE, make_wallet(), colour="red")


def test_a_nicehash_address_is_kept_as_such() -> None:
    assert make_wallet(address="NH" + "b" * 34).address_kind == "NiceHash address"


def test_listing_wallets_takes_one_query_however_many_there_are(django_assert_num_queries: Any) -> None:
    make_wallet(address=MAIN)
    for _ in range(2):
        with django_assert_num_queries(1):
            assert [(wallet.coin.ticker, wallet.plan_count) for wallet in wallet_list()]  # type: ignore[attr-defined]
        make_wallet(address=SUB) if Wallet.objects.count() < 2 else None


def test_a_wallet_that_is_not_there_is_answered_with_the_nearest_name() -> None:
    make_wallet("savings")
    with pytest.raises(NotFoundError, match="Did you mean 'savings'"):
        wallet_get("saving")
    with pytest.raises(ServiceError) as refused:
        wallet_get(SEED)
    assert "abbey" not in refused.value.sentence

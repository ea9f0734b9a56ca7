"""The rows of coins: shipped as data, switched on and off by an administrator."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from mining.coins import COINS
from mining.models import Coin
from mining.selectors.coins import coin_get, coin_list
from mining.services.actors import COMMAND_LINE
from mining.services.catalogue import CATALOGUE, coin_help, is_mineable
from mining.services.coins import base_ticker, coin_of, coin_update, coins_ensure
from mining.services.errors import NotFoundError

pytestmark = pytest.mark.django_db


def test_migrating_makes_every_coin_of_the_catalogue_with_its_test_networks() -> None:
    tickers = set(coin_list().values_list("ticker", flat=True))
    assert tickers == {
        "XMR", "XMR-STAGENET", "XMR-TESTNET", "LTC", "LTC-TESTNET", "LTC-REGTEST", "DOGE", "DOGE-TESTNET",
        "DOGE-REGTEST",
    }  # fmt: skip
    assert coin_get("ltc-regtest").network == "regtest"
    assert {coin.algorithm for coin in coin_list() if base_ticker(coin) == "DOGE"} == {"scrypt"}


def test_exactly_the_coins_that_can_be_mined_are_offered_and_the_others_say_why() -> None:
    for coin in coin_list():
        assert coin.is_enabled is is_mineable(coin.ticker)
        assert bool(coin_help(coin.ticker)) is not coin.is_enabled
    assert coin_get("XMR").is_enabled and not coin_get("XMR-STAGENET").is_enabled
    assert "mainnet only" in coin_help("XMR-STAGENET")


def test_making_them_again_writes_nothing() -> None:
    before = Coin.history.count()
    coins_ensure()
    call_command("migrate", verbosity=0)
    assert Coin.history.count() == before == len(CATALOGUE)


def test_what_an_administrator_chose_survives_the_next_migration() -> None:
    coin_update(COMMAND_LINE, "XMR", is_enabled=False)
    coin_update(COMMAND_LINE, "XMR-TESTNET", is_enabled=True)
    Coin.objects.filter(ticker="XMR").update(block_time_s=1)
    coins_ensure()
    assert not coin_get("XMR").is_enabled and coin_get("XMR-TESTNET").is_enabled
    assert coin_get("XMR").block_time_s == COINS["XMR"].block_time_s


def test_a_coin_that_becomes_mineable_is_offered_unless_a_person_switched_it_off() -> None:
    Coin.objects.filter(ticker="XMR").update(is_enabled=False)  # as an older version shipped it
    coins_ensure()
    assert coin_get("XMR").is_enabled


def test_an_unknown_ticker_is_answered_with_what_there_is() -> None:
    with pytest.raises(NotFoundError, match=r"'BTC' is not known. Choose one of: .*XMR"):
        coin_of("BTC")
    assert coin_of(" xmr ").ticker == "XMR"

"""The catalogue of coins. Adding one is a row here and an address vector file. Pure facts, no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from mining.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Coin:
    """Facts about one coin.

    `address_format` names the validator in `mining.addresses`; `atomic_digits` is the number of decimals of one coin
    (XMR 12: 1 XMR = 10^12 atomic units); `daemon` and `daemon_port` are its full node and that node's usual RPC port.
    `has_payment_ids`: an address can carry one. `is_mined_solo`: whether this version can mine at the daemon.
    """

    ticker: str
    name: str
    algorithm: str
    address_format: str
    block_time_s: int
    atomic_digits: int
    daemon: str
    daemon_port: int
    has_payment_ids: bool = False
    is_mined_solo: bool = False


COINS: dict[str, Coin] = {
    "XMR": Coin("XMR", "Monero", "rx/0", "monero", 120, 12, "monerod", 18081, has_payment_ids=True, is_mined_solo=True),
    "LTC": Coin("LTC", "Litecoin", "scrypt", "litecoin", 150, 8, "litecoind", 9332, is_mined_solo=True),
    "DOGE": Coin("DOGE", "Dogecoin", "scrypt", "dogecoin", 60, 8, "dogecoind", 22555),
}
DEFAULT_COIN = "XMR"


def coins_of(algorithm: str) -> tuple[str, ...]:
    """The tickers of the coins that `algorithm` mines, in the order of the table."""
    return tuple(coin.ticker for coin in COINS.values() if coin.algorithm == algorithm)


def coin_named(ticker: str) -> Coin:
    """Return the row of `ticker` (upper case). Raises ConfigurationError that lists what there is."""
    try:
        return COINS[ticker]
    except KeyError:
        known = ", ".join(COINS)
        raise ConfigurationError(f"Coin {ticker!r} is not known", next_step=f"Choose one of: {known}.") from None

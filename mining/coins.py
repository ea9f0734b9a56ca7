"""The catalogue of coins. Adding one is a row here and an address vector file. Pure facts, no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from mining.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Coin:
    """Facts about one coin.

    `address_format` names the validator in `mining.addresses`; `atomic_digits` is the number of decimals of one coin
    (XMR 12: 1 XMR = 10^12 atomic units); `daemon` and `daemon_port` are its full node and that node's usual RPC port.
    """

    ticker: str
    name: str
    algorithm: str
    address_format: str
    block_time_s: int
    atomic_digits: int
    daemon: str
    daemon_port: int


COINS: dict[str, Coin] = {
    "XMR": Coin("XMR", "Monero", "rx/0", "monero", 120, 12, "monerod", 18081),
    "LTC": Coin("LTC", "Litecoin", "scrypt", "litecoin", 150, 8, "litecoind", 9332),
    "DOGE": Coin("DOGE", "Dogecoin", "scrypt", "dogecoin", 60, 8, "dogecoind", 22555),
}
DEFAULT_COIN = "XMR"


def coin_named(ticker: str) -> Coin:
    """Return the row of `ticker` (upper case). Raises ConfigurationError that lists what there is."""
    try:
        return COINS[ticker]
    except KeyError:
        known = ", ".join(COINS)
        raise ConfigurationError(f"Coin {ticker!r} is not known", next_step=f"Choose one of: {known}.") from None

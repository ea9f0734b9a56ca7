"""The coins that are shipped: those of `mining.coins` and their test networks, as data. No rows, no I/O.

RPC ports of test networks are general knowledge (defaults of Litecoin Core 0.21, Dogecoin Core 1.14 and Monero).
"""

from __future__ import annotations

from dataclasses import dataclass

from mining.coins import COINS

MAINNET = "mainnet"


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One shipped coin. `base` is the ticker in `mining.coins` that it is a network of."""

    ticker: str
    base: str
    network: str
    daemon_port: int

    @property
    def name(self) -> str:
        """The coin as people call it, with its network where it is not the main one."""
        name = COINS[self.base].name
        return name if self.network == MAINNET else f"{name} {self.network}"


_TEST_NETWORKS = (
    CatalogueRow("XMR-STAGENET", "XMR", "stagenet", 38081),
    CatalogueRow("XMR-TESTNET", "XMR", "testnet", 28081),
    CatalogueRow("LTC-TESTNET", "LTC", "testnet", 19332),
    CatalogueRow("LTC-REGTEST", "LTC", "regtest", 19443),
    CatalogueRow("DOGE-TESTNET", "DOGE", "testnet", 44555),
    CatalogueRow("DOGE-REGTEST", "DOGE", "regtest", 18332),
)
CATALOGUE: dict[str, CatalogueRow] = {
    row.ticker: row
    for row in (*(CatalogueRow(coin.ticker, coin.ticker, MAINNET, coin.daemon_port) for coin in COINS.values()),
                *_TEST_NETWORKS)
}  # fmt: skip


def is_mineable(ticker: str) -> bool:
    """Whether this version can mine the coin."""
    return ticker in COINS


def coin_help(ticker: str) -> str:
    """What a person should know before choosing the coin, "" for nothing."""
    row = CATALOGUE.get(ticker)
    if is_mineable(ticker):
        return ""
    if row is not None and row.network != MAINNET:
        return (
            f"{row.name} is known so that its addresses are told apart; this version mines {row.base} on mainnet "
            "only, so a plan cannot use it."
        )
    return f"{ticker} is known with its addresses, but this version cannot mine it yet; choose {_mineable()}."


def _mineable() -> str:
    return " or ".join(ticker for ticker in COINS if is_mineable(ticker))

"""`coin list|enable|disable`: the coins that this version knows, and which are offered in forms."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from mining.management.rows_command import Actions, Answer, Options, RowsCommand, table
from mining.models import Coin
from mining.selectors.coins import coin_list
from mining.services.actors import COMMAND_LINE
from mining.services.catalogue import coin_help
from mining.services.coins import coin_update

_COLUMNS = ("ticker", "name", "network", "algorithm", "is_offered", "note")


class Command(RowsCommand):
    """Coins."""

    help = "List the coins, and choose which are offered."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the actions."""
        actions = Actions(parser)
        actions.add("list", _list, "list the coins that this version knows")
        for name, is_enabled in (("enable", True), ("disable", False)):
            action = actions.add(name, _enable, f"{'offer' if is_enabled else 'do not offer'} a coin in forms")
            action.add_argument("ticker", metavar="TICKER")
            action.set_defaults(is_enabled=is_enabled)


def _list(_options: Options) -> Answer:
    rows = [_row(coin) for coin in coin_list()]
    return Answer(rows, table(rows, _COLUMNS, empty="No coin is known yet."))


def _enable(options: Options) -> Answer:
    coin = coin_update(COMMAND_LINE, options["ticker"], is_enabled=options["is_enabled"])
    return Answer(_row(coin), [f"{coin.ticker} is {'offered' if coin.is_enabled else 'not offered any more'}."])


def _row(coin: Coin) -> dict[str, Any]:
    return {
        "ticker": coin.ticker,
        "name": coin.name,
        "network": coin.network,
        "algorithm": coin.algorithm,
        "is_offered": coin.is_enabled,
        "note": coin_help(coin.ticker),
    }

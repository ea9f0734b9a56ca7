"""`wallet list|add|edit|remove`: the payout addresses of the console. Addresses are shown shortened."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from mining.addresses import mask_address
from mining.coins import DEFAULT_COIN
from mining.management.rows_command import Actions, Answer, Options, RowsCommand, given, table
from mining.models import Wallet
from mining.selectors.wallets import wallet_get, wallet_list
from mining.services.actors import COMMAND_LINE
from mining.services.wallets import wallet_create, wallet_delete, wallet_update

_COLUMNS = ("name", "coin", "address", "kind", "payment_id", "plans", "note")


class Command(RowsCommand):
    """Wallets."""

    help = "List, add, change and remove payout addresses (public ones; never a key or seed words)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the actions."""
        actions = Actions(parser)
        listing = actions.add("list", _list, "list the wallets")
        listing.add_argument("--coin", default="", metavar="TICKER", help="only those of a coin")
        adding = actions.add("add", _add, "keep a payout address")
        adding.add_argument("name", metavar="NAME")
        # Several words are taken so that a seed phrase is recognised, and refused unseen, instead of half of it.
        adding.add_argument("address", nargs="+", metavar="ADDRESS", help="the public address, in one piece")
        adding.add_argument("--coin", default=DEFAULT_COIN, metavar="TICKER", help=f"default: {DEFAULT_COIN}")
        editing = actions.add("edit", _edit, "change a wallet")
        editing.add_argument("wallet", metavar="NAME")
        editing.add_argument("--name", metavar="NEW", help="call it something else")
        editing.add_argument("--address", nargs="+", metavar="ADDRESS", help="another address")
        editing.add_argument("--coin", metavar="TICKER", help="another coin")
        for each in (adding, editing):
            each.add_argument("--payment-id", metavar="ID", help="16 hexadecimal digits (Monero)")
            each.add_argument("--note", metavar="TEXT", help="for people")
        removing = actions.add("remove", _remove, "remove a wallet that no plan pays to")
        removing.add_argument("wallet", metavar="NAME")


def _list(options: Options) -> Answer:
    rows = [_row(wallet) | {"plans": wallet.plan_count} for wallet in wallet_list(coin=options["coin"])]  # type: ignore[attr-defined]
    return Answer(rows, table(rows, _COLUMNS, empty="There is no wallet yet: wallet add NAME ADDRESS."))


def _add(options: Options) -> Answer:
    texts = given(options, ("payment_id", "note"))
    wallet = wallet_create(
        COMMAND_LINE, name=options["name"], coin=options["coin"], address=" ".join(options["address"]), **texts
    )
    shown = f"{mask_address(wallet.address)} ({wallet.address_kind}, {wallet.network})"
    return Answer(_row(wallet), [f"Added the {wallet.coin.ticker} wallet {wallet.name}: {shown}."])


def _edit(options: Options) -> Answer:
    changes = given(options, ("name", "coin", "payment_id", "note"))
    if options["address"] is not None:
        changes["address"] = " ".join(options["address"])
    wallet = wallet_update(COMMAND_LINE, wallet_get(options["wallet"]), **changes)
    return Answer(_row(wallet), [f"The wallet {wallet.name} is {mask_address(wallet.address)} of {wallet.coin.name}."])


def _remove(options: Options) -> Answer:
    wallet = wallet_get(options["wallet"])
    row = _row(wallet)
    wallet_delete(COMMAND_LINE, wallet)
    return Answer(row, [f"Removed the wallet {row['name']}."])


def _row(wallet: Wallet) -> dict[str, Any]:
    return {
        "id": wallet.pk,
        "name": wallet.name,
        "coin": wallet.coin.ticker,
        "address": mask_address(wallet.address),
        "kind": wallet.address_kind,
        "network": wallet.network,
        "payment_id": wallet.payment_id,
        "note": wallet.note,
    }

"""Payout addresses: checked for their coin, never a key or a seed, and not changed under a plan that pays to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from mining.addresses import (
    VALIDATORS,
    AddressProblem,
    MoneroAddress,
    integrated_address,
    looks_like_secret,
    mask_address,
)
from mining.configuration.values import read_payment_id
from mining.models import Coin, Plan, Wallet
from mining.services.actors import Actor, Role, require
from mining.services.catalogue import MAINNET
from mining.services.coins import coin_of
from mining.services.entries import SECRET_SENTENCE, Entries
from mining.services.errors import ConflictError
from mining.services.rows import change_record, locked, row_delete, row_save
from mining.stratum.combined_wallet import split_combined

_FIELDS = ("name", "coin", "address", "payment_id", "note")
_PAYEE_FIELDS = ("coin", "address", "payment_id")
_NICEHASH = re.compile(r"NH[A-Za-z0-9]{20,60}")
_LONG_PAYMENT_ID = re.compile(r"[0-9a-fA-F]{64}")
_WHAT = "change wallets"


@dataclass(frozen=True, slots=True)
class CheckedAddress:
    """An address that a coin pays to, in its one form of writing, and what the check found."""

    text: str
    kind: str
    network: str


@transaction.atomic
def wallet_create(
    actor: Actor, *, name: str, coin: Coin | str, address: str, payment_id: str = "", note: str = ""
) -> Wallet:
    """Keep a payout address. Needs an administrator. Raises InvalidError, ConflictError (duplicate)."""
    require(actor, Role.ADMIN, "add wallets")
    wallet = Wallet(coin=coin_of(coin))
    _fill(wallet, {"name": name, "address": address, "payment_id": payment_id, "note": note})
    row_save(actor, wallet)
    change_record(actor, "wallet.created", wallet, {}, _state(wallet), what="wallet")
    return wallet


@transaction.atomic
def wallet_update(actor: Actor, wallet: Wallet, **changes: Any) -> Wallet:
    """Change name, coin, address, payment_id or note. Needs an administrator.

    Raises InvalidError, ConflictError (duplicate; in_use when the payee of a plan would change), NotFoundError.
    """
    require(actor, Role.ADMIN, _WHAT)
    _refuse_unknown(changes)
    row = locked(wallet, "wallet")
    old = _state(row)
    if "coin" in changes:
        row.coin = coin_of(changes.pop("coin"))
    _fill(row, {name: getattr(row, name) for name in _FIELDS if name != "coin"} | changes)
    new = _state(row)
    if any(old[name] != new[name] for name in _PAYEE_FIELDS):
        _refuse_in_use(row, "changed in its address")
    if old != new:
        row_save(actor, row)
        change_record(actor, "wallet.changed", row, old, new, what="wallet")
    return row


@transaction.atomic
def wallet_delete(actor: Actor, wallet: Wallet) -> None:
    """Remove a wallet. Needs an administrator. Raises ConflictError (in_use) with the plans that pay to it."""
    require(actor, Role.ADMIN, "remove wallets")
    row = locked(wallet, "wallet")
    _refuse_in_use(row, "removed")
    old = _state(row)
    change_record(actor, "wallet.removed", row, old, {}, what="wallet")
    row_delete(actor, row)


def checked_address(coin: Coin, address: str) -> CheckedAddress:
    """Judge an address for a coin and its network. Raises AddressProblem, which never holds the text."""
    if coin.network == MAINNET and _NICEHASH.fullmatch(address):
        return CheckedAddress(address, "NiceHash address", coin.network)
    parsed = VALIDATORS[coin.address_format](address)
    networks = (parsed.network,) if isinstance(parsed, MoneroAddress) else parsed.networks
    if coin.network not in networks:
        raise AddressProblem(
            f"is a {' or '.join(networks)} address, and {coin.ticker} is paid to {coin.network} addresses only",
            next_step=f"Give a {coin.network} address, or choose the coin of that network.",
            code="wallet_network",
        )
    is_base58 = isinstance(parsed, MoneroAddress) or parsed.kind in ("p2pkh", "p2sh")
    return CheckedAddress(address if is_base58 else address.lower(), str(parsed.kind), coin.network)


def wallet_uses(wallet: Wallet) -> list[Plan]:
    """The plans that pay to a wallet, newest first."""
    return list(wallet.plans.select_related("node").order_by("-pk"))


def _fill(wallet: Wallet, values: dict[str, str]) -> None:
    """Put checked values into the row. Raises InvalidError, ConflictError."""
    entries = Entries()
    wallet.name = entries.name(values["name"])
    wallet.note = entries.line(values["note"], most=200, field="note")
    _fill_address(wallet, values["address"].strip(), values["payment_id"].strip(), entries)
    entries.check("The wallet was not saved")
    _refuse_duplicate(wallet)


def _fill_address(wallet: Wallet, address: str, payment_id: str, entries: Entries) -> None:
    wallet.payment_id = ""
    if looks_like_secret(address):
        entries.wrong("address", SECRET_SENTENCE)
    elif not address:
        entries.wrong("address", "Enter the public address to be paid at.")
    elif combined := split_combined(address):
        entries.wrong("address", f"This has more in it than an address. Enter the parts apart: {combined.settings}.")
    else:
        _check_address(wallet, address, entries)
    if payment_id:
        _check_payment_id(wallet, payment_id, entries)


def _check_address(wallet: Wallet, address: str, entries: Entries) -> None:
    try:
        checked = checked_address(wallet.coin, address)
    except AddressProblem as problem:
        entries.wrong("address", f"{mask_address(address)} {problem.why}. {problem.next_step}")
        return
    wallet.address, wallet.address_kind, wallet.network = checked.text, checked.kind, checked.network


def _check_payment_id(wallet: Wallet, payment_id: str, entries: Entries) -> None:
    if wallet.coin.address_format != "monero":
        entries.wrong("payment_id", f"Addresses of {wallet.coin.name} carry no payment id. Leave it empty.")
        return
    if looks_like_secret(payment_id) and not _LONG_PAYMENT_ID.fullmatch(payment_id):
        entries.wrong("payment_id", SECRET_SENTENCE)
        return
    wallet.payment_id = str(entries.read(payment_id, read_payment_id, field="payment_id") or "")
    if not wallet.payment_id or not entries.is_fine("address"):
        return
    try:
        integrated_address(wallet.address, wallet.payment_id)
    except AddressProblem as problem:
        entries.wrong("payment_id", f"It does not fit: the address {problem.why}. {problem.next_step}")


def _refuse_duplicate(wallet: Wallet) -> None:
    others = Wallet.objects.exclude(pk=wallet.pk)
    if same := others.filter(name__iexact=wallet.name).first():
        raise _duplicate("name", f"There is a wallet {same.name!r} already", "Choose another name.")
    twin = others.filter(coin=wallet.coin, address=wallet.address, payment_id=wallet.payment_id).first()
    if twin is not None:
        thing = f"The address {mask_address(wallet.address)} is kept already, as {twin.name!r}"
        raise _duplicate("address", thing, "Use that wallet, or change its name.")


def _duplicate(field: str, thing: str, next_step: str) -> ConflictError:
    return ConflictError(thing, next_step=next_step, code="duplicate", fields={field: [f"{thing}. {next_step}"]})


def _refuse_in_use(wallet: Wallet, verb: str) -> None:
    plans = wallet_uses(wallet)
    if not plans:
        return
    places = ", ".join(f"plan {plan.version} of {plan.node}" for plan in plans[:3])
    more = f" and {len(plans) - 3} more" if len(plans) > 3 else ""
    raise ConflictError(
        f"The wallet {wallet.name!r} cannot be {verb}: {places}{more} pays to it",
        next_step="Keep it, add the new address as another wallet, and apply a plan that pays to that one.",
        code="in_use",
    )


def _refuse_unknown(changes: dict[str, Any]) -> None:
    unknown = sorted(set(changes) - set(_FIELDS))
    if unknown:
        raise TypeError(f"a wallet has no {', '.join(unknown)}")


def _state(wallet: Wallet) -> dict[str, str]:
    return {
        "name": wallet.name,
        "coin": wallet.coin.ticker,
        "address": wallet.address,
        "payment_id": wallet.payment_id,
        "note": wallet.note,
    }

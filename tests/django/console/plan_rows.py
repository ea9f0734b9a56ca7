"""Rows for tests of plans, made directly, so that these tests stand on nothing but the models."""

from __future__ import annotations

from mining.models import Coin, Endpoint, Node, Pool, Wallet
from mining.services.actors import Actor, Role

XMR_ADDRESS = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
OTHER_ADDRESS = "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H"
ADMIN = Actor("anna", Role.ADMIN, is_fresh=True, key="user:1")
TIRED_ADMIN = Actor("anna", Role.ADMIN, key="user:1")
OPERATOR = Actor("olaf", Role.OPERATOR, is_fresh=True, key="user:2")
VIEWER = Actor("vera", Role.VIEWER, is_fresh=True, key="user:3")
STRANGER = Actor("somebody", Role.NOBODY)


def coin(ticker: str = "XMR", algorithm: str = "rx/0") -> Coin:
    row, _ = Coin.objects.get_or_create(
        ticker=ticker,
        defaults={
            "name": ticker, "algorithm": algorithm, "address_format": "monero", "block_time_s": 120, "atomic_digits": 12
        },
    )  # fmt: skip
    return row


def wallet(name: str = "main", address: str = XMR_ADDRESS, *, ticker: str = "XMR") -> Wallet:
    row, _ = Wallet.objects.get_or_create(coin=coin(ticker), address=address, defaults={"name": name})
    return row


def pool(name: str = "near", *, port: int = 3333, password: str = "", **fields: object) -> Pool:
    values = {"coin": coin(), "password": password, **fields}
    row, is_new = Pool.objects.get_or_create(name=name, defaults=values)
    if is_new:
        Endpoint.objects.create(pool=row, scheme="stratum+tcp", host="127.0.0.1", port=port)
    return row


def node(**fields: object) -> Node:
    values = {"ulid": "01JDXXXXXXXXXXXXXXXXXXXXXX", "name": "here", "is_local": True, **fields}
    return Node.objects.create(**values)

"""Rows for tests of the console, made through the services as people would, and actors of each role."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User

from mining.engine.ulid import new_ulid
from mining.models import Node, Pool, Wallet
from mining.services.actors import COMMAND_LINE, Actor, Role, actor_of_user
from mining.services.pools import EndpointInput, pool_create
from mining.services.wallets import wallet_create

PASSWORD = "correct-horse-battery-9"
MONERO_ADDRESSES = (
    "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
    "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H",
)
"""Published by the Monero General Fund (getmonero.org): a main address and a sub-address."""
LITECOIN_ADDRESS = "LT2KVaAy1ppRuxRgrS5RNU3vBsy7RibPeA"
_numbers = itertools.count(1)


def make_user(role: Role = Role.ADMIN, name: str = "", **fields: Any) -> User:
    """A user with a role (NOBODY: in no group) and the password PASSWORD."""
    username = name or f"{role.word}-{next(_numbers)}"
    user = get_user_model().objects.create(
        username=username, password=_password_hash(), is_staff=role is not Role.NOBODY, **fields
    )
    if role is not Role.NOBODY:
        user.groups.add(Group.objects.get(name=role.word))
    return user


@cache
def _password_hash() -> str:
    """Hashing is slow on purpose: once for all users."""
    return make_password(PASSWORD)


def make_actor(role: Role = Role.ADMIN, *, is_fresh: bool = False) -> Actor:
    """The actor of a new user with a role."""
    return actor_of_user(make_user(role), address="127.0.0.1", is_fresh=is_fresh)


def make_wallet(name: str = "", *, coin: str = "XMR", address: str = "", **fields: Any) -> Wallet:
    """A wallet; without an address, the first of the published ones that is not kept yet."""
    known = MONERO_ADDRESSES if coin == "XMR" else (LITECOIN_ADDRESS,)
    kept = set(Wallet.objects.values_list("address", flat=True))
    chosen = address or next(each for each in known if each not in kept)
    return wallet_create(COMMAND_LINE, name=name or f"wallet {next(_numbers)}", coin=coin, address=chosen, **fields)


def make_pool(
    name: str = "", *, coin: str = "XMR", endpoints: Sequence[EndpointInput] | None = None, **settings: Any
) -> Pool:
    """A pool at a port of this computer where nothing listens, unless `endpoints` say otherwise."""
    number = next(_numbers)
    places = endpoints or [EndpointInput("stratum+tcp", "127.0.0.1", 20000 + number)]
    return pool_create(COMMAND_LINE, name=name or f"pool {number}", coin=coin, endpoints=places, **settings)


def make_node(name: str = "", *, is_local: bool = False, **fields: Any) -> Node:
    """A node that is registered. `is_local`: this computer."""
    return Node.objects.create(ulid=new_ulid(), name=name or f"node {next(_numbers)}", is_local=is_local, **fields)

"""The way of a new user: pool, wallet and plan made in one go, each row by its own service, used again if it is there.

Sentences about what was entered carry the names of the fields of `Entry`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction

from mining.addresses.masking import mask_address
from mining.configuration.problem import ValueProblem
from mining.models import Coin, Node, Plan, Pool, Wallet
from mining.services.actors import Actor, Role, require
from mining.services.beside_benchmark import refuse_plan_beside_benchmark
from mining.services.coins import coin_of
from mining.services.endpoints import EndpointInput, endpoint_from_url
from mining.services.entries import sentence_of
from mining.services.errors import ConflictError, InvalidError
from mining.services.live_pins import live_pins
from mining.services.plan_wishes import PlanWish
from mining.services.plans import plan_create, plan_deliver
from mining.services.pool_tests import PoolTest, pool_test
from mining.services.pools import pool_create, pool_delete, pool_from_preset
from mining.services.wallets import wallet_create, wallet_delete
from mining.stratum.presets import PRESETS

PRESET, URL, OWN_NODE, OFFLINE = "preset", "url", "node", "offline"
_DAEMON = "daemon+http"
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered. `place`: preset, url, node or offline; `wallet` is a kept one, else `address` is a new one."""

    place: str
    coin: str
    preset: str = ""
    url: str = ""
    node_url: str = ""
    tls_fingerprint: str = ""
    wallet: Wallet | None = None
    address: str = ""
    worker: str = ""
    cores: str = ""
    threads: int | None = None
    intensity: int = 100


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of an entry, and which of them were made for it."""

    coin: Coin | None
    pool: Pool | None
    wallet: Wallet | None
    is_new_pool: bool = False
    is_new_wallet: bool = False


def entry_test(actor: Actor, entry: Entry) -> PoolTest:
    """Log in with what was entered, as a miner would (up to 30 s). Rows that were made for it stay only if it works.

    Raises InvalidError by field, ForbiddenError, ConflictError.
    """
    require(actor, Role.OPERATOR, "test pools")
    if entry.place == OFFLINE:
        raise InvalidError({"place": ["Offline there is no login to test. Choose a pool or an own node, or start."]})
    with _told_by_field(entry), transaction.atomic():
        rows = _rows_of(actor, entry)
    assert rows.pool is not None
    test: PoolTest | None = None
    try:
        with _told_by_field(entry):
            test = pool_test(actor, rows.pool, rows.wallet, worker=entry.worker)
    finally:
        if test is None or not test.ok:
            _take_back(actor, rows)
    return test


def entry_start(actor: Actor, node: Node, entry: Entry) -> Plan:
    """Make what is missing, make a plan of it and hand it to the node. Raises InvalidError by field, ForbiddenError,
    ConflictError (pinned; confirm when somebody else is to be paid and the password is not fresh)."""
    require(actor, Role.OPERATOR, "make plans")
    refuse_plan_beside_benchmark(actor, node)
    pins = live_pins(node)  # before the transaction: a slow Node must not hold the database
    with _told_by_field(entry), transaction.atomic():  # nothing half-made stays
        rows = _rows_of(actor, entry)
        wish = PlanWish(
            coin=rows.coin,
            wallet=rows.wallet,
            pools=(rows.pool,) if rows.pool is not None else (),
            worker=entry.worker,
            cores=entry.cores,
            threads=entry.threads,
            intensity=entry.intensity,
            is_offline=entry.place == OFFLINE,
        )
        plan = plan_create(actor, node, wish, reason="set up on the page", pins=pins)
    return plan_deliver(actor, plan)


def _rows_of(actor: Actor, entry: Entry) -> _Rows:
    coin = coin_of(entry.coin)
    if entry.place == OFFLINE:
        return _Rows(coin, None, None)
    wrong: dict[str, list[str]] = {}
    pool, is_new_pool = _tried(lambda: _pool_of(actor, coin, entry), wrong)
    wallet, is_new_wallet = _tried(lambda: _wallet_of(actor, coin, entry), wrong)
    if wrong:
        raise InvalidError(wrong)  # of both at once: the transaction takes back the one that was fine
    return _Rows(coin, pool, wallet, is_new_pool, is_new_wallet)


def _tried(make: Callable[[], tuple[_Row, bool]], wrong: dict[str, list[str]]) -> tuple[_Row | None, bool]:
    """Return what `make` makes; note what is wrong instead, if it says beside which field that belongs."""
    try:
        with transaction.atomic():
            return make()
    except (InvalidError, ConflictError) as error:
        if not error.fields:
            raise
        for name, sentences in error.fields.items():
            wrong.setdefault(name, []).extend(sentences)
        return None, False


def _pool_of(actor: Actor, coin: Coin, entry: Entry) -> tuple[Pool, bool]:
    found = _pool_like(coin, entry)
    return (found, False) if found is not None else (_made_pool(actor, coin, entry), True)


def _wallet_of(actor: Actor, coin: Coin, entry: Entry) -> tuple[Wallet, bool]:
    found = entry.wallet or Wallet.objects.filter(coin=coin, address=entry.address, payment_id="").first()
    if found is not None:
        return found, False
    return wallet_create(actor, name=_wallet_name(coin, entry.address), coin=coin, address=entry.address), True


def _take_back(actor: Actor, rows: _Rows) -> None:
    if rows.is_new_pool and rows.pool is not None:
        pool_delete(actor, rows.pool)
    if rows.is_new_wallet and rows.wallet is not None:
        wallet_delete(actor, rows.wallet)


def _pool_like(coin: Coin, entry: Entry) -> Pool | None:
    """A pool that is kept already and is the one that was entered."""
    pools = Pool.objects.filter(coin=coin)
    if entry.place == PRESET:
        preset = PRESETS.get(entry.preset)
        return pools.filter(name=preset.name, endpoints__host=preset.host).first() if preset is not None else None
    endpoint = _endpoint(entry)
    if endpoint.rpc_password is not None or endpoint.tls_fingerprint:
        return None  # it says more than a place: it is kept as it was entered
    same = pools.filter(endpoints__scheme=endpoint.scheme, endpoints__host=endpoint.host, endpoints__port=endpoint.port)
    return same.first()


def _made_pool(actor: Actor, coin: Coin, entry: Entry) -> Pool:
    if entry.place == PRESET:
        return pool_from_preset(actor, entry.preset, coin=coin)
    endpoint = _endpoint(entry)
    return pool_create(actor, name=_free_name(f"{endpoint.host}:{endpoint.port}"), coin=coin, endpoints=[endpoint])


def _endpoint(entry: Entry) -> EndpointInput:
    field = "node_url" if entry.place == OWN_NODE else "url"
    text = getattr(entry, field).strip()
    if entry.place == OWN_NODE and "://" not in text:
        text = f"{_DAEMON}://{text}"
    try:
        endpoint = endpoint_from_url(text, tls_fingerprint=entry.tls_fingerprint)
    except ValueProblem as problem:
        raise InvalidError({field: [sentence_of(text, problem)]}) from None
    if endpoint.is_daemon != (entry.place == OWN_NODE):
        other = "Own node" if endpoint.is_daemon else "Another pool"
        raise InvalidError({field: [f"{endpoint.scheme}:// belongs to the choice {other}. Choose that, or change it."]})
    return endpoint


def _free_name(name: str) -> str:
    taken = set(Pool.objects.filter(name__startswith=name).values_list("name", flat=True))
    return next(each for each in (name, *(f"{name} ({number})" for number in range(2, 1000))) if each not in taken)


def _wallet_name(coin: Coin, address: str) -> str:
    name = f"{coin.ticker} {mask_address(address)}"[:60]
    is_taken = Wallet.objects.filter(name__iexact=name).exists()
    return f"{name} {Wallet.objects.count() + 1}" if is_taken else name


@contextmanager
def _told_by_field(entry: Entry) -> Iterator[None]:
    """Give the sentences of other services the names of the fields that a person sees here."""
    try:
        yield
    except (InvalidError, ConflictError) as error:
        fields = {_field(name, entry): sentences for name, sentences in error.fields.items()}
        if error.code == "pinned" or not fields:
            raise
        raise InvalidError(fields, error.thing, next_step=error.next_step, code=error.code) from None


def _field(name: str, entry: Entry) -> str:
    place = {PRESET: "preset", OWN_NODE: "node_url"}.get(entry.place, "url")
    if name.endswith("tls_fingerprint"):
        return "tls_fingerprint"
    if name == "pools" or name.startswith("endpoints"):
        return place
    if name == "wallet":
        return "wallet" if entry.wallet is not None else "address"
    return name if name in Entry.__dataclass_fields__ else ""

"""Pools: what is kept, what the catalogue offers, and whether a login works."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query
from ninja.responses import Status

from minerconsole.api.access import reader_of
from minerconsole.api.places import CoinWord, Number, told_as
from minerconsole.api.schemas.fields import Line
from minerconsole.api.schemas.pools import (
    EndpointIn,
    PoolChange,
    PoolIn,
    PoolOut,
    PoolTestIn,
    PoolTestOut,
    PresetIn,
    PresetOut,
)
from minerconsole.api.throttles import CALLS, POOL_TESTS
from mining.models import Endpoint, Pool
from mining.selectors import pools
from mining.selectors.wallets import wallet_list
from mining.services.errors import InvalidError
from mining.services.pool_tests import pool_test as test_of
from mining.services.pools import (
    EndpointInput,
    pool_create,
    pool_delete,
    pool_from_preset,
    pool_update,
    presets_for,
)

router = Router()
Coin = Annotated[Line, Query(max_length=24, description="The ticker of a coin.", example="XMR")]


@router.get("", response=list[PoolOut])
def pool_list(request: HttpRequest, coin: CoinWord = "") -> list[PoolOut]:
    """List the pools by name, each with its endpoints in order."""
    reader_of(request)
    return [PoolOut.of(row) for row in pools.pool_list(coin=coin)]


@router.post("", response={201: PoolOut})
def pool_add(request: HttpRequest, body: PoolIn) -> Status[PoolOut]:
    """Keep a pool. Needs an operator. The order of the endpoints is that of preference."""
    pool = pool_create(reader_of(request), **_settings(body), endpoints=_endpoints(body.endpoints))
    return Status(201, PoolOut.of(pools.pool_get(pool.pk)))


@router.get("/presets", response=list[PresetOut])
def preset_list(request: HttpRequest, coin: Coin) -> list[PresetOut]:
    """List the pools of the catalogue for a coin: as far as known, none is a recommendation."""
    reader_of(request)
    return [PresetOut.of(row) for row in presets_for(coin)]


@router.post("/presets", response={201: PoolOut})
def preset_add(request: HttpRequest, body: PresetIn) -> Status[PoolOut]:
    """Keep a pool of the catalogue. Needs an operator."""
    pool = pool_from_preset(reader_of(request), body.key, coin=body.coin)
    return Status(201, PoolOut.of(pools.pool_get(pool.pk)))


@router.get("/{pool_id}", response=PoolOut)
def pool_get(request: HttpRequest, pool_id: Number) -> PoolOut:
    """Show one pool."""
    reader_of(request)
    return PoolOut.of(pools.pool_get(pool_id))


@router.patch("/{pool_id}", response=PoolOut)
def pool_change(request: HttpRequest, pool_id: Number, body: PoolChange) -> PoolOut:
    """Change a pool; what is left out or null stays, `endpoints` are all of them anew. Needs an operator."""
    actor, changes = reader_of(request), _settings(body)
    if body.endpoints is not None:
        changes["endpoints"] = _endpoints(body.endpoints)
    pool_update(actor, pools.pool_get(pool_id), **changes)
    return PoolOut.of(pools.pool_get(pool_id))


@router.delete("/{pool_id}", response={204: None})
def pool_remove(request: HttpRequest, pool_id: Number) -> Status[None]:
    """Remove a pool that no plan needs. Needs an operator."""
    actor = reader_of(request)
    pool_delete(actor, pools.pool_get(pool_id))
    return Status(204, None)


@router.post("/{pool_id}/test", response=PoolTestOut, throttle=[CALLS, POOL_TESTS])
def pool_test(request: HttpRequest, pool_id: Number, body: PoolTestIn) -> PoolTestOut:
    """Log in at the pool as a node would, see one job, leave. Needs an operator. Takes up to 30 s, mines nothing."""
    actor, pool = reader_of(request), pools.pool_get(pool_id)
    wallet = wallet_list().filter(pk=body.wallet_id).first()
    if wallet is None:
        raise InvalidError({"wallet_id": [f"There is no wallet {body.wallet_id}. See the list of wallets."]})
    endpoint = _endpoint_of(pool, body.endpoint_id)
    with told_as(wallet="wallet_id", endpoint="endpoint_id", pools=""):
        return PoolTestOut.of(test_of(actor, pool, wallet, worker=body.worker, endpoint=endpoint))


def _settings(body: PoolIn | PoolChange) -> dict[str, Any]:
    return body.model_dump(exclude_none=True, exclude={"endpoints"})


def _endpoints(given: list[EndpointIn]) -> list[EndpointInput]:
    return [endpoint.as_input(place) for place, endpoint in enumerate(given, start=1)]


def _endpoint_of(pool: Pool, number: int | None) -> Endpoint | None:
    if number is None:
        return None
    found = next((row for row in pool.endpoints.all() if row.pk == number), None)
    if found is None:
        raise InvalidError({"endpoint_id": [f"{pool} has no endpoint {number}. See its list of endpoints."]})
    return found

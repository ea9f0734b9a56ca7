"""Pools and their endpoints: only what can be connected to and said in the pool's login; kept while plans need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from mining.models import Coin, Endpoint, Plan, PlanPool, PlanState, Pool
from mining.services.actors import Actor, Role, require
from mining.services.coins import base_ticker, coin_of
from mining.services.endpoints import EndpointInput, checked_endpoints, endpoint_from_url
from mining.services.entries import Entries
from mining.services.errors import ConflictError, NotFoundError
from mining.services.pool_entries import check_kind, check_settings
from mining.services.rows import change_record, locked, row_delete, row_save
from mining.stratum.presets import PRESETS, PoolPreset, presets_of

__all__ = [
    "EndpointInput",
    "PresetRow",
    "endpoint_inputs",
    "pool_create",
    "pool_delete",
    "pool_from_preset",
    "pool_update",
    "presets_for",
]

_DEFAULTS: dict[str, Any] = {
    "profile": "auto",
    "password": "",
    "difficulty": 0,
    "email": "",
    "is_solo": False,
    "note": "",
}
_SETTINGS = ("name", *_DEFAULTS)
_PROTECTED = "stratum+ssl"
_APPLIED = (PlanState.APPLIED, PlanState.VERIFIED)


@dataclass(frozen=True, slots=True)
class PresetRow:
    """A pool of the catalogue, as it is offered. `url` is the one that is tried first."""

    key: str
    name: str
    coin: str
    url: str
    profile: str
    note: str
    is_added: bool


@transaction.atomic
def pool_create(
    actor: Actor, *, name: str, coin: Coin | str, endpoints: Sequence[EndpointInput], **settings: Any
) -> Pool:
    """Keep a pool. Needs an operator. Raises InvalidError, ConflictError (duplicate).

    `settings`: profile ("auto" or a key of `mining.stratum.profiles`), password, difficulty (0: the pool's choice),
    email, is_solo, note.
    """
    require(actor, Role.OPERATOR, "add pools")
    _refuse_unknown(settings, _DEFAULTS)
    pool = Pool(coin=coin_of(coin))
    wanted = _fill(pool, {"name": name, **_DEFAULTS, **settings}, endpoints)
    row_save(actor, pool)
    _save_endpoints(actor, pool, wanted)
    change_record(actor, "pool.created", pool, {}, _state(pool), what="pool")
    return pool


@transaction.atomic
def pool_update(actor: Actor, pool: Pool, **changes: Any) -> Pool:
    """Change settings, coin or `endpoints` (all of them anew). Needs an operator.

    Plans that were made keep what they were made with. A stored password goes to no host, and over no less protected
    connection, than it was entered for: who adds one enters it again. Raises InvalidError, ConflictError (duplicate;
    in_use when the coin of a pool in a plan would change), NotFoundError.
    """
    require(actor, Role.OPERATOR, "change pools")
    _refuse_unknown(changes, ("coin", "endpoints", *_SETTINGS))
    row = locked(pool, "pool")
    old = _state(row)
    if "coin" in changes:
        row.coin = coin_of(changes["coin"])
    given = changes.get("endpoints")
    endpoints = endpoint_inputs(row) if given is None else given
    settings = {name: changes.get(name, getattr(row, name)) for name in _SETTINGS}
    wanted = _fill(row, settings, endpoints)
    if "password" not in changes:
        _refuse_unasked_places(row, wanted)
    if old["coin"] != row.coin.ticker:
        _refuse_in_use(row, "moved to another coin")
    _save_endpoints(actor, row, wanted)
    new = _state(row)
    if old != new:
        row_save(actor, row)
        change_record(actor, "pool.changed", row, old, new, what="pool")
    return row


@transaction.atomic
def pool_delete(actor: Actor, pool: Pool) -> None:
    """Remove a pool. Needs an operator. Raises ConflictError (in_use) with the plans that mine at it."""
    require(actor, Role.OPERATOR, "remove pools")
    row = locked(pool, "pool")
    _refuse_in_use(row, "removed")
    change_record(actor, "pool.removed", row, _state(row), {}, what="pool")
    PlanPool.objects.filter(pool=row).delete()  # of plans that no Node ever followed
    row_delete(actor, row)


def pool_from_preset(actor: Actor, preset: str, *, coin: Coin | str) -> Pool:
    """Keep a pool of the catalogue. Needs an operator. Raises NotFoundError, ConflictError (duplicate)."""
    require(actor, Role.OPERATOR, "add pools")
    row, found = coin_of(coin), PRESETS.get(preset)
    if found is None or found.coin != base_ticker(row):
        known = ", ".join(each.key for each in presets_of(base_ticker(row)))
        raise NotFoundError(
            f"There is no pool {preset[:40]!r} for {row.ticker} in the catalogue",
            next_step=f"Choose one of: {known}." if known else "Enter the pool's host and port yourself.",
        )
    profile = "auto" if found.is_recognised else found.profile
    return pool_create(
        actor, name=found.name, coin=row, endpoints=_endpoints_of(found), profile=profile, note=found.note[:200]
    )


def presets_for(coin: Coin | str) -> list[PresetRow]:
    """The catalogue of a coin, in its order; none is a recommendation. Anybody who may read pools may read it."""
    row = coin_of(coin)
    places = set(Endpoint.objects.filter(pool__coin=row).values_list("host", "port"))
    return [_preset_row(preset, row, places) for preset in presets_of(base_ticker(row))]


def pool_uses(pool: Pool) -> list[Plan]:
    """The plans that keep a pool: the latest of a Node, and each that a Node followed; newest first."""
    plans = pool.plans.annotate(latest=Max("node__plans__version"))
    kept = Q(state__in=_APPLIED) | Q(receipts__state__in=_APPLIED)
    found = {plan.pk: plan for plan in plans.filter(kept).select_related("node")}
    found |= {plan.pk: plan for plan in plans.select_related("node") if plan.version == plan.latest}
    return [found[pk] for pk in sorted(found, reverse=True)]


def endpoint_inputs(pool: Pool) -> list[EndpointInput]:
    """The endpoints of a pool in the form that `pool_update` takes; their RPC passwords stay as they are."""
    return [
        EndpointInput(
            row.scheme, row.host, row.port, row.tls_fingerprint, row.priority, row.rpc_user, is_enabled=row.is_enabled
        )
        for row in pool.endpoints.all()
    ]


def _preset_row(preset: PoolPreset, coin: Coin, places: set[tuple[str, int]]) -> PresetRow:
    endpoints = _endpoints_of(preset)
    first = endpoints[0]
    url = f"{first.scheme}://{first.host}:{first.port}"
    is_added = any((endpoint.host, endpoint.port) in places for endpoint in endpoints)
    return PresetRow(preset.key, preset.name, coin.ticker, url, preset.profile, preset.note, is_added)


def _endpoints_of(preset: PoolPreset) -> list[EndpointInput]:
    """The usual port of each kind: TLS first and alone switched on, unless its certificate has to be pinned."""
    is_tls_first = bool(preset.tls) and "TLS_FINGERPRINT" not in preset.note
    kinds = [is_tls for is_tls in (is_tls_first, not is_tls_first) if (preset.tls if is_tls else preset.plain)]
    found = [endpoint_from_url(preset.url(is_tls=is_tls)) for is_tls in kinds]
    return [
        EndpointInput(each.scheme, each.host, each.port, priority=place, is_enabled=place == 1)
        for place, each in enumerate(found, start=1)
    ]


def _fill(pool: Pool, settings: dict[str, Any], endpoints: Sequence[EndpointInput]) -> list[EndpointInput]:
    """Put checked settings into the row and return the checked endpoints. Raises InvalidError, ConflictError."""
    entries = Entries()
    settings["name"] = entries.name(settings["name"])
    settings["note"] = entries.line(settings["note"], most=200, field="note")
    settings["email"], settings["profile"] = settings["email"].strip(), settings["profile"].strip()
    check_settings(settings, entries)
    wanted = checked_endpoints(endpoints, entries)
    if entries.is_all_fine:
        check_kind(pool.coin, settings, wanted, entries)
    entries.check("The pool was not saved")
    for name, value in settings.items():
        setattr(pool, name, value)
    _refuse_duplicate(pool)
    return wanted


def _refuse_unasked_places(pool: Pool, wanted: Sequence[EndpointInput]) -> None:
    """Raise InvalidError (password) when the stored one would be sent where it has not been sent before."""
    if not pool.password:
        return
    present = {(row.scheme, row.host) for row in pool.endpoints.all()}
    present |= {(_PROTECTED, host) for _, host in present}
    added = sorted({f"{each.scheme}://{each.host}" for each in wanted if (each.scheme, each.host) not in present})
    if added:
        entries = Entries()
        entries.wrong("password", f"The stored password was not entered for {added[0]}. Enter it again, or remove it.")
        entries.check("The pool was not saved")


def _save_endpoints(actor: Actor, pool: Pool, wanted: Sequence[EndpointInput]) -> None:
    present = {(row.scheme, row.host, row.port): row for row in pool.endpoints.all()}
    for row in present.values():
        if (row.scheme, row.host, row.port) not in {endpoint.place for endpoint in wanted}:
            row_delete(actor, row)
    for endpoint in wanted:
        row = present.get(endpoint.place) or Endpoint(
            pool=pool, scheme=endpoint.scheme, host=endpoint.host, port=endpoint.port
        )
        _save_endpoint(actor, row, endpoint)


def _save_endpoint(actor: Actor, row: Endpoint, wanted: EndpointInput) -> None:
    values: dict[str, Any] = {
        name: getattr(wanted, name) for name in ("priority", "tls_fingerprint", "rpc_user", "is_enabled")
    }
    if wanted.rpc_password is not None:
        values["rpc_password"] = wanted.rpc_password
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changes.items():
        setattr(row, name, value)
    if changes or row.pk is None:
        row_save(actor, row)


def _refuse_duplicate(pool: Pool) -> None:
    same = Pool.objects.exclude(pk=pool.pk).filter(name__iexact=pool.name).first()
    if same is not None:
        thing, next_step = f"There is a pool {same.name!r} already", "Use that one, or choose another name."
        raise ConflictError(thing, next_step=next_step, code="duplicate", fields={"name": [f"{thing}. {next_step}"]})


def _refuse_in_use(pool: Pool, verb: str) -> None:
    plans = pool_uses(pool)
    if not plans:
        return
    places = ", ".join(f"plan {plan.version} of {plan.node}" for plan in plans[:3])
    more = f" and {len(plans) - 3} more" if len(plans) > 3 else ""
    raise ConflictError(
        f"The pool {pool.name!r} cannot be {verb}: {places}{more} mines at it",
        next_step="Apply a plan without it first; a pool that a Node once followed stays, for a way back.",
        code="in_use",
    )


def _refuse_unknown(given: dict[str, Any], known: Sequence[str] | dict[str, Any]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise TypeError(f"a pool has no {', '.join(unknown)}")


def _state(pool: Pool) -> dict[str, Any]:
    """What a pool is, for events: secrets are masked there."""
    rows = pool.endpoints.all() if pool.pk else ()
    return {
        "coin": pool.coin.ticker,
        **{name: getattr(pool, name) for name in _SETTINGS},
        "endpoints": [_endpoint_state(row) for row in rows],
        "rpc_passwords": "".join(row.rpc_password for row in rows),
    }


def _endpoint_state(row: Endpoint) -> str:
    pinned = f", certificate {row.tls_fingerprint[:8]}…" if row.tls_fingerprint else ""
    user = f"{row.rpc_user}@" if row.rpc_user else ""
    return f"{row.scheme}://{user}{row.label}{pinned}{'' if row.is_enabled else ', off'}"

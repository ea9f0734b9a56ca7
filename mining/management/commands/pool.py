"""`pool list|add|edit|remove|presets|add-preset`: the pools of the console. Passwords are never shown."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from mining.coins import DEFAULT_COIN
from mining.configuration.cores import Machine
from mining.configuration.problem import ValueProblem
from mining.configuration.values import Context, read_password_file, read_switch
from mining.management.rows_command import Actions, Answer, Options, RowsCommand, given, table
from mining.models import Pool
from mining.selectors.pools import pool_get, pool_list
from mining.services.actors import COMMAND_LINE
from mining.services.endpoints import TLS_SCHEME, EndpointInput, endpoint_from_url
from mining.services.entries import sentence_of
from mining.services.errors import InvalidError
from mining.services.pools import (
    endpoint_inputs,
    pool_create,
    pool_delete,
    pool_from_preset,
    pool_update,
    presets_for,
)

_COLUMNS = ("name", "coin", "endpoints", "profile", "password", "difficulty", "plans")
_PRESET_COLUMNS = ("key", "name", "url", "profile", "is_added", "note")
_SETTINGS = ("profile", "difficulty", "email", "note")


class Command(RowsCommand):
    """Pools."""

    help = "List, add, change and remove pools and own nodes; see and add those of the catalogue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the actions."""
        actions = Actions(parser)
        listing = actions.add("list", _list, "list the pools")
        listing.add_argument("--coin", default="", metavar="TICKER", help="only those of a coin")
        adding = actions.add("add", _add, "keep a pool")
        adding.add_argument("name", metavar="NAME")
        adding.add_argument("--coin", default=DEFAULT_COIN, metavar="TICKER", help=f"default: {DEFAULT_COIN}")
        editing = actions.add("edit", _edit, "change a pool")
        editing.add_argument("pool", metavar="NAME")
        editing.add_argument("--name", metavar="NEW", help="call it something else")
        editing.add_argument("--coin", metavar="TICKER", help="another coin")
        for each in (adding, editing):
            _add_settings(each)
        removing = actions.add("remove", _remove, "remove a pool that no plan needs")
        removing.add_argument("pool", metavar="NAME")
        presets = actions.add("presets", _presets, "list the pools of the catalogue (none is a recommendation)")
        adding_preset = actions.add("add-preset", _add_preset, "keep a pool of the catalogue")
        adding_preset.add_argument("preset", metavar="KEY", help="see pool presets")
        for each in (presets, adding_preset):
            each.add_argument("--coin", default=DEFAULT_COIN, metavar="TICKER", help=f"default: {DEFAULT_COIN}")


def _add_settings(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--url", action="append", metavar="URL",
        help="stratum+ssl://host:port, stratum+tcp://host:port or daemon+http://[user:pass@]host:port; "
        "again for more, in order; edit: instead of all before",
    )  # fmt: skip
    parser.add_argument("--tls-fingerprint", metavar="SHA256", help="of the certificate, for the TLS endpoints")
    parser.add_argument("--profile", metavar="KIND", help="how the pool reads a login; auto goes by its host")
    parser.add_argument("--password", metavar="P", help="visible in `ps`: prefer --password-file")
    parser.add_argument("--password-file", metavar="FILE", help="file whose first line is the password")
    parser.add_argument("--difficulty", type=int, metavar="N", help="to ask for; 0 is the pool's own choice")
    parser.add_argument("--email", help="to register at the pool")
    parser.add_argument("--solo", metavar="on|off", help="ask for solo mining")
    parser.add_argument("--note", metavar="TEXT", help="for people")


def _list(options: Options) -> Answer:
    rows = [_row(pool) | {"plans": pool.plan_count} for pool in pool_list(coin=options["coin"])]  # type: ignore[attr-defined]
    return Answer(rows, table(rows, _COLUMNS, empty="There is no pool yet: pool add NAME --url URL, or pool presets."))


def _add(options: Options) -> Answer:
    pool = pool_create(
        COMMAND_LINE,
        name=options["name"],
        coin=options["coin"],
        endpoints=_pinned(_endpoints(options["url"] or []), options["tls_fingerprint"]),
        **_settings(options),
    )
    return Answer(_row(pool), [f"Added the pool {pool.name}: {', '.join(_row(pool)['endpoints'])}."])


def _edit(options: Options) -> Answer:
    pool = pool_get(options["pool"])
    changes = given(options, ("name", "coin")) | _settings(options)
    if options["url"] is not None or options["tls_fingerprint"] is not None:
        present = endpoint_inputs(pool) if options["url"] is None else _endpoints(options["url"])
        changes["endpoints"] = _pinned(present, options["tls_fingerprint"])
    changed = pool_update(COMMAND_LINE, pool, **changes)
    return Answer(_row(changed), [f"The pool {changed.name} is {', '.join(_row(changed)['endpoints'])}."])


def _remove(options: Options) -> Answer:
    pool = pool_get(options["pool"])
    row = _row(pool)
    pool_delete(COMMAND_LINE, pool)
    return Answer(row, [f"Removed the pool {row['name']}."])


def _presets(options: Options) -> Answer:
    rows = [asdict(row) for row in presets_for(options["coin"])]
    return Answer(rows, table(rows, _PRESET_COLUMNS, empty="The catalogue has no pool of this coin."))


def _add_preset(options: Options) -> Answer:
    pool = pool_from_preset(COMMAND_LINE, options["preset"], coin=options["coin"])
    return Answer(_row(pool), [f"Added the pool {pool.name}: {', '.join(_row(pool)['endpoints'])}."])


def _settings(options: Options) -> dict[str, Any]:
    settings = given(options, (*_SETTINGS, "password"))
    if options["password_file"] is not None:
        settings["password"] = _read(options["password_file"], read_password_file, "password_file")
    if options["solo"] is not None:
        settings["is_solo"] = _read(options["solo"], read_switch, "is_solo")
    return settings


def _read(text: str, reader: Any, field: str) -> Any:
    try:
        return reader(text, Context(Path.cwd(), Machine(frozenset(), frozenset())))
    except ValueProblem as problem:
        raise InvalidError({field: [sentence_of(text, problem)]}) from None


def _endpoints(urls: list[str]) -> list[EndpointInput]:
    found = []
    for place, url in enumerate(urls, start=1):
        try:
            found.append(endpoint_from_url(url, priority=place))
        except ValueProblem as problem:
            raise InvalidError({"endpoints": [sentence_of(url, problem)]}) from None
    return found


def _pinned(endpoints: list[EndpointInput], fingerprint: str | None) -> list[EndpointInput]:
    """The endpoints with the certificate of those with TLS pinned; with none of them it is refused later, by name."""
    if fingerprint is None:
        return endpoints
    has_tls = any(endpoint.scheme == TLS_SCHEME for endpoint in endpoints)
    return [
        replace(endpoint, tls_fingerprint=fingerprint) if endpoint.scheme == TLS_SCHEME or not has_tls else endpoint
        for endpoint in endpoints
    ]


def _row(pool: Pool) -> dict[str, Any]:
    return {
        "id": pool.pk,
        "name": pool.name,
        "coin": pool.coin.ticker,
        "endpoints": [
            f"{row.scheme}://{row.label}{'' if row.is_enabled else ' (off)'}" for row in pool.endpoints.all()
        ],
        "profile": pool.profile,
        "password": "set" if pool.password else "",
        "difficulty": pool.difficulty or None,
        "email": pool.email,
        "is_solo": pool.is_solo,
        "note": pool.note,
    }

"""Read-only answers: the newest Frame, liveness, readiness. They change nothing; who may see them is the gate's."""

from __future__ import annotations

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from minerconsole.api.schemas.health import HealthOut
from minerconsole.feed import Snapshot
from minerconsole.gate import stranger_answer
from minerconsole.live.hubs import LOCAL, hubs_at
from minerconsole.refusals import problem
from mining.fleet.presence import presence_of
from mining.selectors.readiness import dependency_list
from mining.terminal.sentences import payee_sentence

_NO_FRAME = "The miner has sent no Frame to this page yet. It sends one a second while it runs."


async def frame(request: HttpRequest) -> HttpResponse:
    """The newest Frame with `age_s`, `linked` and the payee line; 503 while there is none."""
    refused = await stranger_answer(request)
    if refused is not None:
        return refused
    snapshot = newest_of(request, request.GET.get("node", LOCAL))
    if snapshot is None:
        return problem(503, "no_frame", _NO_FRAME, retry_s=1)
    newest = snapshot.frame
    ours = {
        "age_s": round(snapshot.age_s, 3),
        "linked": snapshot.is_linked,
        "payee_line": payee_sentence(newest.payee, newest.coin),
    }
    body = ours | msgspec.structs.asdict(newest)
    return _uncached(HttpResponse(msgspec.json.encode(body), content_type="application/json"))


async def livez(request: HttpRequest) -> HttpResponse:
    """Say that the web process answers. It says nothing about the miner."""
    return _uncached(HttpResponse("ok\n", content_type="text/plain; charset=utf-8"))


def readyz(request: HttpRequest) -> HttpResponse:
    """Say of database, miner and journal whether each works; 503 when one does not."""
    health = HealthOut.of(dependency_list(settings.MINERCONSOLE_HOME))
    body = health.model_dump_json()
    return _uncached(HttpResponse(body, status=200 if health.ok else 503, content_type="application/json"))


def freshness(snapshot: Snapshot | None) -> str:
    """Name how old the figures are: never, live, late, stale, offline."""
    return presence_of(None if snapshot is None else snapshot.age_s).value


def newest_of(request: HttpRequest, node: str = LOCAL) -> Snapshot | None:
    """Return the newest Frame of a Node ("local", or a ULID) that this process holds, None while it has none."""
    hubs = hubs_at(request)
    feed = hubs.feed_of(node) if hubs is not None else None
    return feed.newest() if feed is not None else None


def _uncached(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response

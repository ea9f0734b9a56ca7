"""Read-only answers: the newest Frame, liveness, readiness. They change nothing; who may see them is the gate's."""

from __future__ import annotations

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from minerconsole.api.schemas.health import HealthOut
from minerconsole.feed import FrameFeed, Snapshot
from minerconsole.gate import stranger_answer
from minerconsole.refusals import problem
from mining.selectors.readiness import dependency_list
from mining.terminal.sentences import payee_sentence

# The pages name the same limits (js/freshness.js): older than this is late, then stale, then offline.
LIVE_S, LATE_S, STALE_S = 3.0, 10.0, 60.0
_NO_FRAME = "The miner has sent no Frame to this page yet. It sends one a second while it runs."


async def frame(request: HttpRequest) -> HttpResponse:
    """The newest Frame with `age_s`, `linked` and the payee line; 503 while there is none."""
    refused = await stranger_answer(request)
    if refused is not None:
        return refused
    snapshot = newest_of(request)
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
    if snapshot is None:
        return "never"
    if snapshot.age_s > STALE_S:
        return "offline"
    if snapshot.age_s > LATE_S:
        return "stale"
    return "late" if snapshot.age_s > LIVE_S else "live"


def newest_of(request: HttpRequest) -> Snapshot | None:
    """Return the newest Frame that this process holds, None while it has none."""
    state = getattr(request, "scope", {}).get("state") or {}
    feed = state.get("feed")
    return feed.newest() if isinstance(feed, FrameFeed) else None


def _uncached(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response

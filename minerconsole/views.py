"""The read-only pages: status page, liveness, newest Frame. They change nothing; who may see them is the gate's."""

from __future__ import annotations

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from minerconsole.api.schemas.health import HealthOut
from minerconsole.feed import FrameFeed, Snapshot
from minerconsole.gate import stranger_answer
from minerconsole.refusals import problem
from mining.program import program_name
from mining.selectors.readiness import dependency_list
from mining.terminal.figures import format_age, format_hashrate
from mining.terminal.sentences import OFFLINE_BANNER, payee_sentence

# The page names the same limits (status.js): older than this is late, then stale, then offline.
LIVE_S, LATE_S, STALE_S = 3.0, 10.0, 60.0
_NO_FRAME = "The miner has sent no Frame to this page yet. It sends one a second while it runs."


async def status_page(request: HttpRequest) -> HttpResponse:
    """The page for people; the first figures are in it, the script keeps them fresh."""
    snapshot = _newest(request)
    response = render(request, "minerconsole/status.html", {"view": _first_view(snapshot), "program": program_name()})
    return _uncached(response)


async def frame(request: HttpRequest) -> HttpResponse:
    """The newest Frame with `age_s`, `linked` and the payee line; 503 while there is none."""
    refused = await stranger_answer(request)
    if refused is not None:
        return refused
    snapshot = _newest(request)
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


def _newest(request: HttpRequest) -> Snapshot | None:
    state = getattr(request, "scope", {}).get("state") or {}
    feed = state.get("feed")
    return feed.newest() if isinstance(feed, FrameFeed) else None


def _first_view(snapshot: Snapshot | None) -> dict[str, str | bool]:
    if snapshot is None:
        return {"freshness": "never", "payee": "No figures from the miner yet", "banner": "", "is_new": True}
    frame = snapshot.frame
    return {
        "freshness": freshness(snapshot),
        "age": format_age(snapshot.age_s),
        "payee": payee_sentence(frame.payee, frame.coin),
        "banner": OFFLINE_BANNER if frame.offline else "",
        "is_new": frame.offline,
        "state": frame.state,
        "rate": format_hashrate(frame.hashrate_hps.s60),
    }


def _uncached(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response

"""The pages to look at all day: dashboard and control page. What they change, their scripts ask of the API."""

from __future__ import annotations

import json
from typing import Any

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from minerconsole.feed import Snapshot
from minerconsole.live.hubs import LOCAL
from minerconsole.page_modules import page_modules
from minerconsole.views import freshness, newest_of
from mining.models import Node
from mining.program import program_name
from mining.selectors.nodes import node_here
from mining.selectors.plans import payee_notice
from mining.selectors.present_wish import present_wish
from mining.services.actors import Role, role_of_user
from mining.services.errors import NotFoundError
from mining.terminal.figures import format_age, format_hashrate
from mining.terminal.sentences import OFFLINE_BANNER, payee_sentence

RANGES = ("1m", "5m", "15m", "1h", "24h", "7d", "30d")


async def dashboard(request: HttpRequest) -> HttpResponse:
    """The first figures are in the page itself; the script keeps them fresh. `?node=ULID`: of another Node."""
    asked = request.GET.get("node", LOCAL)
    return await sync_to_async(_page)(request, "dashboard", newest_of(request, asked), asked, ranges=RANGES)


async def control(request: HttpRequest) -> HttpResponse:
    """Choose, apply, start and stop; viewers see it all and can do nothing."""
    return await sync_to_async(_control)(request, newest_of(request))


def _control(request: HttpRequest, snapshot: Snapshot | None) -> HttpResponse:
    node = _node()
    wish = present_wish(node) if node is not None else None
    return _page(request, "control", snapshot, current=json.dumps(wish))


def _page(request: HttpRequest, name: str, snapshot: Snapshot | None, asked: str = LOCAL, **more: Any) -> HttpResponse:
    node = _node(asked)
    role = role_of_user(request.user)
    context = {
        "view": _first_view(snapshot),
        "program": program_name(),
        "modules": page_modules(f"{name}.js"),
        "node": _node_name(node, snapshot),
        "stream": "local" if node is None or node.is_local else node.ulid,
        "role": role.name.lower(),
        "can_act": role >= Role.OPERATOR,
        "notice": payee_notice(node) if node is not None else None,
        "topology": json.dumps(node.hardware.get("layout", []) if node is not None else []),
        **more,
    }
    response = render(request, f"minerconsole/{name}.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _node(asked: str = LOCAL) -> Node | None:
    """The Node that is asked for. Raises Http404 for one that is not ours."""
    if asked.upper() != LOCAL:
        node = Node.objects.filter(ulid=asked.upper()).first() if asked.isalnum() else None
        if node is None:
            raise Http404("There is no such node")
        return node
    try:
        return node_here()
    except NotFoundError:
        return None


def _node_name(node: Node | None, snapshot: Snapshot | None) -> str:
    if node is not None:
        return node.ulid
    return snapshot.frame.node_id if snapshot is not None else "local"


def _first_view(snapshot: Snapshot | None) -> dict[str, str]:
    if snapshot is None:
        return {"freshness": "never", "payee": "No figures from the miner yet", "banner": ""}
    frame = snapshot.frame
    return {
        "freshness": freshness(snapshot),
        "age": format_age(snapshot.age_s),
        "payee": payee_sentence(frame.payee, frame.coin),
        "banner": OFFLINE_BANNER if frame.offline else "",
        "state": frame.state,
        "rate": format_hashrate(frame.hashrate_hps.s60),
    }

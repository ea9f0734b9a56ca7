"""The API object: its routers, its login, its throttles, and the answers to addresses and methods that are none."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.operation import Operation

from minerconsole.api import description, problems
from minerconsole.api.access import SessionLogin, TokenLogin
from minerconsole.api.routes import (
    benchmarks,
    coins,
    control,
    events,
    fleet,
    fleet_now,
    groups,
    health,
    history,
    logs,
    nodes,
    plans,
    pools,
    rollouts,
    shares,
    tokens,
    wallets,
)
from minerconsole.api.throttles import CALLS
from mining import __version__


class ConsoleApi(NinjaAPI):
    """NinjaAPI whose every operation documents the refusals, and whose every refusal is problem+json."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """Return the description with the refusals in it."""
        return description.completed(super().get_openapi_schema(**options))

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of the function: each is there once."""
        return operation.view_func.__name__

    def _get_urls(self) -> list[Any]:
        patterns = super()._get_urls()
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = _refusing_methods(pattern.callback)
        return patterns


def _refusing_methods(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view, with a problem for a method that it does not have."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        response = view(request, *args, **named)
        return problems.wrong_method(request, response) if response.status_code == 405 else response

    return answer


api = ConsoleApi(
    title="MinerConsole",
    version=__version__,
    description="What the pages can do, for programs. Every refusal is problem+json with a stable code.",
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json",
    auth=[TokenLogin(), SessionLogin()],
    throttle=[CALLS],
)
problems.install(api)
for prefix, router, tag in (
    ("", health.router, "state"),
    ("/coins", coins.router, "coins"),
    ("/wallets", wallets.router, "wallets"),
    ("/pools", pools.router, "pools"),
    ("/nodes", nodes.router, "nodes"),
    ("/nodes", control.router, "control"),
    ("/nodes", plans.router, "plans"),
    ("/nodes", shares.router, "shares"),
    ("/nodes", history.router, "history"),
    ("/nodes", benchmarks.router, "benchmarks"),
    ("/nodes", logs.router, "nodes"),
    ("/fleet", fleet_now.router, "fleet"),
    ("/fleet", groups.router, "fleet"),
    ("/fleet", rollouts.router, "fleet"),
    ("/nodes", groups.tags_router, "nodes"),
    ("/fleet", fleet.router, "fleet"),
    ("/events", events.router, "events"),
    ("/tokens", tokens.router, "tokens"),
):
    api.add_router(prefix, router, tags=[tag])


def unknown(request: HttpRequest) -> HttpResponse:
    """Answer what no route is for."""
    return problems.problem(
        404, "not_found", f"There is no address {request.path[:200]}", next_step="See /api/v1/openapi.json."
    )

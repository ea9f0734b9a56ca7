"""The API object: its routers, its login, its throttles, and its OpenAPI description."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from minerconsole.api import problems
from minerconsole.api.access import SessionLogin, TokenLogin
from minerconsole.api.problems import Problem
from minerconsole.api.routes import (
    benchmarks,
    coins,
    control,
    events,
    health,
    history,
    nodes,
    plans,
    pools,
    shares,
    tokens,
    wallets,
)
from minerconsole.api.throttles import CallsThrottle
from mining import __version__

REFUSALS: dict[int, str] = {
    400: "The body is no JSON.",
    401: "Nobody is logged in.",
    403: "The role does not allow it.",
    404: "There is no such thing.",
    409: "It contradicts what is there now.",
    422: "A value cannot be taken; `fields` says which.",
    429: "Too many requests; see Retry-After.",
    503: "The database does not answer.",
}


class ConsoleApi(NinjaAPI):
    """NinjaAPI whose every operation documents the refusals, as problem+json."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """Return the description with the refusals in it."""
        schema = super().get_openapi_schema(**options)
        schema["components"].setdefault("schemas", {})["Problem"] = Problem.json_schema()
        for operations in schema["paths"].values():
            for operation in operations.values():
                _document(operation)
        return schema


def _document(operation: dict[str, Any]) -> None:
    """Add the refusals that any route may answer with."""
    is_open = not operation.get("security")
    for status, meaning in REFUSALS.items():
        if is_open or (status == 400 and "requestBody" not in operation):
            continue
        operation["responses"].setdefault(
            status,
            {
                "description": meaning,
                "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )


api = ConsoleApi(
    title="MinerConsole",
    version=__version__,
    description="What the pages can do, for programs. Every refusal is problem+json with a stable code.",
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json",
    auth=[TokenLogin(), SessionLogin()],
    throttle=[CallsThrottle("600/m")],
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
    ("/events", events.router, "events"),
    ("/tokens", tokens.router, "tokens"),
):
    api.add_router(prefix, router, tags=[tag])


def unknown(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer what no route is for."""
    return problems.problem(
        404, "not_found", f"There is no address {request.path[:200]}", next_step="See openapi.json."
    )

"""Middleware of every answer: host and origin of the asker, and the security headers. Decides nothing about users."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

_COMMON = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def _policy(**changes: str) -> str:
    rules = _COMMON | {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}" for name, value in rules.items())


CONTENT_SECURITY_POLICY = _policy()
# The admin's skin evaluates expressions in attributes and sets styles inline; neither is allowed anywhere else, and no
# inline script is allowed even there.
ADMIN_POLICY = _policy(script_src="'self' 'unsafe-eval'", style_src="'self' 'unsafe-inline'", img_src="'self' data:")
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Not "no-referrer": with that, browsers call the origin of our own forms "null".
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
API = "/api/"
ADMIN = "/admin/"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "600",
}

Answer = Callable[[HttpRequest], HttpResponseBase]
AsyncAnswer = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def guard(get_response: Answer | AsyncAnswer) -> Answer | AsyncAnswer:
    """Refuse strangers before anything else is asked, and put the headers on every answer."""
    if iscoroutinefunction(get_response):
        answer_async = get_response

        async def guard_async(request: HttpRequest) -> HttpResponseBase:
            return _with_headers(request, refusal(request) or await answer_async(request))

        return guard_async

    def guard_sync(request: HttpRequest) -> HttpResponseBase:
        answer = refusal(request) or get_response(request)
        assert isinstance(answer, HttpResponseBase)
        return _with_headers(request, answer)

    return guard_sync


def refusal(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a request under another name or from another site's page; None lets it pass."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return _plain("This address is not a name of this computer. Use http://127.0.0.1 with the port.", 400)
    origin = request.headers.get("Origin")
    if origin is None or is_own_origin(origin, host):
        return None
    if not _is_invited(request):
        return _plain("Pages of other sites may not read this.", 403)
    is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    return HttpResponse(status=204, headers=_PREFLIGHT) if is_preflight else None


def is_own_origin(origin: str, host: str) -> bool:
    """Whether a page of `origin` comes from `host` (with its port). "null" and what is no origin come from nowhere."""
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        return False


def _is_invited(request: HttpRequest) -> bool:
    """Whether another site's page was named in MINERCONSOLE_CORS_ORIGINS and asks the API."""
    origin = request.headers.get("Origin", "")
    return request.path.startswith(API) and origin in settings.MINERCONSOLE_CORS_ORIGINS


def _plain(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")


def _with_headers(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    policy = ADMIN_POLICY if request.path.startswith(ADMIN) else CONTENT_SECURITY_POLICY
    response.headers.setdefault("Content-Security-Policy", policy)
    if _is_invited(request):
        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
    if request.path.startswith(API):
        response.headers["Vary"] = ", ".join(filter(None, (response.headers.get("Vary"), "Origin")))
    return response

"""Middleware of every answer: host and origin of the asker, and the security headers. Decides nothing about users."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

Answer = Callable[[HttpRequest], HttpResponseBase]
AsyncAnswer = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def guard(get_response: Answer | AsyncAnswer) -> Answer | AsyncAnswer:
    """Refuse strangers before anything else is asked, and put the headers on every answer."""
    if iscoroutinefunction(get_response):
        answer_async = get_response

        async def guard_async(request: HttpRequest) -> HttpResponseBase:
            return _with_headers(refusal(request) or await answer_async(request))

        return guard_async

    def guard_sync(request: HttpRequest) -> HttpResponseBase:
        answer = refusal(request) or get_response(request)
        assert isinstance(answer, HttpResponseBase)
        return _with_headers(answer)

    return guard_sync


def refusal(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a request under another name or from another site's page; None lets it pass."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return _plain("This address is not a name of this computer. Use http://127.0.0.1 with the port.", 400)
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return _plain("Pages of other sites may not read this.", 403)
    return None


def _plain(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")


def _with_headers(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response

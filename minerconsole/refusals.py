"""Answers that say no: each in a sentence, as a page for people and as problem+json for programs."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mining.program import program_name, set_up_command

_log = logging.getLogger(__name__)


def is_for_program(request: HttpRequest) -> bool:
    """Whether a script or program asks, not a person's page."""
    wanted = request.headers.get("Accept", "")
    return request.path.endswith(".json") or ("json" in wanted and "text/html" not in wanted)


def problem(status: int, code: str, detail: str, *, retry_s: int | None = None) -> HttpResponse:
    """Return a problem+json answer (RFC 9457) with a stable code."""
    body: dict[str, object] = {"type": "about:blank", "title": _TITLES.get(status, "Refused"), "status": status}
    body |= {"code": code, "detail": detail} | ({} if retry_s is None else {"retry_after": retry_s})
    response = HttpResponse(msgspec.json.encode(body), status=status, content_type="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    if retry_s is not None:
        response.headers["Retry-After"] = str(retry_s)
    return response


_TITLES = {401: "Login needed", 403: "Refused", 404: "Not found", 429: "Too many attempts", 503: "Not available now"}


def refuse(request: HttpRequest, status: int, code: str, sentence: str) -> HttpResponse:
    """Return the sentence as the page or problem that fits who asks."""
    if is_for_program(request):
        return problem(status, code, sentence)
    context = {"title": _TITLES.get(status, "Refused"), "sentence": sentence, "program": program_name()}
    response = render(request, "minerconsole/refusal.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def locked_out(request: HttpRequest, *_more: Any, **_named: Any) -> HttpResponse:
    """Answer after too many wrong passwords."""
    minutes = int(settings.AXES_COOLOFF_TIME / timedelta(minutes=1))
    sentence = (
        f"Too many wrong passwords for this user from this computer. Wait {minutes} minutes, "
        f"or log in with a link: {program_name()} login prints one on the miner's own terminal."
    )
    response = refuse(request, 429, "locked_out", sentence)
    response.headers["Retry-After"] = str(minutes * 60)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that did not come from a page of ours, or from one that is too old."""
    sentence = "This form was not sent from a page of this console, or that page is too old. Open the page again."
    return refuse(request, 403, "csrf", sentence)


def logged_path(request: HttpRequest) -> str:
    """The path for a log: a login link that did not work yet still lets somebody in."""
    return "/login/…" if request.path.startswith("/login/") else request.path


def database_trouble(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer while the rows cannot be read or written; mining does not depend on them."""
    _log.error("The database did not answer %s: %s", logged_path(request), error)
    words = str(error).lower()
    if "no such table" in words or "no such column" in words:
        sentence = f"The console's database is not set up. Run {set_up_command()}, then try again."
    elif "locked" in words:
        sentence = "The console's database is busy. Try again in a moment."
    else:
        sentence = f"The console's database cannot be used ({error}). Mining goes on without it."
    if is_for_program(request):
        return problem(503, "database", sentence, retry_s=5)
    # Without the request: the page itself must not ask the database who is logged in.
    response = render(None, "minerconsole/refusal.html", {"title": _TITLES[503], "sentence": sentence}, status=503)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Retry-After"] = "5"
    return response

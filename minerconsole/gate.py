"""Middleware: nobody without a login and a role sees anything. New pages are closed unless they are named here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import urlencode

from minerconsole.refusals import database_trouble, is_for_program, problem, refuse
from mining.services.actors import Role, role_of_user

OPEN = ("/livez", "/readyz", "/login")
# Static files hold nothing of anybody; the API asks for a session or a token on every route itself.
OPEN_BELOW = ("/login/", "/static/", "/api/")
# What a user without a role can still do.
OWN = ("/logout", "/confirm", "/account/password")


def is_open(path: str) -> bool:
    """Whether a stranger may ask for this path."""
    return path in OPEN or path.startswith(OPEN_BELOW)


class Gate:
    """Sends strangers to the login; a database that does not answer is a sentence, also in the middle of a page."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Hand on what is open, or asked by a user with a role."""
        if self._is_async:
            return self._answer_later(request)
        answer: HttpResponseBase = _refusal(request) or self._get_response(request)
        return answer

    async def _answer_later(self, request: HttpRequest) -> HttpResponseBase:
        refused = None if is_open(request.path) else await stranger_answer(request)
        answer: HttpResponseBase = refused or await self._get_response(request)
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a view whose database failed."""
        return database_trouble(request, exception) if isinstance(exception, DatabaseError) else None


async def stranger_answer(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a stranger, or to a user without a role; None for everybody else."""
    try:
        request.user = await request.auser()  # known from now on: pages may name it without asking the database again
    except DatabaseError as error:
        return database_trouble(request, error)
    if request.user.is_authenticated and getattr(request.user, "is_superuser", False) and request.user.is_active:
        return None
    return await sync_to_async(_answer_to)(request)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    return None if is_open(request.path) else _answer_to(request)


def _answer_to(request: HttpRequest) -> HttpResponse | None:
    try:
        if not request.user.is_authenticated:
            return to_login(request)
        if request.path in OWN or role_of_user(request.user) >= Role.VIEWER:
            return None
    except DatabaseError as error:
        return database_trouble(request, error)
    sentence = f"{request.user.get_username()} has no role on this console. Ask an administrator of it for one."
    return refuse(request, 403, "no_role", sentence)


def to_login(request: HttpRequest) -> HttpResponse:
    """Send a person to the login page and back; tell a program that a login is needed."""
    if is_for_program(request) or request.path.startswith("/api/"):
        return problem(401, "login_needed", "Log in first: this session has none, or it has ended.")
    query = {} if request.path == "/" else {"next": request.get_full_path()}
    return HttpResponseRedirect(settings.LOGIN_URL + (f"?{urlencode(query)}" if query else ""))

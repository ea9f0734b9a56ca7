"""The admin site: whoever has a role sees it, and the role decides what may be changed. Logs nobody in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.sites import UnfoldAdminSite

from mining.services.actors import Actor, Role
from mining.services.visitors import actor_of_request

_ACTOR = "_console_actor"


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks; the rows are read once a request."""
    known: Actor | None = getattr(request, _ACTOR, None)
    if known is None:
        known = actor_of_request(request)
        setattr(request, _ACTOR, known)
    return known


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]  # it carries no types
    """The one admin site; the pages of logging in are those of the whole console."""

    site_title = "MinerConsole"
    site_header = "MinerConsole"
    index_title = "Admin"

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this user may open the admin at all: each role may, for to look."""
        return actor_of(request).role >= Role.VIEWER

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the console's own login."""
        return HttpResponseRedirect("/login")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the page whose button ends the session."""
        return HttpResponseRedirect("/")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the console's own page for that."""
        return HttpResponseRedirect("/account/password")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the console's own page for that."""
        return HttpResponseRedirect("/account/password")


console = ConsoleSite(name="admin")

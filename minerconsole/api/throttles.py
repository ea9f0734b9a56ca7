"""How often one caller may ask: by user or token, else by address. Counted in this process's memory."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.throttling import SimpleRateThrottle

from mining.services.actors import Actor


class CallsThrottle(SimpleRateThrottle):
    """`rate` as "600/m". Routes that cost more have a second one of their own `scope`."""

    def __init__(self, rate: str, scope: str = "calls") -> None:
        self.scope = scope
        super().__init__(rate)

    def get_cache_key(self, request: HttpRequest) -> str | None:
        """One count for each caller."""
        actor = getattr(request, "auth", None)
        caller = actor.key if isinstance(actor, Actor) else request.META.get("REMOTE_ADDR", "")
        return self.cache_format % {"scope": self.scope, "ident": caller}

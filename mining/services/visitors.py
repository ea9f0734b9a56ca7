"""Who asks over HTTP: the actor of a request, and how long ago that person proved who they are.

A password or a login link makes a session fresh for ten minutes; changing a payee asks for a fresh one.
"""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from typing import Any

from django.http import HttpRequest

from mining.services.actors import Actor, actor_of_user

FRESH_S = 600
_PROVED_AT = "proved_at"

Session = MutableMapping[str, Any]


def mark_fresh(session: Session, *, now: float | None = None) -> None:
    """Note that this session's person has just given a password or opened a login link."""
    session[_PROVED_AT] = time.time() if now is None else now


def is_fresh(session: Session, *, now: float | None = None) -> bool:
    """Whether that was within the last ten minutes. A time in the future (a clock set back) does not count."""
    proved_at = session.get(_PROVED_AT)
    if not isinstance(proved_at, int | float):
        return False
    age_s = (time.time() if now is None else now) - proved_at
    return 0 <= age_s <= FRESH_S


def actor_of_request(request: HttpRequest) -> Actor:
    """Return who asks, with the role of now; nobody without a login. Reads rows: call it from a synchronous view."""
    session = getattr(request, "session", None)
    return actor_of_user(
        request.user,
        address=request.META.get("REMOTE_ADDR") or None,
        is_fresh=session is not None and is_fresh(session),
    )

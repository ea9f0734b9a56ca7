"""Who may watch: the session of a websocket's cookie, asked again while the socket is open, once for all its pages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError
from django.http import HttpRequest, parse_cookie

from mining.services.actors import Role, role_of_user

LOGIN_ENDED = 4401
ROLE_LOST = 4403
TROUBLE = 1011
"""Close codes."""
_MOST_TROUBLES = 3  # a busy database is no reason to throw everybody out; one that stays away is

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a session may do now. `close_code` 0: it may watch."""

    role: Role
    close_code: int = 0


Told = Callable[[Verdict], None]


def session_key_of(scope: dict[str, Any]) -> str:
    """Return the session key of a handshake's cookies, "" when it has none."""
    headers = [value.decode("latin-1") for name, value in scope.get("headers", ()) if name.lower() == b"cookie"]
    return parse_cookie("; ".join(headers)).get(settings.SESSION_COOKIE_NAME, "")


def verdict_of(session_key: str) -> Verdict:
    """Judge a session by the rows of now: it lasts, its user is active and has a role. Reads rows, so not in a loop."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key or None)
    user = get_user(request)
    if not user.is_authenticated:
        return Verdict(Role.NOBODY, LOGIN_ENDED)
    role = role_of_user(user)
    return Verdict(role, 0 if role >= Role.VIEWER else ROLE_LOST)


async def ask(session_key: str) -> Verdict:
    """Judge in a thread; a database that does not answer is a verdict too."""
    try:
        verdict: Verdict = await database_sync_to_async(verdict_of)(session_key)
    except DatabaseError as error:
        logger.warning("The login of a live page could not be checked: %s", error)
        return Verdict(Role.NOBODY, TROUBLE)
    return verdict


class AccessBook:
    """Asks again for each session that has open sockets, every LIVE_CHECK_S, however many sockets it has."""

    def __init__(self) -> None:
        self._told: dict[str, set[Told]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def watch(self, session_key: str, told: Told) -> None:
        """Call `told` with each new verdict on this session."""
        self._told.setdefault(session_key, set()).add(told)
        if session_key not in self._tasks:
            self._tasks[session_key] = asyncio.get_running_loop().create_task(self._keep_asking(session_key))

    def unwatch(self, session_key: str, told: Told) -> None:
        """Forget a socket; with the last one of a session the asking ends."""
        watching = self._told.get(session_key, set())
        watching.discard(told)
        if watching or session_key not in self._tasks:
            return
        self._told.pop(session_key, None)
        self._tasks.pop(session_key).cancel()

    @property
    def sessions(self) -> int:
        """How many are asked about."""
        return len(self._tasks)

    async def _keep_asking(self, session_key: str) -> None:
        troubles = 0
        while True:
            await asyncio.sleep(settings.LIVE_CHECK_S)
            verdict = await ask(session_key)
            troubles = troubles + 1 if verdict.close_code == TROUBLE else 0
            if 0 < troubles < _MOST_TROUBLES:
                continue
            for told in tuple(self._told.get(session_key, ())):
                told(verdict)

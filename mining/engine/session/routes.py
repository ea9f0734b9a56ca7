"""Where each endpoint is reached now: as configured, or where its pool moved us within its domain. Pure."""

from __future__ import annotations

from mining.engine.plan import Endpoint
from mining.engine.session.redirects import redirected


class Routes:
    """One way to each endpoint."""

    def __init__(self, endpoints: tuple[Endpoint, ...]) -> None:
        self._configured = endpoints
        self._now = list(endpoints)

    def __len__(self) -> int:
        return len(self._configured)

    def __getitem__(self, index: int) -> Endpoint:
        return self._now[index]

    def move(self, index: int, host: str | None, port: int | None) -> Endpoint | None:
        """Follow a pool that asks for another place (None: as now); None where it must not be followed."""
        endpoint = redirected(self._configured[index], host or "", port or 0)
        if endpoint is not None:
            self._now[index] = endpoint
        return endpoint

    def go_home(self, index: int) -> None:
        """Use the configured place again."""
        self._now[index] = self._configured[index]

"""An attempt: one connection being opened for a purpose. What becomes of it is the pool source's business."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum

from mining.engine.session.connection import PoolConnection
from mining.engine.session.problems import LinkError
from mining.stratum.profiles import Standby


class Role(Enum):
    """What an attempt is for."""

    ACTIVE = "active"
    STANDBY = "standby"
    REPLACEMENT = "replacement"


@dataclass(slots=True)
class Attempt:
    """One connection being opened. `replaces`: the generation of the session that it is to take over from."""

    role: Role
    connection: PoolConnection
    began_at: float
    replaces: int
    task: asyncio.Task[None] | None = None

    @property
    def index(self) -> int:
        """Which endpoint."""
        return self.connection.index

    async def run(self) -> LinkError | None:
        """Connect, and log in unless this is a standby that only connects; returns what went wrong."""
        connection = self.connection
        is_login = self.role is not Role.STANDBY or connection.plan.behaviour.standby is Standby.LOGGED_IN
        try:
            if not connection.connected_at:
                await connection.connect()
            if is_login:
                await connection.log_in()
        except LinkError as error:
            return error
        except asyncio.CancelledError:
            connection.close()
            raise
        except Exception as error:  # one endpoint's trouble, whatever it is, must not end mining at the others
            return LinkError(f"{connection.label}: unexpected trouble ({error!r})", code="internal")
        return None

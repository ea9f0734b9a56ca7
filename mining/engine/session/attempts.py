"""An attempt: one connection being opened for a purpose. State only; the pool source runs it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum

from mining.engine.session.connection import PoolConnection


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

"""Pools, their endpoints, presets and connection tests as the API shows them. Passwords go in and never come out."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from ninja import Schema
from pydantic import Field

from minerconsole.api.schemas.fields import MOST_ID, Body, Line
from mining.models import Endpoint, Pool
from mining.services.endpoints import EndpointInput
from mining.services.pool_tests import PoolTest
from mining.services.pools import PresetRow

Scheme = Literal["stratum+tcp", "stratum+ssl", "daemon+http"]


class EndpointOut(Schema):
    """One host:port of a pool."""

    id: int
    priority: int
    scheme: Scheme
    host: str
    port: int
    tls_fingerprint: str
    rpc_user: str
    is_enabled: bool

    @classmethod
    def of(cls, row: Endpoint) -> Self:
        """The row as it is shown."""
        names = ("priority", "scheme", "host", "port", "tls_fingerprint", "rpc_user", "is_enabled")
        return cls(id=row.pk, **{name: getattr(row, name) for name in names})


class EndpointIn(Body):
    """One host:port of a pool, in the order of preference."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"scheme": "stratum+ssl", "host": "pool.example", "port": 443}

    scheme: Scheme = "stratum+ssl"
    host: Line = Field(..., max_length=253, examples=["pool.example"])
    port: int = Field(..., ge=1, le=65535)
    tls_fingerprint: Line = Field("", max_length=100)
    rpc_user: Line = Field("", max_length=64)
    rpc_password: Line | None = Field(None, max_length=200, description="Left out: the stored one stays.")
    is_enabled: bool = True

    def as_input(self, priority: int) -> EndpointInput:
        """The endpoint as services take it."""
        return EndpointInput(**self.dict(), priority=priority)


class PoolOut(Schema):
    """A pool. Whether a password is kept is told, not which."""

    id: int
    name: str
    coin: str
    profile: str
    has_password: bool
    difficulty: int
    email: str
    is_solo: bool
    note: str
    endpoints: list[EndpointOut]

    @classmethod
    def of(cls, pool: Pool) -> Self:
        """The row with its endpoints as it is shown."""
        names = ("name", "profile", "difficulty", "email", "is_solo", "note")
        return cls(
            id=pool.pk,
            coin=pool.coin.ticker,
            has_password=bool(pool.password),
            endpoints=[EndpointOut.of(row) for row in pool.endpoints.all()],
            **{name: getattr(pool, name) for name in names},
        )


class PoolIn(Body):
    """A new pool."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "name": "near",
        "coin": "XMR",
        "endpoints": [{"host": "pool.example", "port": 443}],
    }

    name: Line = Field(..., max_length=64)
    coin: Line = Field(..., max_length=24, examples=["XMR"])
    endpoints: list[EndpointIn] = Field(..., max_length=9)
    profile: Line = Field("auto", max_length=24)
    password: Line = Field("", max_length=200)
    difficulty: int = Field(0, ge=0, le=MOST_ID)
    email: Line = Field("", max_length=120)
    is_solo: bool = False
    note: Line = Field("", max_length=200)


class PoolChange(Body):
    """Other values for some fields; `endpoints` are all of them anew."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"difficulty": 20000}

    name: Line | None = Field(None, max_length=64)
    coin: Line | None = Field(None, max_length=24)
    endpoints: list[EndpointIn] | None = Field(None, max_length=9)
    profile: Line | None = Field(None, max_length=24)
    password: Line | None = Field(None, max_length=200)
    difficulty: int | None = Field(None, ge=0, le=MOST_ID)
    email: Line | None = Field(None, max_length=120)
    is_solo: bool | None = None
    note: Line | None = Field(None, max_length=200)


class PresetOut(Schema):
    """A pool of the catalogue: as far as known, not verified, no recommendation."""

    key: str
    name: str
    coin: str
    url: str
    profile: str
    note: str
    is_added: bool

    @classmethod
    def of(cls, row: PresetRow) -> Self:
        """The row of the catalogue."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class PresetIn(Body):
    """Which pool of the catalogue to keep."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"key": "supportxmr", "coin": "XMR"}

    key: Line = Field(..., max_length=64)
    coin: Line = Field(..., max_length=24, examples=["XMR"])


class PoolTestIn(Body):
    """With which wallet to log in, and at which endpoint (default: the first)."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"wallet_id": 1, "worker": "cellar"}

    wallet_id: int = Field(..., ge=1, le=MOST_ID)
    endpoint_id: int | None = Field(None, ge=1, le=MOST_ID)
    worker: Line = Field("", max_length=64)


class PoolTestOut(Schema):
    """What came of a login dry run."""

    ok: bool
    code: str = Field(..., examples=["ok", "refused", "bad_wallet"])
    sentence: str
    endpoint: str
    login_masked: str
    job: str

    @classmethod
    def of(cls, found: PoolTest) -> Self:
        """The outcome as it is shown."""
        return cls(**{name: getattr(found, name) for name in cls.model_fields})

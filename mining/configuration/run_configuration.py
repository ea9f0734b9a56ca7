"""RunConfiguration: every setting of one run, typed, and where each came from. A value; no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mining.configuration.database_url import DatabaseUrl
from mining.configuration.origins import Level, Origin
from mining.engine.plan import Endpoint


@dataclass(frozen=True, slots=True)
class RunConfiguration:
    """What one run shall do.

    `kind`: offline, daemon or pool. `cores` and `threads` are None when the machine decides; at most one is given.
    `sources` has an Origin for every key of the table (`mining.configuration.keys`). `pool_numbers` are the numbers
    of the POOL_n keys that gave `pools`, which carry what was given for each alone.
    `pool_difficulty` 0 is the pool's own choice. `database` None is the SQLite file of the home.
    `broker` "" is none: this computer is the console's only node. `broker_public` "" is the same address.
    """

    kind: str
    coin: str
    algorithm: str
    wallet: str
    worker: str
    pools: tuple[Endpoint, ...]
    pool_numbers: tuple[int, ...]
    pool_password: str
    tls_fingerprint: str
    cores: tuple[int, ...] | None
    threads: int | None
    intensity: int
    mode: str
    huge_pages: str
    priority: str
    web_enabled: bool
    listen_host: str
    listen_port: int
    ai_enabled: bool
    home: Path
    difficulty: int
    duration_s: float | None
    shares: int | None
    payment_id: str = ""
    pool_difficulty: int = 0
    pool_email: str = ""
    is_solo: bool = False
    pool_profile: str = "auto"
    database: DatabaseUrl | None = None
    broker: str = field(default="", repr=False)
    broker_public: str = field(default="", repr=False)
    config_path: Path | None = None
    sources: dict[str, Origin] = field(default_factory=dict)

    @property
    def offline(self) -> bool:
        """Whether nothing is earned and nothing is connected to."""
        return self.kind == "offline"

    @property
    def is_nothing_configured(self) -> bool:
        """Whether nobody said what to mine for: no pool or daemon, no wallet, no --offline."""
        keys = ("OFFLINE", "WALLET", *(f"POOL_{number}" for number in range(1, 10)))
        return all(self.sources[key].level is Level.DEFAULT for key in keys)

    @property
    def payee_source(self) -> str:
        """Where the payout address came from, in words."""
        return "offline" if self.offline else self.sources["WALLET"].label

    @property
    def pins(self) -> dict[str, str]:
        """The keys given above the console, with their source in words."""
        return {key: origin.label for key, origin in self.sources.items() if origin.is_pin}

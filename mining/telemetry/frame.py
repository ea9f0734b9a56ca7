"""Frame v1: the one-second snapshot of a Node (contract: Frame v1). Absolute values only; msgspec structs.

Rates are hashes per second of the frame's own algorithm and are never added across algorithms.
"""

from __future__ import annotations

import msgspec

from mining.decoding import ready_to_decode

PAUSED_BY_A_PERSON = "paused by a person"
"""The `state_reason` of a Node that somebody paused."""


class Payee(msgspec.Struct, frozen=True):
    address_masked: str
    source: str


class Rates(msgspec.Struct, frozen=True):
    """Mean rates over the last 10 s, 60 s and 15 min; null until there is a measurement."""

    s10: float | None = None
    s60: float | None = None
    m15: float | None = None


class CoreRow(msgspec.Struct, frozen=True):
    """One chosen core. `state`: off starting hashing paused quarantined failed. `age_s`: since its last hash."""

    core: int
    state: str
    hashrate_hps: float | None
    hashes: int
    errors: int
    age_s: float | None
    temperature_c: float | None = None
    frequency_mhz: float | None = None


class Intensity(msgspec.Struct, frozen=True):
    """Percent. `achieved` is measured from the CPU time of the hashing workers; null until measured."""

    commanded: int
    achieved: float | None = None


class Candidates(msgspec.Struct, frozen=True):
    invalid: int = 0
    stale: int = 0


class Shares(msgspec.Struct, frozen=True):
    """found = accepted + rejected + stale + lost + in_flight, in every frame."""

    found: int = 0
    accepted: int = 0
    rejected: int = 0
    stale: int = 0
    lost: int = 0
    in_flight: int = 0
    by_reason: dict[str, int] = {}
    difficulty_accepted: int = 0


class Luck(msgspec.Struct, frozen=True):
    """Shares expected from the hashes done, shares found, and the two-sided Poisson p-value."""

    expected: float = 0.0
    observed: int = 0
    p_value: float | None = None


class NextShare(msgspec.Struct, frozen=True):
    """Quantiles of the waiting time for the next share at the present rate, seconds."""

    p05: float
    p50: float
    p95: float


class SessionShares(msgspec.Struct, frozen=True):
    """Shares of jobs of one session that ended. `last_at`: Unix seconds of the last one's outcome."""

    accepted: int = 0
    rejected: int = 0
    stale: int = 0
    lost: int = 0
    difficulty_accepted: int = 0
    last_at: float | None = None


class SessionRow(msgspec.Struct, frozen=True):
    """The link to the job source. `link`: down connecting login ready standby. `difficulty`: as the pool counts it.

    `serial` counts the sessions of this Supervisor, as the event `session` does; `shares` are of that one.
    """

    pool: str
    endpoint: str
    link: str
    generation: int = 0
    tls: bool = False
    rtt_ms: float | None = None
    difficulty: int | float | None = None
    standby: str | None = None
    failovers: int = 0
    reauths: int = 0
    last_cause: str | None = None
    serial: int = 0
    shares: SessionShares = SessionShares()


class JobRow(msgspec.Struct, frozen=True):
    id: str
    height: int | None
    age_s: float
    algorithm: str
    seed: str | None


class HugePages(msgspec.Struct, frozen=True):
    """2 MiB pages. `kind`: hugetlb, thp or none; `reason` says why it is not the best kind."""

    wanted: int = 0
    got: int = 0
    kind: str = "none"
    reason: str = ""


class Memory(msgspec.Struct, frozen=True):
    """`mode`: fast, light, or none where the algorithm has no such choice. `progress`: 0..1 while a dataset is built,
    else null."""

    mode: str
    huge_pages: HugePages = HugePages()
    dataset_s: float | None = None
    workers_restarted: int = 0
    seed_gap_s: float | None = None
    progress: float | None = None


class System(msgspec.Struct, frozen=True):
    cpu_percent: float | None = None
    load1: float | None = None
    ram_free_mb: int | None = None
    uptime_s: float = 0.0


class Alert(msgspec.Struct, frozen=True):
    """`severity`: info warning error. `since` is Unix seconds."""

    code: str
    severity: str
    sentence: str
    since: float


class Frame(msgspec.Struct, frozen=True):
    node_id: str
    epoch: str
    seq: int
    at: float
    state: str
    state_reason: str
    plan_version: int
    algorithm: str
    coin: str
    payee: Payee
    offline: bool
    hashrate_hps: Rates
    cores: list[CoreRow]
    intensity: Intensity
    candidates: Candidates
    shares: Shares
    luck: Luck
    session: SessionRow
    memory: Memory
    system: System
    expected_hps: float | None = None
    next_share_s: NextShare | None = None
    job: JobRow | None = None
    pins: dict[str, str] = {}
    alerts: list[Alert] = []
    v: int = 1


ready_to_decode(Frame)


def frame_from_json(data: bytes | str) -> Frame:
    """Decode one Frame v1. Raises msgspec.ValidationError when a field is missing or of another type."""
    return msgspec.json.decode(data, type=Frame)

"""Plan: what a Node shall do, as the runner hands it to the Supervisor. Pure: values and their JSON form only."""

from __future__ import annotations

import msgspec

from mining.decoding import ready_to_decode


class Endpoint(msgspec.Struct, frozen=True):
    """One configured URL, split. `scheme`: stratum+tcp, stratum+ssl or daemon+http.

    `user` and `password` are of a daemon's URL. `profile`, `password_at_pool` and `tls_fingerprint` stand in for
    `pool_profile`, `pool_password` and `tls_fingerprint` of the Plan at this endpoint only; "" = the Plan's.
    """

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = ""
    profile: str = ""
    password_at_pool: str = ""
    tls_fingerprint: str = ""

    @property
    def label(self) -> str:
        """host:port as people read it (IPv6 in brackets), never with a password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def __repr__(self) -> str:
        """For logs and tracebacks: without user, passwords and fingerprint."""
        profile = f", profile={self.profile!r}" if self.profile else ""
        return f"Endpoint({self.scheme}://{self.label}{profile})"


class Plan(msgspec.Struct, frozen=True):
    """Desired state of one Node. `kind`: offline, daemon or pool. `intensity` 0..100 percent. `mode`: auto fast light.

    `cores` are logical CPU numbers. `difficulty` is for offline jobs only (0 = about one share in 10 s).
    `held`: pinned values that this kind of plan does not use, by field (a wallet while offline), for a plan after it.
    `payee_source`, `sources` (every key) and `pins` (keys given above the console) tell where a value came from, in
    words (a file name and line, "command line").

    For pools: `payment_id` 16 hex digits or "", `pool_difficulty` 0 = the pool's own choice, `pool_profile` a key of
    `mining.stratum.profiles` or "auto" (by host), `tls_fingerprint` the SHA-256 of the certificate, 64 hex or "".
    """

    kind: str
    coin: str
    algorithm: str
    cores: tuple[int, ...]
    intensity: int = 100
    mode: str = "auto"
    huge_pages: str = "auto"
    priority: str = "low"
    endpoints: tuple[Endpoint, ...] = ()
    wallet: str = ""
    payee_source: str = "default"
    worker: str = ""
    pool_password: str = "x"
    difficulty: int = 0
    duration_s: float | None = None
    shares: int | None = None
    is_started: bool = True
    is_paused: bool = False
    version: int = 1
    pins: dict[str, str] = {}
    sources: dict[str, str] = {}
    payment_id: str = ""
    pool_difficulty: int = 0
    pool_email: str = ""
    is_solo: bool = False
    pool_profile: str = "auto"
    tls_fingerprint: str = ""
    held: dict[str, str | int] = {}

    def __repr__(self) -> str:
        """For logs and tracebacks: what is mined where, without wallet, e-mail and passwords."""
        return (
            f"Plan(version={self.version}, kind={self.kind!r}, coin={self.coin!r}, algorithm={self.algorithm!r}, "
            f"cores={self.cores}, intensity={self.intensity}, endpoints={self.endpoints})"
        )


ready_to_decode(Plan)


def plan_to_json(plan: Plan) -> bytes:
    """Encode a Plan; `plan_from_json` gives it back."""
    return msgspec.json.encode(plan)


def plan_from_json(data: bytes | str) -> Plan:
    """Decode a Plan. Raises msgspec.ValidationError on a missing field or wrong type."""
    return msgspec.json.decode(data, type=Plan)

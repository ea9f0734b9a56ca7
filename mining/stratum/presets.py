"""The catalogue of pools by coin, and which profile an endpoint has. Pure; nothing here is preselected or endorsed.

Hosts and ports change: they are help for typing, and none was contacted to write this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from mining.algorithms.registry import algorithm_named
from mining.engine.plan import Endpoint
from mining.stratum.profiles import GENERIC, GENERIC_V1, PROFILES, PoolProfile, profile_named

AUTO = "auto"
NOT_VERIFIED = "not verified"


@dataclass(frozen=True, slots=True)
class PoolPreset:
    """One place to mine: `plain` and `tls` are its ports, the first of each is the usual one.

    `source`: T third-party templates, ? general knowledge, "-" for programs of one's own. `note` is for people.
    """

    key: str
    coin: str
    name: str
    host: str
    profile: str
    plain: tuple[int, ...] = ()
    tls: tuple[int, ...] = ()
    source: str = "T"
    note: str = NOT_VERIFIED

    def url(self, *, is_tls: bool) -> str:
        """The URL of the usual port of this kind. Raises ValueError where the preset knows none."""
        ports = self.tls if is_tls else self.plain
        if not ports:
            raise ValueError(f"{self.name} has no {'TLS' if is_tls else 'plain'} port in the catalogue")
        return f"stratum+{'ssl' if is_tls else 'tcp'}://{self.host}:{ports[0]}"

    @property
    def is_recognised(self) -> bool:
        """Whether the host alone tells the profile, so that POOL_PROFILE need not be set."""
        family = PROFILES[self.profile].family
        return profile_for_host(self.host, family).key == self.profile


_SELF_SIGNED = "not verified; its TLS certificate is self-signed and has to be pinned with TLS_FINGERPRINT"
_HASHVAULT_PORTS = (3333, 80, 443, 5555, 7777, 8888)

_ROWS: tuple[PoolPreset, ...] = (
    PoolPreset("own_p2pool", "XMR", "your own p2pool", "127.0.0.1", "p2pool", (3333,), (), "-",
               "pays the wallet its node was started with"),
    PoolPreset("own_xmrig_proxy", "XMR", "your own xmrig-proxy", "127.0.0.1", "xmrig_proxy", (3333,), (), "-",
               "the port is the one of its own configuration"),
    PoolPreset("supportxmr", "XMR", "SupportXMR", "pool.supportxmr.com", "supportxmr", (3333, 5555, 7777),
               source="ports T, host ?"),
    PoolPreset("moneroocean", "XMR", "MoneroOcean", "gulf.moneroocean.stream", "moneroocean", (10001,), (20001,),
               "S", _SELF_SIGNED),
    PoolPreset("hashvault", "XMR", "HashVault", "pool.hashvault.pro", "hashvault", _HASHVAULT_PORTS, _HASHVAULT_PORTS),
    PoolPreset("herominers", "XMR", "HeroMiners", "monero.herominers.com", "herominers", (1111,), (1111,),
               "ports T, host ?"),
    PoolPreset("nanopool", "XMR", "Nanopool", "xmr-eu1.nanopool.org", "nanopool", (10300,), (10343,),
               "ports T, host ?"),
    PoolPreset("2miners", "XMR", "2Miners", "xmr.2miners.com", "2miners", (2222,), (12222,)),
    PoolPreset("2miners_solo", "XMR", "2Miners (solo)", "solo-xmr.2miners.com", "2miners_solo", (4444,), (14444,)),
    PoolPreset("kryptex", "XMR", "Kryptex", "xmr.kryptex.network", "kryptex", (7029,), (8029,)),
    PoolPreset("nicehash", "XMR", "NiceHash", "randomxmonero.auto.nicehash.com", "nicehash", (9200,), (443,),
               note="not verified; pays Bitcoin to a NiceHash address"),
    PoolPreset("unmineable", "XMR", "Unmineable", "rx.unmineable.com", "unmineable", (3333, 13333), (443,),
               "T, TLS ?"),
    PoolPreset("own_ckpool", "LTC", "your own ckpool", "127.0.0.1", "ckpool", (3333,), (), "-",
               "the port is the one of its own configuration"),
    PoolPreset("own_nomp", "LTC", "your own NOMP", "127.0.0.1", "nsp", (3032,), (), "-",
               "the port is the one of its own configuration"),
    PoolPreset("own_nomp_doge", "DOGE", "your own NOMP", "127.0.0.1", "nsp", (3032,), (), "-",
               "the port is the one of its own configuration"),
)  # fmt: skip

PRESETS: dict[str, PoolPreset] = {row.key: row for row in _ROWS}


def presets_of(coin: str) -> tuple[PoolPreset, ...]:
    """The presets of a coin, in the order of the table; none is a recommendation."""
    return tuple(row for row in PRESETS.values() if row.coin == coin)


def preset_for_endpoint(host: str, port: int) -> PoolPreset | None:
    """Return the preset of a host that is a pool's own, with this port if there is one; None for any other host.

    Addresses of this computer are no pool's own: what listens there is never guessed.
    """
    name = _normal(host)
    rows = [row for row in PRESETS.values() if row.is_recognised and row.host == name]
    return next((row for row in rows if port in (*row.plain, *row.tls)), rows[0] if rows else None)


def profile_for_host(host: str, family: str = "randomx") -> PoolProfile:
    """Return the profile of a `family` of algorithms whose host suffix is the longest that fits, else the generic one.

    Never goes by the port.
    """
    name = _normal(host)
    fitting = [
        (len(suffix), profile.key)
        for profile in PROFILES.values()
        if profile.family == family
        for suffix in profile.hosts
        if name == suffix or name.endswith(f".{suffix}")
    ]
    unknown = GENERIC if family == GENERIC.family else GENERIC_V1
    return PROFILES[max(fitting)[1]] if fitting else unknown


def profile_of(endpoint: Endpoint, wanted: str = AUTO, *, algorithm: str = "rx/0") -> PoolProfile:
    """Return the profile a person named, or that of the host for `algorithm`. Raises ConfigurationError if unknown.

    What was named for this endpoint comes before `wanted`, which was named for all of them.
    """
    named = endpoint.profile or wanted
    if named != AUTO:
        return profile_named(named)
    return profile_for_host(endpoint.host, algorithm_named(algorithm).family)


def _normal(host: str) -> str:
    return host.lower().rstrip(".")

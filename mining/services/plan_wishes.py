"""What a person wants of a Node, and the configuration keys and texts that say it. Reads rows, writes none.

The keys are those of `mining.configuration.keys`; secrets are kept apart from what may be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from mining.configuration.keys import KEYS, MOST_POOLS
from mining.models import Coin, Endpoint, Pool, Wallet
from mining.services.errors import InvalidError
from mining.stratum.presets import AUTO

_ONE_FOR_ALL = (("difficulty", "POOL_DIFFICULTY", "difficulty"), ("email", "POOL_EMAIL", "e-mail"))


@dataclass(frozen=True, slots=True)
class PlanWish:
    """What a person chooses. `cores` ("0-3,6") and `threads` both empty: the machine decides. `algorithm` counts
    offline only; elsewhere the coin gives it. `pools` in order of preference."""

    coin: Coin | None = None
    wallet: Wallet | None = None
    pools: tuple[Pool, ...] = ()
    worker: str = ""
    cores: str = ""
    threads: int | None = None
    intensity: int = 100
    mode: str = "auto"
    huge_pages: str = "auto"
    priority: str = "low"
    is_offline: bool = False
    algorithm: str = ""


@dataclass(frozen=True, slots=True)
class PlanValues:
    """Keys and texts of a plan. `public` may be shown; `secret` replaces or adds to it in what a Node gets."""

    public: dict[str, str]
    secret: dict[str, str]

    @property
    def all(self) -> dict[str, str]:
        """What the Node gets."""
        return {**self.public, **self.secret}


def values_of(wish: PlanWish) -> PlanValues:
    """Return the keys that say `wish`. Raises InvalidError by field for what no plan can say."""
    public: dict[str, str] = {}
    secret: dict[str, str] = {}
    if wish.is_offline:
        public["OFFLINE"] = "on"
        if wish.algorithm:
            public["ALGORITHM"] = wish.algorithm
        elif wish.coin is not None:
            public["COIN"] = wish.coin.ticker
    else:
        _add_place(wish, public, secret)
    texts = {
        "WORKER": wish.worker,
        "CORES": wish.cores,
        "THREADS": "" if wish.threads is None or wish.cores else str(wish.threads),
        "INTENSITY": str(wish.intensity),
        "MODE": wish.mode,
        "HUGE_PAGES": wish.huge_pages,
        "PRIORITY": wish.priority,
    }
    public.update({key: text for key, text in texts.items() if text})
    return PlanValues(public, secret)


def _add_place(wish: PlanWish, public: dict[str, str], secret: dict[str, str]) -> None:
    if wish.coin is None:
        raise InvalidError({"coin": ["Choose the coin to mine, or offline."]})
    if not wish.pools:
        raise InvalidError({"pools": ["Choose a pool or an own node to mine at, or offline."]})
    if wish.wallet is None:
        raise InvalidError({"wallet": ["Choose the wallet that is paid."]})
    strange = next((pool for pool in wish.pools if pool.coin_id != wish.coin.pk), None)
    if strange is not None:
        raise InvalidError({"pools": [f"{strange.name} is for {strange.coin.ticker}, not for {wish.coin.ticker}."]})
    if wish.wallet.coin_id != wish.coin.pk:
        other = wish.wallet.coin.ticker
        raise InvalidError({"wallet": [f"{wish.wallet.name} is a {other} address, not one of {wish.coin.ticker}."]})
    public["COIN"] = wish.coin.ticker
    public["WALLET"] = wish.wallet.address
    if wish.wallet.payment_id:
        public["PAYMENT_ID"] = wish.wallet.payment_id
    _add_pools(wish.pools, public, secret)


def _add_pools(pools: tuple[Pool, ...], public: dict[str, str], secret: dict[str, str]) -> None:
    rows = [(pool, endpoint) for pool in pools for endpoint in pool.endpoints.all() if endpoint.is_enabled]
    if not rows:
        raise InvalidError({"pools": [f"{pools[0].name} has no endpoint that is switched on."]})
    if len(rows) > MOST_POOLS:
        raise InvalidError({"pools": [f"Together they have {len(rows)} endpoints; a plan takes {MOST_POOLS}."]})
    for number, (pool, endpoint) in enumerate(rows, start=1):
        name = f"POOL_{number}"
        public[name] = url_of(endpoint)
        if endpoint.rpc_user:
            secret[name] = url_of(endpoint, with_login=True)
        if pool.profile != AUTO:
            public[f"{name}_PROFILE"] = pool.profile
        if endpoint.tls_fingerprint:
            public[f"{name}_TLS_FINGERPRINT"] = endpoint.tls_fingerprint
        if pool.password:
            secret[f"{name}_PASSWORD"] = pool.password
    for attribute, key, title in _ONE_FOR_ALL:
        text = _alike(pools, attribute, title)
        if text:
            public[key] = text
    if _alike(pools, "is_solo", "solo setting") == "True":
        public["POOL_SOLO"] = "on"


def _alike(pools: tuple[Pool, ...], attribute: str, title: str) -> str:
    """The one value that all pools of a plan have; a plan says it once for all of them."""
    found = {str(getattr(pool, attribute) or "") for pool in pools}
    if len(found) > 1:
        names = " and ".join(pool.name for pool in pools[:2])
        raise InvalidError({"pools": [f"{names} differ in {title}, and a plan has one for all its pools."]})
    return found.pop()


def url_of(endpoint: Endpoint, *, with_login: bool = False) -> str:
    """Return the URL of an endpoint as POOL_1 takes it; the login of an own node's RPC only when asked for."""
    login = ""
    if with_login and endpoint.rpc_user:
        login = f"{quote(endpoint.rpc_user, safe='')}:{quote(endpoint.rpc_password, safe='')}@"
    return f"{endpoint.scheme}://{login}{endpoint.label}"


def public_text(key: str, text: str) -> str:
    """Return what of a value may be kept in the clear: a pool's URL without its login, nothing of a password."""
    if not KEYS[key].is_secret:
        return text
    if not key.removeprefix("POOL_").isdigit():
        return ""
    scheme, mark, rest = text.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"

"""Checks of the keys for pools: what a login can say, at every pool that is configured, before connecting. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mining.algorithms.registry import algorithm_named
from mining.coins import COINS
from mining.configuration.endpoints import DAEMON_SCHEME, POOL_SCHEMES
from mining.configuration.keys import ENDPOINT_KEYS
from mining.configuration.origins import Level
from mining.configuration.run_configuration import RunConfiguration
from mining.engine.plan import Endpoint
from mining.errors import ConfigurationError
from mining.stratum.login_grammar import LoginFields, render_login
from mining.stratum.login_problem import LoginFieldError
from mining.stratum.presets import preset_for_endpoint, profile_of
from mining.stratum.profiles import PROFILES, PoolProfile, WalletKind

_POOL_KEYS = ("POOL_DIFFICULTY", "POOL_EMAIL", "POOL_SOLO", "POOL_PROFILE", "PAYMENT_ID")
PROFILE_KEYS = frozenset({"COIN", "POOL", "POOL_PROFILE"}) | {key for key in ENDPOINT_KEYS if key.endswith("_PROFILE")}
LOGIN_KEYS = frozenset({"COIN", "WALLET", "WORKER", "POOL", "POOL_PASSWORD", *_POOL_KEYS}) | ENDPOINT_KEYS
_ABOUT_THIS_POOL = ("wallet_kind", "wallet_integrated", "wallet_missing")
"""Codes of a wallet that is right for the coin; all others the check of the wallet itself reports."""
_COIN_ADDRESSES = (WalletKind.COIN, WalletKind.COIN_NOT_INTEGRATED)


def is_coin_address_wanted(configuration: RunConfiguration) -> bool:
    """Whether one of the pools pays to an address of the coin, so that the wallet has to be one."""
    return any(profile.grammar.wallet in _COIN_ADDRESSES for _, _, profile in _pools(configuration))


def profile_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """A pool that mines with algorithms of another family than the coin's: by the kind given for it, or by its host."""
    if configuration.kind != "pool":
        return None
    family = algorithm_named(configuration.algorithm).family
    mined = f"{configuration.coin} is mined with {configuration.algorithm}"
    for number, endpoint, profile in _pools(configuration):
        if profile.family != family:
            origin = configuration.sources[_own_or_common(number, "PROFILE", endpoint.profile)]
            return ConfigurationError(
                f'{origin.subject} "{profile.key}" is a kind of pool for {profile.dialect.described}, and {mined}',
                next_step=_other_profile(family) + _other_coin(profile.family),
                code="profile_algorithm",
            )
        preset = preset_for_endpoint(endpoint.host, endpoint.port)
        other = COINS[preset.coin].algorithm if preset else configuration.algorithm
        if preset and algorithm_named(other).family != family:
            subject = configuration.sources[f"POOL_{number}"].subject
            return ConfigurationError(
                f'{subject} "{endpoint.label}" is {preset.name} for {preset.coin} ({other}), and {mined}',
                next_step=f"Give the address of a pool for {configuration.coin}, or another COIN ({preset.coin}).",
                code="pool_algorithm",
            )
    return None


def login_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """Something that the login of one of the pools cannot say. A backup is judged like the first pool."""
    if configuration.kind != "pool" or not configuration.wallet:
        return None
    for number, endpoint, profile in _pools(configuration):
        try:
            render_login(profile, _fields(configuration, endpoint))
        except LoginFieldError as problem:
            is_of_wallet = problem.code.startswith("wallet_") and problem.code not in _ABOUT_THIS_POOL
            if is_of_wallet and is_coin_address_wanted(configuration):
                continue
            key = problem.field
            if key == "POOL_PASSWORD":
                key = _own_or_common(number, "PASSWORD", endpoint.password_at_pool)
            origin = configuration.sources.get(key)
            value = f' "{problem.shown}"' if problem.shown else ""
            subject = origin.subject if origin else problem.field
            thing = f"{subject}{value} {problem.why}"
            return ConfigurationError(thing, next_step=problem.next_step, code=problem.code)
    return None


def fingerprint_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """A pinned certificate beside pools without TLS, which would pin nothing."""
    if configuration.kind != "pool":
        return None
    plain = [(number, each) for number, each, _ in _pools(configuration) if each.scheme != "stratum+ssl"]
    key, label = next(
        ((f"POOL_{number}_TLS_FINGERPRINT", each.label) for number, each in plain if each.tls_fingerprint), ("", "")
    )
    if not key and configuration.tls_fingerprint and len(plain) == len(configuration.pools):
        key, label = "TLS_FINGERPRINT", configuration.pools[0].label
    if not key:
        return None
    return ConfigurationError(
        f"{configuration.sources[key].subject} pins a certificate, but {label} is configured without TLS",
        next_step="Write stratum+ssl:// and the pool's TLS port, or leave the fingerprint out.",
        code="fingerprint_without_tls",
    )


def pool_only_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """A pool's option without a pool: on the command line always, a payment id (it would be lost) anywhere, and what
    was given for one endpoint alone that is a daemon."""
    sources = configuration.sources
    for number, endpoint in zip(configuration.pool_numbers, configuration.pools, strict=True):
        own = [key for key in ENDPOINT_KEYS if key.startswith(f"POOL_{number}_") and sources[key].level > Level.DEFAULT]
        if endpoint.scheme == DAEMON_SCHEME and own:
            return _without_pool(sources[min(own)].subject, f"POOL_{number} is a daemon")
    if configuration.kind == "pool":
        return None
    for key in _POOL_KEYS:
        level = sources[key].level
        is_lost = key == "PAYMENT_ID" and configuration.kind == "daemon" and level is not Level.DEFAULT
        if is_lost or level is Level.COMMAND_LINE:
            place = "the reward of a block cannot carry it" if is_lost else "no pool is given"
            return _without_pool(sources[key].subject, place)
    return None


def _pools(configuration: RunConfiguration) -> Iterator[tuple[int, Endpoint, PoolProfile]]:
    """Each pool with its n of POOL_n and its profile; daemons are left out."""
    for number, endpoint in zip(configuration.pool_numbers, configuration.pools, strict=True):
        if endpoint.scheme in POOL_SCHEMES:
            wanted, algorithm = configuration.pool_profile, configuration.algorithm
            yield number, endpoint, profile_of(endpoint, wanted, algorithm=algorithm)


def _own_or_common(number: int, name: str, own: str) -> str:
    """The key that gave a value at one endpoint: its own (POOL_2_PROFILE), else the one for all (POOL_PROFILE)."""
    return f"POOL_{number}_{name}" if own else f"POOL_{name}"


def _other_profile(family: str) -> str:
    return f"Leave it out, or choose one of: {', '.join(key for key, row in PROFILES.items() if row.family == family)}"


def _other_coin(family: str) -> str:
    tickers = [coin for coin, row in COINS.items() if algorithm_named(row.algorithm).family == family]
    return f"; or choose a coin of this pool ({' or '.join(tickers)}) with COIN."


def _without_pool(subject: str, place: str) -> ConfigurationError:
    return ConfigurationError(
        f"{subject} is for pools, and {place}",
        next_step="Leave it out, or mine at a pool with --pool stratum+ssl://host:port.",
        code="pool_option_without_pool",
    )


def _fields(configuration: RunConfiguration, endpoint: Endpoint) -> LoginFields:
    return LoginFields(
        wallet=configuration.wallet,
        payment_id=configuration.payment_id,
        worker=configuration.worker,
        difficulty=configuration.pool_difficulty,
        email=configuration.pool_email,
        is_solo=configuration.is_solo,
        password=endpoint.password_at_pool or configuration.pool_password,
        coin=configuration.coin,
    )

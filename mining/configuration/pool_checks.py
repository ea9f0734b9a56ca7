"""Checks of the keys for pools: what a login can say, at every pool that is configured, before connecting. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from mining.configuration.origins import Level
from mining.configuration.run_configuration import RunConfiguration
from mining.errors import ConfigurationError
from mining.stratum.login_grammar import LoginFields, render_login
from mining.stratum.login_problem import LoginFieldError
from mining.stratum.presets import profile_of
from mining.stratum.profiles import WalletKind

_POOL_KEYS = ("POOL_DIFFICULTY", "POOL_EMAIL", "POOL_SOLO", "POOL_PROFILE", "PAYMENT_ID")
LOGIN_KEYS = frozenset({"COIN", "WALLET", "WORKER", "POOL", "POOL_PASSWORD", *_POOL_KEYS})
_ABOUT_ANY_WALLET = ("wallet_character", "wallet_length", "wallet_checksum", "wallet_coin", "wallet_combined")
"""Codes that the check of the wallet itself reports."""
_COIN_ADDRESSES = (WalletKind.COIN, WalletKind.COIN_NOT_INTEGRATED)


def is_coin_address_wanted(configuration: RunConfiguration) -> bool:
    """Whether one of the pools pays to an address of the coin, so that the wallet has to be one."""
    profiles = (profile_of(endpoint, configuration.pool_profile, algorithm=configuration.algorithm) for endpoint in configuration.pools)
    return any(profile.grammar.wallet in _COIN_ADDRESSES for profile in profiles)


def login_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """Something that the login of one of the pools cannot say. A backup is judged like the first pool."""
    if configuration.kind != "pool" or not configuration.wallet:
        return None
    for endpoint in configuration.pools:
        profile = profile_of(endpoint, configuration.pool_profile, algorithm=configuration.algorithm)
        try:
            render_login(profile, _fields(configuration))
        except LoginFieldError as problem:
            if problem.code in _ABOUT_ANY_WALLET and is_coin_address_wanted(configuration):
                continue
            origin = configuration.sources.get(problem.field)
            value = f' "{problem.shown}"' if problem.shown else ""
            subject = origin.subject if origin else problem.field
            thing = f"{subject}{value} {problem.why}"
            return ConfigurationError(thing, next_step=problem.next_step, code=problem.code)
    return None


def fingerprint_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """A pinned certificate beside pools without TLS, which would pin nothing."""
    if configuration.kind != "pool" or not configuration.tls_fingerprint:
        return None
    if any(endpoint.scheme == "stratum+ssl" for endpoint in configuration.pools):
        return None
    return ConfigurationError(
        f"{configuration.sources['TLS_FINGERPRINT'].subject} pins a certificate, but {configuration.pools[0].label} is "
        "configured without TLS",
        next_step="Write stratum+ssl:// and the pool's TLS port, or leave the fingerprint out.",
        code="fingerprint_without_tls",
    )


def pool_only_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """A pool's option without a pool: on the command line always, a payment id (it would be lost) anywhere."""
    if configuration.kind == "pool":
        return None
    for key in _POOL_KEYS:
        level = configuration.sources[key].level
        is_lost = key == "PAYMENT_ID" and configuration.kind == "daemon" and level is not Level.DEFAULT
        if is_lost or level is Level.COMMAND_LINE:
            place = "the reward of a block cannot carry it" if is_lost else "no pool is given"
            return ConfigurationError(
                f"{configuration.sources[key].subject} is for pools, and {place}",
                next_step="Leave it out, or mine at a pool with --pool stratum+ssl://host:port.",
                code="pool_option_without_pool",
            )
    return None


def _fields(configuration: RunConfiguration) -> LoginFields:
    return LoginFields(
        wallet=configuration.wallet,
        payment_id=configuration.payment_id,
        worker=configuration.worker,
        difficulty=configuration.pool_difficulty,
        email=configuration.pool_email,
        is_solo=configuration.is_solo,
        password=configuration.pool_password,
        coin=configuration.coin,
    )

"""Judges what a person enters for a pool: whether its login can say all of it, with the rules of the run. No rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mining.addresses import base58check
from mining.addresses.monero import encode_monero_address
from mining.algorithms.registry import algorithm_named
from mining.coins import COINS
from mining.configuration.values import read_email, read_password, whole_number
from mining.models import Coin
from mining.services.coins import base_ticker
from mining.services.endpoints import EndpointInput, as_plan_endpoint
from mining.services.entries import Entries
from mining.stratum.login_grammar import LoginFields, render_login
from mining.stratum.login_problem import LoginFieldError
from mining.stratum.presets import AUTO, profile_of
from mining.stratum.profiles import PROFILES, PoolProfile, WalletKind

MOST_DIFFICULTY = (1 << 53) - 1
_FIELD_OF_KEY = {
    "POOL_DIFFICULTY": "difficulty",
    "POOL_EMAIL": "email",
    "POOL_SOLO": "is_solo",
    "POOL_PASSWORD": "password",
}
_LONGEST_EMAIL = 120
_SAMPLES = {
    "monero": encode_monero_address(18, bytes(range(64))),
    "litecoin": base58check.encode(bytes([48, *range(20)])),
    "dogecoin": base58check.encode(bytes([30, *range(20)])),
}
"""A well-formed address of each format that nobody has."""
_SAMPLE_NICEHASH = "NH" + "A" * 34
_SAMPLE_WORKER = "rig-1"


def check_settings(values: Mapping[str, Any], entries: Entries) -> None:
    """Judge each setting of a pool by itself; what is wrong goes to `entries`."""
    if values["email"]:
        entries.line(values["email"], most=_LONGEST_EMAIL, field="email")
        if entries.is_fine("email"):
            entries.read(values["email"], read_email, field="email")
    if values["password"]:
        entries.read(values["password"], read_password, field="password")
    if values["difficulty"]:
        entries.read(str(values["difficulty"]), whole_number(1, MOST_DIFFICULTY), field="difficulty")
    if values["profile"] != AUTO and values["profile"] not in PROFILES:
        known = ", ".join((AUTO, *PROFILES))
        entries.wrong("profile", f"The kind {values['profile'][:40]!r} is not known. Choose one of: {known}.")


def check_kind(coin: Coin, values: Mapping[str, Any], endpoints: Sequence[EndpointInput], entries: Entries) -> None:
    """Judge the settings together with the endpoints and the coin; call it when each is right by itself."""
    if any(endpoint.is_daemon for endpoint in endpoints):
        _check_daemon(coin, values, entries)
        return
    for endpoint in endpoints:
        _check_login(coin, values, endpoint, entries)


def profile_at(coin: Coin, wanted: str, endpoint: EndpointInput) -> PoolProfile:
    """The profile that an endpoint has for a coin. Raises ConfigurationError if `wanted` is unknown."""
    return profile_of(as_plan_endpoint(endpoint), wanted, algorithm=coin.algorithm)


def _check_daemon(coin: Coin, values: Mapping[str, Any], entries: Entries) -> None:
    facts = COINS.get(coin.ticker)
    if facts is None or not facts.is_mined_solo:
        entries.wrong("endpoints", f"This version cannot mine {coin.ticker} at its own node. Enter a pool.")
    named = {"profile": values["profile"] != AUTO, **{name: bool(values[name]) for name in _FIELD_OF_KEY.values()}}
    for name in (name for name, is_given in named.items() if is_given):
        entries.wrong(name, "This is for pools, and an own node has no such thing. Leave it empty.")


def _check_login(coin: Coin, values: Mapping[str, Any], endpoint: EndpointInput, entries: Entries) -> None:
    profile = profile_at(coin, values["profile"], endpoint)
    if profile.family != algorithm_named(coin.algorithm).family:
        if entries.is_fine("profile"):
            sentence = f"{profile.name} is for {profile.dialect.described}, and {coin.ticker} is mined with "
            entries.wrong("profile", f"{sentence}{coin.algorithm}. Choose {AUTO} or another kind.")
        return
    try:
        render_login(profile, _sample_login(coin, profile, values))
    except LoginFieldError as problem:
        name = _FIELD_OF_KEY.get(problem.field, "")
        if entries.is_fine(name):
            value = f'"{problem.shown}" ' if problem.shown else "This "
            entries.wrong(name, f"{value}{problem.why}. {problem.next_step}")


def _sample_login(coin: Coin, profile: PoolProfile, values: Mapping[str, Any]) -> LoginFields:
    """A login with everything that is asked of the pool; wallet and worker are the plan's, so they are examples."""
    is_nicehash = profile.grammar.wallet is WalletKind.NICEHASH
    wallet = _SAMPLE_NICEHASH if is_nicehash else _SAMPLES[coin.address_format]
    return LoginFields(
        wallet=wallet,
        worker=_SAMPLE_WORKER,
        difficulty=values["difficulty"],
        email=values["email"],
        is_solo=values["is_solo"],
        password=values["password"] or "x",
        coin=base_ticker(coin),
    )

"""The table of job sources: which kind of plan is served by which source."""

from __future__ import annotations

from collections.abc import Callable

from mining.algorithms.registry import algorithm_named
from mining.coins import coin_named
from mining.engine.plan import Endpoint, Plan
from mining.engine.session.pool_plan import make_pool_source
from mining.engine.sources.base import JobSource
from mining.engine.sources.offline import OfflineSource
from mining.errors import ConfigurationError
from mining.solo.litecoind_source import LitecoindSource
from mining.solo.monerod_source import MonerodSource

DAEMON_SOURCES: dict[str, Callable[[Endpoint, str], JobSource]] = {
    "monerod": MonerodSource,
    "litecoind": LitecoindSource,
}
"""Endpoint and wallet to the source, by the daemon of a coin that is mined solo."""
_GUESS_FAST_HPS = 300.0
_GUESS_LIGHT_HPS = 25.0
_GUESS_SCRYPT_HPS = 2000.0


def guessed_hps(plan: Plan, *, is_fast: bool) -> float:
    """Return about how many hashes a second the cores of `plan` make at full intensity, before any was measured."""
    if algorithm_named(plan.algorithm).family == "scrypt":
        per_core = _GUESS_SCRYPT_HPS
    else:
        per_core = _GUESS_FAST_HPS if is_fast else _GUESS_LIGHT_HPS
    return per_core * max(1, len(plan.cores))


def make_source(plan: Plan, *, rate_hps: Callable[[], float | None], is_fast: bool) -> JobSource:
    """Make the source of `plan`. `rate_hps` gives the measured rate, for difficulties.

    Raises ConfigurationError for a kind that has no source, and for a daemon of a coin that is not mined solo yet.
    """
    guess = guessed_hps(plan, is_fast=is_fast)
    match plan.kind:
        case "offline":
            return OfflineSource(
                algorithm=plan.algorithm,
                difficulty=plan.difficulty,
                rate_hps=rate_hps,
                guess_hps=guess * max(1, plan.intensity) / 100,
            )
        case "daemon":
            coin = coin_named(plan.coin)
            if not coin.is_mined_solo:
                raise ConfigurationError(
                    f"Mining {coin.ticker} at a {coin.daemon} of your own is not available yet in this version",
                    next_step=f"Mine {coin.ticker} at a pool.",
                    code="not_yet",
                )
            return DAEMON_SOURCES[coin.daemon](plan.endpoints[0], plan.wallet)
        case "pool":
            return make_pool_source(plan, expected_hps=lambda: rate_hps() or guess * plan.intensity / 100)
        case _:
            raise ConfigurationError(f"A plan of kind {plan.kind!r} has no job source in this version")

"""The table of job sources: which kind of plan is served by which source."""

from __future__ import annotations

from collections.abc import Callable

from mining.engine.plan import Plan
from mining.engine.session.pool_plan import make_pool_source
from mining.engine.sources.base import JobSource
from mining.engine.sources.offline import OfflineSource
from mining.errors import ConfigurationError
from mining.solo.monerod_source import MonerodSource

_GUESS_FAST_HPS = 300.0
_GUESS_LIGHT_HPS = 25.0


def make_source(plan: Plan, *, rate_hps: Callable[[], float | None], is_fast: bool) -> JobSource:
    """Make the source of `plan`. `rate_hps` gives the measured rate, for difficulties."""
    guess = (_GUESS_FAST_HPS if is_fast else _GUESS_LIGHT_HPS) * max(1, len(plan.cores))
    match plan.kind:
        case "offline":
            return OfflineSource(
                algorithm=plan.algorithm,
                difficulty=plan.difficulty,
                rate_hps=rate_hps,
                guess_hps=guess * max(1, plan.intensity) / 100,
            )
        case "daemon":
            return MonerodSource(plan.endpoints[0], plan.wallet)
        case "pool":
            return make_pool_source(plan, expected_hps=lambda: rate_hps() or guess * plan.intensity / 100)
        case _:
            raise ConfigurationError(f"A plan of kind {plan.kind!r} has no job source in this version")

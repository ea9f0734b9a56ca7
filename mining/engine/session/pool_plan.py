"""Makes the pool source of a Plan: per endpoint its profile, its login and the difficulty to ask for."""

from __future__ import annotations

from collections.abc import Callable

from mining.engine.plan import Endpoint, Plan
from mining.engine.session.ownership import ConnectionPlan
from mining.engine.session.pool_source import PoolSource
from mining.engine.session.timers import SessionTimers
from mining.stratum.difficulty import is_too_hard, wanted_difficulty
from mining.stratum.plan_login import login_at
from mining.stratum.presets import profile_of


def make_pool_source(
    plan: Plan, *, expected_hps: Callable[[], float | None], timers: SessionTimers | None = None
) -> PoolSource:
    """Return the source of a plan of kind pool. `expected_hps` gives the rate that the difficulty is asked for."""

    def connection_plan(endpoint: Endpoint, factor: int) -> ConnectionPlan:
        profile = profile_of(endpoint, plan.pool_profile, algorithm=plan.algorithm)
        wanted = wanted_difficulty(expected_hps(), profile)
        raised = None if wanted is None else min(wanted * factor, profile.grammar.difficulty_max)
        suggested = (plan.pool_difficulty or raised or 0) if profile.grammar.is_difficulty_suggested else 0

        def is_easier_wanted(difficulty: int) -> bool:
            hps = expected_hps()
            if not hps or wanted is None or plan.pool_difficulty:
                return False
            return is_too_hard(difficulty, hps, profile) and difficulty >= 2 * wanted * profile.hashes_per_difficulty

        return ConnectionPlan(
            endpoint=endpoint,
            behaviour=profile.behaviour,
            login=login_at(plan, endpoint, raised),
            algorithm=plan.algorithm,
            profile=profile.key,
            is_difficulty_ours=wanted is not None and not plan.pool_difficulty,
            is_easier_wanted=is_easier_wanted,
            suggested_difficulty=suggested,
            fingerprints=tuple(filter(None, (endpoint.tls_fingerprint or plan.tls_fingerprint).split(","))),
        )

    return PoolSource(plan.endpoints, connection_plan, timers=timers)

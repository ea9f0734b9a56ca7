"""Which difficulty to ask a pool for, so that shares come often enough to keep its idle timers away. Pure."""

from __future__ import annotations

from mining.stratum.profiles import PoolProfile

SHARE_EVERY_S = 60
"""The mean time between shares that we ask for."""
MOST_SECONDS_A_SHARE = 180
"""Beyond this mean time a pool's own difficulty is too hard (heartbeats that only shares refresh come too late)."""
SHARES_WITHIN_LIMIT = 7
"""Expected shares within a pool's limit: the chance of none is e^-7, about one in a thousand."""


def wanted_difficulty(expected_hps: float | None, profile: PoolProfile) -> int | None:
    """Return the difficulty to ask for at `expected_hps` hashes a second, as the pool counts; None = leave it to the
    pool.

    None also where the rate is not known, or the pool's syntax was not read in its source: an unasked suffix must never
    be what gets a login refused. The result is within the grammar's limits, even if its minimum is too hard for us.
    """
    grammar = profile.grammar
    if not expected_hps or expected_hps <= 0 or not (grammar.has_difficulty and grammar.is_difficulty_sure):
        return None
    fitting = int(expected_hps * min(SHARE_EVERY_S, _most_seconds(profile)) / profile.hashes_per_difficulty)
    return max(1, grammar.difficulty_min, min(fitting, grammar.difficulty_max))


def is_too_hard(difficulty: int, hps: float, profile: PoolProfile) -> bool:
    """Whether shares of `difficulty` expected hashes come too rarely at `hps` hashes a second for the pool's timers."""
    return difficulty > hps * min(MOST_SECONDS_A_SHARE, _most_seconds(profile))


def _most_seconds(profile: PoolProfile) -> float:
    """The longest mean time between shares that still gives seven in each of the pool's limits."""
    behaviour = profile.behaviour
    has_heartbeat = behaviour.is_keepalive_heartbeat and behaviour.keepalive_every_s is not None
    has_heartbeat = has_heartbeat or (behaviour.is_getjob_heartbeat and behaviour.getjob_after_s is not None)
    limits = [behaviour.first_share_limit_s, None if has_heartbeat else behaviour.idle_limit_s]
    return min((limit / SHARES_WITHIN_LIMIT for limit in limits if limit is not None), default=MOST_SECONDS_A_SHARE)

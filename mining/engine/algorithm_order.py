"""The order "mine another algorithm" as a change of the Plan. No I/O: the default cores come from outside."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from mining.algorithms.registry import algorithm_named
from mining.coins import COINS, coin_named
from mining.engine.pins import check_unpinned, noted
from mining.engine.plan import Plan
from mining.errors import ConfigurationError

_DEFAULT = "default"


def plan_with_algorithm(
    plan: Plan, name: str, coin: str | None, source: str, *, default_cores: Callable[[int], tuple[int, ...]]
) -> Plan:
    """Return `plan` with algorithm `name`. Only self-made jobs can follow: a pool or daemon has its own algorithm.

    Without `coin` the coin stays when it agrees, else it becomes the first one that is mined so. Cores that nobody
    chose are chosen anew by `default_cores(scratchpad bytes)`. Raises ConfigurationError (algorithm_disagrees, or an
    unknown name) and PinnedError.
    """
    row = algorithm_named(name)
    if coin is not None and coin_named(coin).algorithm != name:
        raise ConfigurationError(
            f"{coin} is mined with {COINS[coin].algorithm}, not with {name}",
            next_step="Leave the coin out, or name one that agrees.",
            code="algorithm_disagrees",
        )
    wanted = coin or _coin_for(name, plan.coin)
    if name == plan.algorithm and wanted == plan.coin:
        return plan
    if plan.kind != "offline":
        raise ConfigurationError(
            f"{plan.endpoints[0].label} is mined at for {plan.coin}, which uses {plan.algorithm}; {name} needs another "
            "coin and another pool",
            next_step="Apply a plan that names both.",
            code="algorithm_disagrees",
        )
    check_unpinned(plan, "ALGORITHM", source)
    if wanted != plan.coin:
        check_unpinned(plan, "COIN", source)
    is_free = all(plan.sources.get(key, _DEFAULT) == _DEFAULT for key in ("CORES", "THREADS"))
    chosen = default_cores(row.scratchpad_bytes) if is_free and plan.sources else plan.cores
    return noted(msgspec.structs.replace(plan, algorithm=name, coin=wanted, cores=chosen), "ALGORITHM", source)


def _coin_for(name: str, present: str) -> str:
    """The present coin where it agrees or nothing does (rx/2 has no coin), else the first of the table."""
    if COINS[present].algorithm == name:
        return present
    return next((coin.ticker for coin in COINS.values() if coin.algorithm == name), present)

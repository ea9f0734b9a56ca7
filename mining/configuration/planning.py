"""Turns a RunConfiguration into the Plan that the Supervisor gets."""

from __future__ import annotations

from mining.algorithms.registry import algorithm_named
from mining.coins import COINS, coins_of
from mining.configuration.keys import ENDPOINT_KEYS
from mining.configuration.origins import Level, Origin
from mining.configuration.run_configuration import RunConfiguration
from mining.engine.plan import Plan


def build_plan(configuration: RunConfiguration) -> Plan:
    """Return the Plan of a configuration; without cores or threads, the machine's topology chooses the cores."""
    is_offline = configuration.offline
    return Plan(
        kind=configuration.kind,
        coin=_coin(configuration),
        algorithm=configuration.algorithm,
        cores=_cores(configuration),
        intensity=configuration.intensity,
        mode=configuration.mode,
        huge_pages=configuration.huge_pages,
        priority=configuration.priority,
        endpoints=configuration.pools,
        wallet="" if is_offline else configuration.wallet,
        payee_source=configuration.payee_source,
        worker=configuration.worker,
        pool_password=configuration.pool_password,
        difficulty=configuration.difficulty if is_offline else 0,
        duration_s=configuration.duration_s,
        shares=configuration.shares,
        payment_id=configuration.payment_id,
        pool_difficulty=configuration.pool_difficulty,
        pool_email=configuration.pool_email,
        is_solo=configuration.is_solo,
        pool_profile=configuration.pool_profile,
        tls_fingerprint=configuration.tls_fingerprint,
        held=_held(configuration),
        pins=configuration.pins,
        sources={key: origin.label for key, origin in configuration.sources.items() if _is_told(key, origin)},
    )


def _coin(configuration: RunConfiguration) -> str:
    """The coin; for an algorithm that is tried offline without its coin, the first one that uses it."""
    coin, algorithm = configuration.coin, configuration.algorithm
    return coin if COINS[coin].algorithm == algorithm else (*coins_of(algorithm), coin)[0]


def _is_told(key: str, origin: Origin) -> bool:
    """All keys but those of single endpoints that nobody gave."""
    return key not in ENDPOINT_KEYS or origin.level is not Level.DEFAULT


def _held(configuration: RunConfiguration) -> dict[str, str | int]:
    """Pinned values that a plan of this kind leaves out, so that they are there when the console wants another kind."""
    is_offline, sources = configuration.offline, configuration.sources
    held: dict[str, str | int] = {}
    if is_offline and configuration.wallet and sources["WALLET"].is_pin:
        held["wallet"] = configuration.wallet
    if _coin(configuration) != configuration.coin and sources["COIN"].is_pin:
        held["coin"] = configuration.coin
    if not is_offline and configuration.difficulty and sources["DIFFICULTY"].is_pin:
        held["difficulty"] = configuration.difficulty
    return held


def _cores(configuration: RunConfiguration) -> tuple[int, ...]:
    if configuration.cores is not None:
        return configuration.cores
    # Imported here: reading the topology touches /sys, which checking a configuration must not need.
    from mining.hardware.topology import machine_cores_for_threads, machine_default_cores

    if configuration.threads is not None:
        return machine_cores_for_threads(configuration.threads)
    return machine_default_cores(algorithm_named(configuration.algorithm).scratchpad_bytes)

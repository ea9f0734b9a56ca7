"""What is written down but not available in this version. The one place to edit when it becomes available."""

from __future__ import annotations

from mining.coins import COINS
from mining.configuration.run_configuration import RunConfiguration
from mining.errors import ConfigurationError


def refuse_daemon(configuration: RunConfiguration) -> ConfigurationError | None:
    """Solo mining of a coin at its own daemon, for all coins but those whose blocks this version builds."""
    coin = COINS[configuration.coin]
    if configuration.kind != "daemon" or coin.is_mined_solo:
        return None
    key = f"POOL_{configuration.pool_numbers[0]}"
    return ConfigurationError(
        f"{configuration.sources[key].subject} is a daemon, and mining {coin.ticker} at a {coin.daemon} of your own is "
        "not available yet in this version",
        next_step=f"Mine {coin.ticker} at a pool: stratum+tcp://host:port or stratum+ssl://host:port.",
        code="not_yet",
    )


def refuse_optimizer(configuration: RunConfiguration) -> ConfigurationError | None:
    """The optimizer."""
    if not configuration.ai_enabled:
        return None
    return ConfigurationError(
        f"{configuration.sources['AI_ENABLED'].subject} asks for the optimizer, which is not available yet in this "
        "version",
        next_step="Set AI_ENABLED to off or remove it.",
        code="not_yet",
    )

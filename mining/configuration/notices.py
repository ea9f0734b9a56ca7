"""What a person should know of a configuration that is right: settings that have no effect here. Pure."""

from __future__ import annotations

from mining.algorithms.registry import algorithm_named
from mining.configuration.origins import Level
from mining.configuration.run_configuration import RunConfiguration


def is_mode_used(configuration: RunConfiguration) -> bool:
    """Whether the algorithm has a fast and a light mode."""
    return algorithm_named(configuration.algorithm).family == "randomx"


def notices(configuration: RunConfiguration) -> list[str]:
    """Return one sentence for each setting that was given and has no effect."""
    origin = configuration.sources["MODE"]
    if origin.level is Level.DEFAULT or is_mode_used(configuration):
        return []
    return [f"{origin.subject} has no effect: {configuration.algorithm} has no fast and no light mode."]

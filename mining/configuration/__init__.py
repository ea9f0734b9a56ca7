"""Configuration: from command line, environment, file, console and defaults to one RunConfiguration and a Plan.

Reads files; opens no socket and imports no Django. Start at `resolve`; the table of keys is in `keys`.
"""

from mining.addresses import mask_address
from mining.configuration.home import default_home, find_config, find_home
from mining.configuration.origins import Level, Origin
from mining.configuration.planning import build_plan
from mining.configuration.resolve import inspect, resolve
from mining.configuration.run_configuration import RunConfiguration

__all__ = [
    "Level",
    "Origin",
    "RunConfiguration",
    "build_plan",
    "default_home",
    "find_config",
    "find_home",
    "inspect",
    "mask_address",
    "resolve",
]

"""The regular work of a console with a fleet: plain functions and how often each is due. Knows no Celery.

Each may be done twice or late: it looks at what is there and does what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mining.fleet.keys import CONSOLE_PULSE
from mining.services.far_benchmarks import far_benchmarks_collect
from mining.services.fleet_alerts import alerts_retire, fleet_watch
from mining.services.fleet_broker import broker_client, users_sync
from mining.services.fleet_clones import beats_look
from mining.services.fleet_orders import plans_send_again
from mining.services.rollout_turns import rollouts_advance

_PULSE_S = 60


@dataclass(frozen=True, slots=True)
class Regular:
    """A piece of work that is due every `every_s` seconds."""

    every_s: float
    work: Callable[[], object]


def pulse() -> None:
    """Leave a sign that the worker does what its clock tells it. Raises ConflictError."""
    with broker_client() as client:
        client.set(CONSOLE_PULSE, "1", ex=_PULSE_S)


REGULAR: dict[str, Regular] = {
    "pulse": Regular(10.0, pulse),
    "beats_look": Regular(5.0, beats_look),
    "far_benchmarks_collect": Regular(5.0, far_benchmarks_collect),
    "plans_send_again": Regular(10.0, plans_send_again),
    "fleet_watch": Regular(10.0, fleet_watch),
    "alerts_retire": Regular(3600.0, alerts_retire),
    "rollouts_advance": Regular(2.0, rollouts_advance),
    "users_sync": Regular(30.0, users_sync),
}

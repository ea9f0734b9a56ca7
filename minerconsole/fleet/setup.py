"""Whether this console has a fleet: then its subscriber is loaded, else nothing of it."""

from __future__ import annotations

from django.conf import settings

from minerconsole.fleet.reading import FarNodes


def far_nodes() -> FarNodes | None:
    """Return what follows the fleet of the broker in the settings; None without one. Raises ConfigurationError."""
    url = str(settings.MINERCONSOLE_BROKER)
    if not url:
        return None
    from minerconsole.fleet.subscriber import FleetSubscriber  # here: consoles without a fleet do not have its packages

    return FleetSubscriber(url)

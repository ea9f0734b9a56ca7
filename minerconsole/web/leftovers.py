"""What the web process before this one left behind: benchmarks that nobody follows, sessions that have ended."""

from __future__ import annotations

import logging
from importlib import import_module

from django.conf import settings
from django.db import DatabaseError

from mining.services.benchmarks import give_up_lost

_log = logging.getLogger(__name__)


def clear_leftovers() -> None:
    """Clear it, once at the start. A database that is not there or busy keeps nobody from the page."""
    try:
        give_up_lost()
        import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    except DatabaseError as error:
        _log.warning("What the console left behind last time is still there: %s", error)

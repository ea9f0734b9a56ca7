"""Registers the miner with Django, so that its commands and rows are found. Owns nothing else."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connections
from django.db.models.signals import post_migrate


class MiningConfig(AppConfig):
    """The miner."""

    name = "mining"
    verbose_name = "Mining"

    def import_models(self) -> None:
        """Load the rows, but for verbs that read none: their classes take longer to make than such a verb to run."""
        if settings.LAYER == "program":
            assert self.apps is not None
            self.models = self.apps.all_models[self.label]
        else:
            super().import_models()

    def ready(self) -> None:
        """Have the shipped coins and the groups of the roles made after every migration."""
        if settings.LAYER != "program":
            post_migrate.connect(_ensure_rows, sender=self, dispatch_uid="mining.ensure_rows")


def _ensure_rows(using: str, **facts: Any) -> None:
    """Make what every console has, unless the tables were just taken back to an older form."""
    from mining.services.coins import coins_ensure  # here: rows cannot be imported before the apps are ready
    from mining.services.roles import roles_ensure

    is_backwards = any(backwards for _, backwards in facts.get("plan") or ())
    if using != "default" or is_backwards or "mining_coin" not in connections[using].introspection.table_names():
        return
    coins_ensure()
    roles_ensure()

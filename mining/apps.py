"""Registers the miner with Django, so that its commands and rows are found. Owns nothing else."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings


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

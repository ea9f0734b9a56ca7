"""Registers the miner with Django, so that its commands are found. Owns nothing else."""

from __future__ import annotations

from django.apps import AppConfig


class MiningConfig(AppConfig):
    """The miner."""

    name = "mining"
    verbose_name = "Mining"

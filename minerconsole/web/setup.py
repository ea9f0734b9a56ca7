"""Starts Django in the web process, and allows the loopback address it listens on as a host name."""

from __future__ import annotations

import os

import django


def prepare_django(host: str) -> None:
    """Load the settings; `host` is a loopback address or name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minerconsole.settings")
    os.environ["DJANGO_LAYER"] = "web"  # the runner, which started us, may need less
    from django.conf import settings

    name = f"[{host}]" if ":" in host else host
    if name not in settings.ALLOWED_HOSTS:
        settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, name]
    django.setup()

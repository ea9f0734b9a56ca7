"""Starts Django in the web process, with the names it is reached by and cookies of its own port."""

from __future__ import annotations

import os

import django

from minerconsole.web.listen import host_names


def prepare_django(host: str, port: int) -> None:
    """Load the settings of a page that listens on `host` and `port`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minerconsole.settings")
    os.environ["DJANGO_LAYER"] = "web"  # the runner, which started us, may need less
    from django.conf import settings

    settings.ALLOWED_HOSTS = [*dict.fromkeys([*settings.ALLOWED_HOSTS, *host_names(host)])]
    settings.SESSION_COOKIE_NAME = f"{settings.SESSION_COOKIE_NAME}_{port}"
    settings.CSRF_COOKIE_NAME = f"{settings.CSRF_COOKIE_NAME}_{port}"
    django.setup()

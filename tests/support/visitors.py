"""People of a console and their browsers: users with a role, logged-in clients, cookies for raw ASGI requests."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client

HOST = "127.0.0.1:3333"
ROLES = ("stranger", "roleless", "viewer", "operator", "admin")


def make_user(role: str, *, name: str = "", password: str | None = None) -> User:
    """Make a user with `role` (viewer, operator, admin), or with none (roleless)."""
    user = User.objects.create_user(name or f"the-{role}", password=password)
    if role in ("viewer", "operator", "admin"):
        user.groups.add(Group.objects.get_or_create(name=role)[0])
    return user


def client_for(user: User | None = None, *, is_fresh: bool = True, **more: Any) -> Client:
    """A browser of this console, logged in as `user`, who proved just now (or not) who they are."""
    client = Client(headers={"host": HOST}, **more)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        session = client.session
        if is_fresh:
            session["proved_at"] = time.time()
        session.save()
    return client


def cookie_of(user: User) -> str:
    """The Cookie header of a logged-in browser."""
    client = client_for(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"

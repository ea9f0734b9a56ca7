"""A whole running console as a person meets it: miner, page, and somebody logged in by the printed link."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.support.homes import manage
from tests.support.mine import MineRun, mining
from tests.support.process_facts import free_port, until
from tests.support.web_peer import answers

LIGHT = ("--offline", "--light", "--difficulty", "6", "--threads", "1")
_MAKE_USER = """
from django.contrib.auth.models import Group, User
user = User.objects.create_user({name!r}, password={password!r})
user.groups.add(Group.objects.get_or_create(name={role!r})[0])
"""
_AGE_PROOFS = """
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from mining.services.visitors import mark_fresh
for row in Session.objects.all():
    session = SessionStore(row.session_key)
    if session.get("_auth_user_id") == str(User.objects.get(username={name!r}).pk):
        mark_fresh(session, now=0.0)
        session.save()
"""
GENTLE = 20  # percent: what is looked at are pages, and the browser wants the processors
START_S = 120.0  # beside other tests: what hashes has the lower priority
PASSWORD = "correct horse battery staple"


@dataclass
class Site:
    """A miner with its page. `state`: the browser state of somebody who logged in as administrator."""

    run: MineRun
    port: int
    state: Any = None

    @property
    def address(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def home(self) -> Path:
        """The run's home folder."""
        return self.run.home

    def is_served(self) -> bool:
        """Whether the page answers."""
        return answers(self.port)

    def make_user(self, name: str, role: str) -> None:
        """Add a person who logs in with PASSWORD."""
        done = manage(self.home, "shell", "-c", _MAKE_USER.format(name=name, role=role, password=PASSWORD))
        assert done.returncode == 0, done.stderr

    def age_proofs(self, name: str) -> None:
        """As if this person had given the password long ago: what needs a fresh one asks for it."""
        done = manage(self.home, "shell", "-c", _AGE_PROOFS.format(name=name))
        assert done.returncode == 0, done.stderr

    def login_link(self) -> str:
        """An address that logs the administrator in, once."""
        return manage(self.home, "login").stdout.strip()

    def log_in(self, browser: Browser, name: str = "") -> Any:
        """Log in at the page, by a fresh link or as `name` with PASSWORD; returns the state to open pages with."""
        context = browser.new_context()
        try:
            page = context.new_page()
            if name:
                page.goto(f"{self.address}/login")
                page.fill("input[name=username]", name)
                page.fill("input[name=password]", PASSWORD)
                page.click("main button[type=submit]")
                page.wait_for_url(lambda address: "/login" not in address)
            else:
                page.goto(self.login_link())
            return context.storage_state()
        finally:
            context.close()


@contextmanager
def site(
    folder: Path,
    self_tested: Path,
    *options: str,
    browser: Browser | None = None,
    intensity: int = GENTLE,
    environment: dict[str, str] | None = None,
) -> Iterator[Site]:
    """Start `mine` with its page (offline, light, one core, unless `options` say otherwise), stopped at the end.

    It hashes with `intensity` percent from then on, as somebody could have asked for on the page.
    """
    port = free_port()
    words = options or LIGHT
    words = (*words, "--listen", f"127.0.0.1:{port}")
    with mining(folder, *words, self_test=self_tested, environment=environment) as run:
        run.wait_mining(START_S)
        here = Site(run, port)
        run.ask("intensity", value=intensity)
        until(here.is_served, 60.0, "the page is served")
        if browser is not None:
            here.state = here.log_in(browser)
        yield here

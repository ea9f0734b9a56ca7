"""A home folder with a database of its own, and logging in to the real web process that serves it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.prepared_home import DATABASE, prepared_home

ROOT = Path(__file__).resolve().parents[2]


def make_database(home: Path) -> None:
    """Give `home` an up-to-date, empty database."""
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(prepared_home() / DATABASE, home / DATABASE)


def manage(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py WORDS` for this home and return what came of it."""
    environment = {**os.environ, "MINERCONSOLE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "minerconsole.settings"}
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)


def make_login_link(home: Path) -> str:
    """Run the command `login` and return the link that it prints."""
    done = manage(home, "login")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def log_in(link: str) -> str:
    """Open a login link as a browser does and return the cookies it sets."""
    status, cookie, _ = open_link(link)
    assert status == 302, f"{link} was answered with {status}"
    return cookie


def open_link(link: str, *, host: str = "") -> tuple[int, str, str]:
    """Open a link, under another host name if one is given; returns status, cookies and body."""
    parts = urlsplit(link)
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=20)
    try:
        connection.request("GET", parts.path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        return answer.status, "; ".join(cookies), answer.read().decode()
    finally:
        connection.close()

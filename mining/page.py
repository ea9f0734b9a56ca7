"""The page of a home as other processes find it: where it is served, and a login link that waits for its first use.

Two small files: run/page.json says where, secrets/login-link (0600) holds the link. Knows no Django.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path

from mining.configuration.endpoints import is_loopback
from mining.hardware.sysfs import is_alive
from mining.secret_files import FOLDER, replace_secret

LINK_NAME = "login-link"
LINK_GOOD_FOR_S = 15 * 60
_NOTE = "page.json"


def note_page(home: Path, host: str, port: int) -> None:
    """Say that this process serves the page there."""
    folder = home / "run"
    with suppress(OSError):  # without the note, commands say the configured address
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / _NOTE).write_text(json.dumps({"pid": os.getpid(), "host": host, "port": port}))


def noted_page(home: Path) -> tuple[str, int] | None:
    """Return host and port of the page that is served now, None when none is."""
    try:
        note = json.loads((home / "run" / _NOTE).read_text())
        host, port, pid = str(note["host"]), int(note["port"]), int(note["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (host, port) if is_alive(pid) else None


def page_url(host: str, port: int) -> str:
    """Return the address of the page for a browser on this computer, when it listens on `host`."""
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def link_url(host: str, port: int, secret: str) -> str:
    """Return the login link."""
    return f"{page_url(host, port)}login/{secret}"


def keep_link(home: Path, url: str) -> Path:
    """Write the link where only this user can read it, and return the file. Raises OSError."""
    replace_secret(home, LINK_NAME, url)
    return home / FOLDER / LINK_NAME


def waiting_link(home: Path, *, now: float | None = None) -> str | None:
    """Return the link that was kept and can still be good, by the age of its file."""
    path = home / FOLDER / LINK_NAME
    try:
        age_s = (time.time() if now is None else now) - path.stat().st_mtime
        return path.read_text().strip() if 0 <= age_s < LINK_GOOD_FOR_S else None
    except OSError:
        return None


def forget_link(home: Path) -> None:
    """Take the file away: the link was used, or nobody should read an old one."""
    with suppress(OSError):
        (home / FOLDER / LINK_NAME).unlink(missing_ok=True)


def opens_to_others(host: str) -> bool:
    """Whether other computers could reach a page that listens on `host`."""
    return not is_loopback(host)

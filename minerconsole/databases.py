"""Django's DATABASES: the SQLite file of the home, or the PostgreSQL database that the key DATABASE names.

Both give up on a lock after the same time, and on both a lost connection is noticed within seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mining.configuration.computer_keys import computer_value
from mining.configuration.database_url import DatabaseUrl

_CONNECT_S = 5
# A peer that vanished without a word: three unanswered probes after ten quiet seconds, or 15 s of unconfirmed data.
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
# A process that stops in the middle of a transaction must not hold its locks for ever.
_IDLE_IN_TRANSACTION_S = 60


def databases(home: Path, environ: Mapping[str, str], *, timeout_s: int) -> dict[str, dict[str, Any]]:
    """Return the setting. `timeout_s`: how long to wait for a lock. Raises ConfigurationError for a bad address."""
    url = computer_value("DATABASE", environ)
    return {"default": _postgresql(url, timeout_s) if isinstance(url, DatabaseUrl) else sqlite(home, timeout_s)}


def broker_address(environ: Mapping[str, str]) -> str:
    """Return the address of the fleet's broker, "" for none. Raises ConfigurationError for a bad one."""
    return str(computer_value("BROKER", environ) or "")


def public_broker_address(environ: Mapping[str, str]) -> str:
    """Return the broker's address as nodes reach it, "" for the same one. Raises ConfigurationError for a bad one."""
    return str(computer_value("BROKER_PUBLIC", environ) or "")


def sqlite(home: Path, timeout_s: int) -> dict[str, Any]:
    """The file in the home."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": home / "console.sqlite3",
        "OPTIONS": {
            # A writer takes its lock at BEGIN: two of them wait in turn and never fail half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": timeout_s,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
        },
    }


def _postgresql(url: DatabaseUrl, timeout_s: int) -> dict[str, Any]:
    session = {
        "lock_timeout": f"{timeout_s}s",
        "idle_in_transaction_session_timeout": f"{_IDLE_IN_TRANSACTION_S}s",
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.name,
        "HOST": url.host,
        "PORT": str(url.port),
        "USER": url.user,
        "PASSWORD": url.password,
        "OPTIONS": {
            "connect_timeout": _CONNECT_S,
            "application_name": "minerconsole",
            "options": " ".join(f"-c {name}={value}" for name, value in session.items()),
            **_KEEPALIVE,
            **url.options,
        },
    }

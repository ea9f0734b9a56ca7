"""Whether there is a database to ask at all, and what it is called in sentences."""

from __future__ import annotations

from pathlib import Path

from django.db import connection

FILE_NAME = "console.sqlite3"


def is_made(home: Path) -> bool:
    """Whether rows can be asked for: not before the SQLite file of `home` was made. Connects to nothing."""
    return connection.vendor != "sqlite" or (home / FILE_NAME).exists()


def database_name(home: Path) -> str:
    """What people call it: the folder of the file, or where PostgreSQL is."""
    if connection.vendor == "sqlite":
        return f"in {home}"
    settings = connection.settings_dict
    return f"{settings['NAME']} on {settings['HOST'] or 'this computer'}:{settings['PORT']} (PostgreSQL)"

"""The secret key of this home: made once, kept in HOME/secrets (0600). Never logged, never printed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from mining.errors import CannotStartError

_FOLDER = "secrets"
_NAME = "django-secret-key"


def secret_key(home: Path) -> str:
    """Return the key of `home`, making it first when there is none. Raises CannotStartError when it cannot."""
    path = home / _FOLDER / _NAME
    try:
        if not path.exists():
            _make(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise CannotStartError(
            f"The secret key {path} cannot be used ({error.strerror})",
            next_step="Make that folder yours, or name another home with --home.",
            code="secret_unusable",
        ) from None


def _make(path: Path) -> None:
    """Write the whole key under another name and link it, so that two processes agree on the first one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        temporary.unlink()

"""Secrets in HOME/secrets: made once, 0600, whole or not at all. No logging, no third party."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from mining.errors import CannotStartError

FOLDER = "secrets"


def secret_text(home: Path, name: str, make: Callable[[], str] | None = None) -> str:
    """Return the content of HOME/secrets/`name`, made by `make` when it is not there yet.

    Raises FileNotFoundError without `make`, CannotStartError (exit 3) when the file cannot be used.
    """
    path = home / FOLDER / name
    try:
        if make is not None and not path.exists():
            _make(path, make())
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise CannotStartError(
            f"The secret file {path} cannot be used ({why})",
            next_step="Make that folder yours, or name another home with --home.",
            code="secret_unusable",
        ) from None


def replace_secret(home: Path, name: str, text: str) -> None:
    """Write HOME/secrets/`name` anew, whole at once. Raises OSError."""
    path = home / FOLDER / name
    temporary = _written_beside(path, text)
    os.replace(temporary, path)


def _make(path: Path, text: str) -> None:
    """Write the whole secret under another name and link it, so that two processes agree on the first one."""
    temporary = _written_beside(path, text)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        temporary.unlink()


def _written_beside(path: Path, text: str) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")  # threads do this at once, too
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return temporary

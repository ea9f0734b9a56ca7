"""The secret key of this home: made once, kept in HOME/secrets (0600). Never logged, never printed."""

from __future__ import annotations

import secrets
from pathlib import Path

from mining.secret_files import secret_text

_NAME = "django-secret-key"


def secret_key(home: Path) -> str:
    """Return the key of `home`, making it first when there is none. Raises CannotStartError when it cannot."""
    return secret_text(home, _NAME, lambda: secrets.token_urlsafe(48))

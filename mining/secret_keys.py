"""The keys under which secrets are kept in the database: HOME/secrets/fernet.keys, one a line, the first encrypts."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from mining.errors import MinerConsoleError
from mining.secret_files import replace_secret, secret_text

_NAME = "fernet.keys"
_KEPT = 4


class SecretUnreadableError(MinerConsoleError):
    """A secret in the database was encrypted under a key that is not in HOME/secrets/fernet.keys any more."""

    default_code = "secret_unreadable"


def encrypt(home: Path, plain: bytes) -> bytes:
    """Return the token of `plain` under the newest key."""
    return _ring(_keys(home)).encrypt(plain)


def decrypt(home: Path, token: bytes) -> bytes:
    """Return what a token holds. Raises SecretUnreadableError."""
    try:
        return _ring(_keys(home)).decrypt(token)
    except InvalidToken:
        raise SecretUnreadableError(
            "A stored password cannot be read: its key is not in secrets/fernet.keys",
            next_step="Put the old key file back, or enter the password again.",
        ) from None


def rotated(home: Path, token: bytes) -> bytes:
    """Return the same secret under the newest key. Raises SecretUnreadableError."""
    try:
        return _ring(_keys(home)).rotate(token)
    except InvalidToken:
        raise SecretUnreadableError("A stored password cannot be read, so it cannot be rotated") from None


def add_key(home: Path) -> int:
    """Put a new key before the others, of which the newest stay; returns how many there are. Raises OSError."""
    keys = [Fernet.generate_key().decode(), *_keys(home).split()][:_KEPT]
    replace_secret(home, _NAME, "\n".join(keys))
    return len(keys)


def _keys(home: Path) -> str:
    return secret_text(home, _NAME, lambda: Fernet.generate_key().decode())


@lru_cache(maxsize=4)
def _ring(keys: str) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys.split()])

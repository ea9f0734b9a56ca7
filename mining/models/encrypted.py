"""Fields that are encrypted at rest: Fernet tokens (AES-128-CBC with HMAC-SHA256) under the keys of HOME/secrets.

The first key encrypts, every key decrypts, so that keys can be rotated (`manage.py rotate_secrets`). Such a field can
not be searched or ordered by.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from mining.secret_keys import decrypt, encrypt


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text in Python, a Fernet token in the database. The empty text stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way in."""
        text = super().get_prep_value(value)
        return encrypt(settings.MINERCONSOLE_HOME, text.encode()).decode("ascii") if text else text

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> str | None:
        """Decrypt on the way out. Raises SecretUnreadableError when no key fits."""
        return decrypt(settings.MINERCONSOLE_HOME, value.encode("ascii")).decode() if value else value

    def value_to_string(self, obj: models.Model) -> str:
        """Never put a secret into a dump."""
        return ""


class EncryptedBytesField(models.BinaryField):  # type: ignore[type-arg]
    """Bytes in Python, a Fernet token in the database."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Encrypt on the way in."""
        token = encrypt(settings.MINERCONSOLE_HOME, bytes(value)) if value else value
        return super().get_db_prep_value(token, connection, prepared)

    def from_db_value(self, value: bytes | memoryview | None, _expression: object, _connection: object) -> bytes | None:
        """Decrypt on the way out. Raises SecretUnreadableError when no key fits."""
        return decrypt(settings.MINERCONSOLE_HOME, bytes(value)) if value else value  # type: ignore[return-value]

    def value_to_string(self, obj: models.Model) -> str:
        """Never put a secret into a dump."""
        return ""

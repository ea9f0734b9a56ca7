"""`rotate-secrets`: put the passwords in the database under a new key."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings

from mining.errors import CannotStartError
from mining.management.rows_command import Answer, Options, RowsCommand, add_common
from mining.services.actors import COMMAND_LINE
from mining.services.secret_rotation import secrets_rotate


class Command(RowsCommand):
    """A new key for the secrets."""

    help = "Encrypt the passwords in the database under a new key of HOME/secrets; the newest old keys stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the common options."""
        add_common(parser)

    def act(self, _options: Options) -> Answer:
        """Rotate. Raises CannotStartError when the key file cannot be written."""
        home: Path = settings.MINERCONSOLE_HOME
        try:
            done = secrets_rotate(COMMAND_LINE, home)
        except OSError as error:
            raise CannotStartError(
                f"The key file in {home / 'secrets'} cannot be written ({error.strerror})",
                next_step="Make that folder yours, or free space on its disk.",
                code="secret_unusable",
            ) from None
        sentence = (
            f"{done.secrets} secrets are under a new key; secrets/fernet.keys has {done.keys} keys. Backups of the "
            "database need the keys of their time: keep the file with them."
        )
        return Answer({"secrets": done.secrets, "keys": done.keys}, [sentence])

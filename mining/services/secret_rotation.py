"""Puts every secret of the database under a new key.

Crash-safe by its order: first everything is brought under the present key (in case a rotation was cut short), then the
new key is written before the old ones, then everything is encrypted anew in one transaction. At every moment each
secret is readable with a key in the file, because old keys stay and never more than one is added at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from mining.models import Endpoint, Plan, Pool
from mining.secret_keys import add_key
from mining.services.actors import Actor, Role, require
from mining.services.events import event_record


@dataclass(frozen=True, slots=True)
class Rotation:
    """How many secrets were encrypted anew, and how many keys there are."""

    secrets: int
    keys: int


def secrets_rotate(actor: Actor, home: Path) -> Rotation:
    """Encrypt all secrets of the database under a new key. Needs an administrator.

    Raises SecretUnreadableError, before anything is changed, when one of them cannot be read; OSError.
    """
    require(actor, Role.ADMIN, "rotate secrets")
    _encrypt_anew()
    keys = add_key(home)
    with transaction.atomic():
        count = _encrypt_anew()
        sentence = f"{actor.name} put {count} secrets under a new key"
        event_record(actor, kind="secrets.rotated", sentence=sentence, new={"count": count, "keys": keys})
    return Rotation(count, keys)


@transaction.atomic
def _encrypt_anew() -> int:
    """Read every secret and write it again, which encrypts it under the newest key; returns how many there are.

    Rows are held while that lasts: a password that is changed meanwhile would be put back.
    """
    count = 0
    for pool in list(Pool.objects.select_for_update().exclude(password="").only("password")):
        count += Pool.objects.filter(pk=pool.pk).update(password=pool.password)
    for endpoint in list(Endpoint.objects.select_for_update().exclude(rpc_password="").only("rpc_password")):
        count += Endpoint.objects.filter(pk=endpoint.pk).update(rpc_password=endpoint.rpc_password)
    for plan in list(Plan.objects.select_for_update().only("document")):
        count += Plan.objects.filter(pk=plan.pk).update(document=plan.document)
    return count

"""Writes the event log: who did what, from what to what. Secrets are told as "set" or "changed", never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.utils import timezone

from mining.addresses import looks_like_secret, mask_address
from mining.models import Event, Node
from mining.services.actors import Actor

LEVELS = ("info", "warning", "error")
_SECRET = re.compile(r"password|passphrase|secret|seed|private|token", re.IGNORECASE)
_PAYEE = re.compile(r"address|wallet|payee", re.IGNORECASE)
_HARMLESS = re.compile(r"fingerprint|public_key|digest|name|kind", re.IGNORECASE)
_LONGEST_SENTENCE = 400
_HIDDEN = "(not shown)"

Values = Mapping[str, Any]


def event_record(
    actor: Actor,
    *,
    kind: str,
    sentence: str,
    level: str = "info",
    node: Node | None = None,
    target: Model | None = None,
    old: Values | None = None,
    new: Values | None = None,
) -> Event:
    """Write one event and return it.

    `kind` is stable for programs (pool.changed), `sentence` is for people and must hold no secret. `old` and `new` are
    masked here, by the names of their keys. Needs no role: whoever may act is recorded.
    """
    masked_old, masked_new = masked_change(old or {}, new or {})
    return Event.objects.create(
        at=timezone.now(),
        level=level,
        kind=kind,
        sentence=sentence[:_LONGEST_SENTENCE],
        user_id=actor.user_id,
        actor=actor.name[:150],
        address=actor.address,
        node=node,
        target_kind=target._meta.model_name or "" if target is not None else "",
        target_id=str(target.pk) if target is not None and target.pk is not None else "",
        old=masked_old,
        new=masked_new,
    )


def masked_change(old: Values, new: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both sides of a change as they may be shown: a secret as "set" or "changed", a payee shortened."""
    before = {key: _masked(key, value) for key, value in old.items()}
    after = {key: _masked(key, value) for key, value in new.items()}
    for key in after.keys() & before.keys():
        if _is_secret(key) and old[key] and new[key] and old[key] != new[key]:
            after[key] = "changed"
    return before, after


def _is_secret(key: str) -> bool:
    return bool(_SECRET.search(key)) and not key.endswith("_name")


def _masked(key: str, value: Any) -> Any:
    if _is_secret(key):
        return "set" if value else ""
    if isinstance(value, Mapping):
        return {each: _masked(each, inner) for each, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(key, inner) for inner in value]
    if not isinstance(value, str):
        return value
    if not _HARMLESS.search(key) and looks_like_secret(value):
        return _HIDDEN
    return mask_address(value) if _PAYEE.search(key) and not _HARMLESS.search(key) else value

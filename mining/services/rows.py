"""Saves and deletes rows in the name of an actor: the history row says who and why, the event from what to what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.db import IntegrityError, models

from mining.models import Node
from mining.services.actors import Actor
from mining.services.errors import ConflictError, NotFoundError
from mining.services.events import event_record

RowT = TypeVar("RowT", bound=models.Model)


def as_changed_by(actor: Actor, row: models.Model, reason: str = "") -> None:
    """Have the next history row of `row` name `actor` (and why). Asks the database for nothing."""
    row._history_user = get_user_model()(pk=actor.user_id) if actor.user_id else None  # type: ignore[attr-defined]
    row._change_reason = (reason or f"by {actor.name}")[:100]  # type: ignore[attr-defined]


def row_save(actor: Actor, row: models.Model, reason: str = "") -> None:
    """Save `row`, with a history row in the name of `actor`. Raises ConflictError when somebody was faster."""
    as_changed_by(actor, row, reason)
    try:
        row.save()
    except IntegrityError:
        raise ConflictError(
            f"{row} was added or changed by somebody else at the same moment",
            next_step="Look at the list again.",
            code="duplicate",
        ) from None


def row_delete(actor: Actor, row: models.Model, reason: str = "") -> None:
    """Delete `row`, with a history row in the name of `actor`. Raises ConflictError when others point to it."""
    as_changed_by(actor, row, reason)
    try:
        row.delete()
    except models.ProtectedError:
        raise ConflictError(f"{row} is in use", next_step="Take it out of what uses it first.", code="in_use") from None


def locked(row: RowT, what: str) -> RowT:
    """Return `row` as it is now, locked until the transaction ends. Raises NotFoundError when it is gone."""
    found = type(row)._default_manager.select_for_update().filter(pk=row.pk).first()
    if found is None:
        raise NotFoundError(f"The {what} {row} is not there any more", next_step="Look at the list again.")
    return found


def changed_values(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what differs between two states of a row, both sides."""
    before = {key: value for key, value in old.items() if key not in new or new[key] != value}
    after = {key: value for key, value in new.items() if key not in old or old[key] != value}
    return before, after


def change_record(
    actor: Actor, kind: str, row: models.Model, old: Mapping[str, Any], new: Mapping[str, Any], *, what: str
) -> None:
    """Write the event of one change of a row; `what` is its kind for people. Nothing changed: nothing is written."""
    before, after = changed_values(old, new)
    if not before and not after:
        return
    verb = kind.rpartition(".")[2]
    keys = f": {', '.join(sorted(after))}" if verb == "changed" else ""
    node = row if isinstance(row, Node) else None
    sentence = f"{actor.name} {verb} the {what} {row}{keys}"
    event_record(actor, kind=kind, sentence=sentence, node=node, target=row, old=before, new=after)

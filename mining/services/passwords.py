"""Sets a user's password. The password itself is never kept, logged or told."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from mining.services.actors import Actor, Role, require, require_fresh
from mining.services.errors import InvalidError
from mining.services.events import event_record


def password_set(actor: Actor, user: User, password: str) -> None:
    """Give `user` a password: one's own with a fresh session, another's as an admin with a fresh session.

    Raises ForbiddenError, or InvalidError (argument `password`) for one that is easy to guess.
    """
    if actor.user_id != user.pk:
        require(actor, Role.ADMIN, "change another user's password")
    require_fresh(actor, "A password is changed")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidError({"password": list(error.messages)}) from None
    user.set_password(password)
    user.save(update_fields=["password"])
    sentence = f"{actor.name} set the password of {user.get_username()}"
    event_record(actor, kind="user.password_set", sentence=sentence, target=user)

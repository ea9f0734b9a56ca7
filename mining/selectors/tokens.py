"""Reads tokens of programs. Never their secrets: those are not kept."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from mining.models import ApiToken
from mining.selectors.finding import number_in
from mining.services.errors import ConflictError, NotFoundError


def token_list(*, user_id: int | None = None, is_usable: bool | None = None) -> QuerySet[ApiToken]:
    """The tokens, newest first, each with its owner; of one user; only those that still work, or do not. One query."""
    rows = ApiToken.objects.select_related("user").order_by("-created_at", "-pk")
    if user_id is not None:
        rows = rows.filter(user_id=user_id)
    if is_usable is None:
        return rows
    works = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
    return rows.filter(works if is_usable else ~works)


def token_get(word: str) -> ApiToken:
    """The token of a number, or the only one with this name or beginning. Raises NotFoundError, ConflictError."""
    rows = token_list()
    is_it = Q(name__iexact=word) | Q(prefix=word) | Q(pk=number_in(word))
    found = list(rows.filter(is_it)) if word.isprintable() else []
    if not found:
        raise NotFoundError(f"There is no token {word[:40]!r}", next_step="Look at the list of tokens.")
    if len(found) > 1:
        numbers = ", ".join(str(row.pk) for row in found)
        raise ConflictError(f"{len(found)} tokens are called {word!r}", next_step=f"Give a number: {numbers}.")
    return found[0]

"""Finds one row by the name that people gave it, or says which name is near."""

from __future__ import annotations

import difflib
import re
from typing import TypeVar

from django.db.models import Model, QuerySet

from mining.addresses import looks_like_secret
from mining.services.errors import NotFoundError

RowT = TypeVar("RowT", bound=Model)


def number_in(text: str) -> int:
    """The number of a row that a person wrote, 0 for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0


def found_by_name(rows: QuerySet[RowT], name: str | int, what: str) -> RowT:
    """Return the row of a name (in any case) or, where no name fits, of a number. Raises NotFoundError."""
    text = str(name).strip()
    row = rows.filter(name__iexact=text).first() if isinstance(name, str) and text.isprintable() else None
    if row is None and (number := number_in(text)):
        row = rows.filter(pk=number).first()
    if row is not None:
        return row
    names = list(rows.values_list("name", flat=True)[:500])
    near = difflib.get_close_matches(text, names, n=1)
    listed = f"Choose one of: {', '.join(names[:9])}." if names else f"There is no {what} yet."
    shown = "of that name" if looks_like_secret(text) else repr(text[:40])
    raise NotFoundError(f"There is no {what} {shown}", next_step=f"Did you mean {near[0]!r}?" if near else listed)

"""Cuts lists that grow for ever into pages, newest first. A page names the row behind which the next one begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from mining.services.errors import InvalidError

RowT = TypeVar("RowT", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Some rows. `before` asks for the page behind them; None when there is none."""

    rows: list[RowT]
    before: int | None


def newest(rows: QuerySet[RowT], *, by: str, limit: int, before: int | None = None) -> Page[RowT]:
    """One page of `rows` by the time in the field `by`, in two queries at most. Rows that come later move nothing.

    `before`: number of the last row of the page in front. Raises InvalidError when there is no such row.
    """
    if before is not None:
        at = rows.model._default_manager.filter(pk=before).values_list(by, flat=True).first()
        if at is None:
            raise InvalidError({"before": [f"{before} is no place in this list. Use the number that a page gave."]})
        rows = rows.filter(Q(**{f"{by}__lt": at}) | Q(**{by: at, "pk__lt": before}))
    found = list(rows.order_by(f"-{by}", "-pk")[: limit + 1])
    page = found[:limit]
    return Page(page, page[-1].pk if len(found) > limit else None)

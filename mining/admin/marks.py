"""Unfold's decorators with types: columns and read-only fields, and buttons on top of a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from unfold.decorators import action, display

AnyCallable = TypeVar("AnyCallable", bound=Callable[..., Any])


def shown(
    description: str, *, ordering: str | None = None, boolean: bool | None = None
) -> Callable[[AnyCallable], AnyCallable]:
    """Mark a method as a column or field with this title."""

    def mark(function: AnyCallable) -> AnyCallable:
        return cast(AnyCallable, display(function, description=description, ordering=ordering, boolean=boolean))

    return mark


def button(description: str, *, icon: str, permission: str) -> Callable[[AnyCallable], AnyCallable]:
    """Mark a view as a button, offered and allowed by `has_<permission>_permission`."""

    def mark(function: AnyCallable) -> AnyCallable:
        return cast(AnyCallable, action(function, description=description, icon=icon, permissions=(permission,)))

    return mark

"""Pages of actions: a question with its consequences, and a button. Looking at one changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


@dataclass(frozen=True, slots=True)
class Act:
    """What is asked. `facts`: label and value; `rows` under `columns`: what would change; `result`: what came of it."""

    title: str
    question: str
    button: str
    back: str
    form: forms.Form | None = None
    facts: Sequence[tuple[str, str]] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    result: str = ""
    is_good: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)


def show_act(request: HttpRequest, admin: Any, act: Act) -> HttpResponse:
    """Return the page of an action of `admin` (a RoleAdmin)."""
    context = {
        **admin.admin_site.each_context(request),
        "title": act.title,
        "opts": admin.opts,
        "act": act,
        **act.extra,
    }
    request.current_app = admin.admin_site.name  # Django's admin reads it
    status = 422 if act.form is not None and act.form.errors else 200
    return TemplateResponse(request, "admin/console/act.html", context, status=status)

"""What every page of the admin shares: roles instead of flags, services instead of saves, sentences beside fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from mining.admin.site import actor_of
from mining.errors import MinerConsoleError
from mining.services.actors import Actor, Role
from mining.services.errors import ServiceError
from mining.services.typed import WithoutSecrets

ERRORS = "console_errors"  # where a request carries what a service refused
_CONFIRM = ("confirm", "confirm_needed")


class ServiceForm(WithoutSecrets, forms.ModelForm):  # type: ignore[type-arg]  # of many models
    """A model form that shows what a service refused beside the field it is about."""

    service_errors: ClassVar[Mapping[str, Sequence[str]]] = {}
    field_of: ClassVar[Mapping[str, str]] = {}
    """What the service calls something → the field of the form that stands for it."""

    def clean(self) -> dict[str, Any]:
        """Add the service's sentences; a name that is no field of the form goes on top."""
        values = super().clean() or {}
        for name, sentences in self.service_errors.items():
            if name.startswith("endpoints."):
                continue  # beside the row it is about
            field = self.field_of.get(name, name)
            for sentence in sentences:
                self.add_error(field if field in self.fields else None, sentence)
        return values


class RoleAdmin(ModelAdmin):  # type: ignore[misc]  # it carries no types
    """A page whose buttons depend on the role, and whose changes are calls of services.

    `add_role`, `change_role`, `delete_role`, `act_role` (the buttons on top): who may; None is nobody.
    `empty_hint`: what to do when the list is empty.
    """

    form = ServiceForm
    actions = None  # each change is one call of a service: nothing is done to many rows at once
    view_role: Role = Role.VIEWER
    add_role: Role | None = None
    change_role: Role | None = None
    delete_role: Role | None = None
    act_role: Role | None = None
    empty_hint = "There is nothing here yet."
    has_history = False
    list_per_page = 50
    show_full_result_count = False
    compressed_fields = False
    warn_unsaved_form = True

    # --- roles ------------------------------------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether it is listed at all."""
        return _may(request, self.view_role)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether it may be looked at."""
        return _may(request, self.view_role)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether rows may be added."""
        return _may(request, self.add_role)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether rows may be changed."""
        return _may(request, self.change_role)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether rows may be removed."""
        return _may(request, self.delete_role)

    def has_act_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the buttons on top of a row are offered."""
        return _may(request, self.act_role)

    # --- services ---------------------------------------------------------------------------------------------------

    def create(self, actor: Actor, form: forms.ModelForm[Any], formsets: Sequence[Any]) -> Model:
        """Make the row that the form describes, by a service."""
        raise NotImplementedError

    def update(self, actor: Actor, row: Any, form: forms.ModelForm[Any], formsets: Sequence[Any]) -> None:
        """Change the row as the form says, by a service."""
        raise NotImplementedError

    def remove(self, actor: Actor, row: Any) -> None:
        """Remove the row, by a service."""
        raise NotImplementedError

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form class of this request, with what a service has just refused."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.service_errors = getattr(request, ERRORS, {})
        return form

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Nothing yet: row and related rows are one call, in `save_related`."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Hand everything to the service."""
        if change:
            self.update(actor_of(request), form.instance, form, formsets)
        else:
            row = self.create(actor_of(request), form, formsets)
            form.instance.pk = row.pk
            form.instance.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Hand it to the service, which knows what must stay."""
        self.remove(actor_of(request), obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name the rows alone: what else stands in the way is told by the service."""
        return [str(obj) for obj in objs], {self.opts.verbose_name_plural: len(objs)}, set(), []

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save; what a service refuses comes back in the same form, with what was typed."""
        context = {"show_history": self.has_history, "show_save_and_add_another": False, **(extra_context or {})}
        try:
            answer: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        except ServiceError as error:
            if error.code in _CONFIRM:
                return to_confirm(request)
            setattr(request, ERRORS, error.fields or {"": [error.sentence]})
            answer = super().changeform_view(request, object_id, form_url, context)
        return answer

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, then remove; a refusal is told on the row's page."""
        try:
            answer: HttpResponse = super().delete_view(request, object_id, extra_context)
        except ServiceError as error:
            messages.error(request, error.sentence)
            return HttpResponseRedirect(self.url_of("change", object_id))
        return answer

    # --- what Django's admin would write by itself: the event log tells it -------------------------------------------

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """The service wrote the event."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """The service wrote the event."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """The service wrote the event."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Nothing: see above."""
        return []

    def url_of(self, page: str, *arguments: Any) -> str:
        """The address of a page of this model: changelist, add, change, delete or an action."""
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=arguments)

    def row_or_404(self, request: HttpRequest, object_id: str) -> Any:
        """Return the row for an action. Raises Http404."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404(f"There is no {self.opts.verbose_name} {object_id}")
        return row


class HistoryAdmin(SimpleHistoryAdmin, RoleAdmin):  # type: ignore[misc]  # it carries no types
    """A page with the history of each row; nothing is put back from there."""

    has_history = True

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show how a row was; never take that for a form."""
        if request.method != "GET":
            raise PermissionDenied
        context = {"opts": self.opts, **(extra_context or {})}  # the row's, which has a history: the version has none
        answer: HttpResponse = super().history_form_view(request, object_id, version_id, context)
        return answer


class ReadOnlyAdmin(RoleAdmin):
    """Rows that nobody changes by hand."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything."""
        return self.readonly_fields or [field.name for field in self.opts.fields]


class MadeOnceAdmin(ReadOnlyAdmin):
    """Rows that are made with `add_form`, whose fields are `add_fields`, then only looked at (`readonly_fields`)."""

    add_form: type[ServiceForm]
    add_fields: Sequence[str] = ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form of a new one."""
        if obj is None:
            kwargs["form"] = self.add_form
            kwargs["fields"] = self.add_form.Meta.fields  # type: ignore[attr-defined]  # each form has one
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything, once it is there."""
        return self.readonly_fields if obj is not None else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is chosen, or what there is."""
        return self.readonly_fields if obj is not None else self.add_fields


def to_confirm(request: HttpRequest) -> HttpResponse:
    """Send to "confirm that it is you" and back."""
    return HttpResponseRedirect(f"/confirm?{urlencode({'next': request.get_full_path()})}")


def attempt(request: HttpRequest, do: Callable[[], str]) -> HttpResponse | None:
    """Run an action and tell what came of it; returns where to go when the person must confirm first."""
    try:
        messages.success(request, do())
    except ServiceError as error:
        if error.code in _CONFIRM:
            return to_confirm(request)
        messages.error(request, error.sentence)
    except MinerConsoleError as error:
        messages.error(request, error.sentence)
    return None


def _may(request: HttpRequest, role: Role | None) -> bool:
    return role is not None and actor_of(request).role >= role

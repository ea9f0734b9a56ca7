"""Who may come in, in the admin: users with their role, tokens of programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import register
from django.contrib.auth.models import AbstractUser, Group, User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from mining.admin.act import Act, show_act
from mining.admin.base import MadeOnceAdmin, ReadOnlyAdmin, RoleAdmin, ServiceForm, attempt
from mining.admin.marks import button, shown
from mining.admin.site import actor_of, console
from mining.models import ApiToken
from mining.services.actors import Actor, Role, role_of_user
from mining.services.passwords import password_set
from mining.services.roles import user_create, user_role_set
from mining.services.tokens import token_create, token_revoke

_ROLES = [(role.word, role.word) for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN)]
_MEANING = "viewer: sees everything. operator: also pools, plans and control. admin: also wallets, who is paid, users."


class UserForm(ServiceForm):
    """A user and their role."""

    role = forms.ChoiceField(label="Role", choices=[*_ROLES, ("nobody", "none: cannot see anything")],
                             widget=UnfoldAdminSelectWidget, help_text=_MEANING)  # fmt: skip
    password = forms.CharField(
        label="Password", required=False, strip=False, max_length=256, widget=UnfoldAdminPasswordWidget,
        help_text="At least 10 characters. For a user who is there already, empty keeps the old one.",
    )  # fmt: skip

    class Meta:
        model = User
        fields = ("username",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["role"] = role_of_user(self.instance).word


@register(User, site=console)
class UserAdmin(RoleAdmin):
    """People."""

    form = UserForm
    view_role = add_role = change_role = Role.ADMIN
    list_display = ("username", "shown_role", "is_active", "last_login")
    list_filter = ("groups", "is_active")
    search_fields = ("username",)
    fieldsets = ((None, {"fields": ("username", "role", "password")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """The groups come along."""
        rows: QuerySet[User] = super().get_queryset(request).prefetch_related("groups")
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """A name stays: events tell it."""
        return ("username",) if obj is not None else ()

    @shown("Role")
    def shown_role(self, user: User) -> str:
        """By the groups that were fetched along."""
        if user.is_superuser:
            return Role.ADMIN.word
        words = {group.name for group in user.groups.all()}
        return next((word for word, _ in reversed(_ROLES) if word in words), "none")

    def create(self, actor: Actor, form: Any, formsets: Sequence[Any]) -> AbstractUser:
        """Make the user."""
        values = form.cleaned_data
        return user_create(
            actor, username=values["username"], password=values["password"], role=Role[values["role"].upper()]
        )

    def update(self, actor: Actor, row: User, form: Any, formsets: Sequence[Any]) -> None:
        """Give another role, a new password, or both."""
        with transaction.atomic():
            if form.cleaned_data["password"]:
                password_set(actor, row, form.cleaned_data["password"])
            user_role_set(actor, row, Role[form.cleaned_data["role"].upper()])


@register(Group, site=console)
class GroupAdmin(ReadOnlyAdmin):
    """The roles, to look at."""

    view_role = Role.ADMIN
    list_display = ("name",)
    readonly_fields = ("name", "permissions")
    empty_hint = "The roles come with the program: run the command setup."


class TokenForm(ServiceForm):
    """A new token."""

    role = forms.ChoiceField(label="Role", choices=_ROLES, widget=UnfoldAdminSelectWidget, help_text=_MEANING)

    class Meta:
        model = ApiToken
        fields = ("name", "user", "role", "expires_at")


@register(ApiToken, site=console)
class TokenAdmin(MadeOnceAdmin):
    """Tokens of programs: the secret is shown once, right after it was made."""

    add_role = act_role = Role.VIEWER  # everybody's own; the service holds the rest
    list_display = ("name", "user", "role", "prefix", "state", "last_used_at", "expires_at", "created_at")
    list_filter = ("role",)
    list_select_related = ("user",)
    search_fields = ("name", "prefix")
    actions_detail = ("revoke",)
    empty_hint = "A token lets a program use the REST API in your name. Add one; its secret is shown once."
    add_form, add_fields = TokenForm, TokenForm.Meta.fields
    readonly_fields = (
        "name",
        "user",
        "role",
        "prefix",
        "state",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """One's own; an admin sees everybody's."""
        rows: QuerySet[ApiToken] = super().get_queryset(request)
        actor = actor_of(request)
        return rows if actor.role >= Role.ADMIN else rows.filter(user_id=actor.user_id or 0)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """For oneself, with the least role."""
        return {"user": request.user.pk, "role": Role.VIEWER.word}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only admins make tokens for others."""
        if db_field.name == "user" and actor_of(request).role < Role.ADMIN:
            kwargs["queryset"] = User.objects.filter(pk=actor_of(request).user_id or 0)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @shown("State")
    def state(self, token: ApiToken) -> str:
        """Whether it still opens anything."""
        if token.revoked_at is not None:
            return "✕ revoked"
        return "✓ good"

    def create(self, actor: Actor, form: Any, formsets: Sequence[Any]) -> ApiToken:
        """Make it, and keep the secret for the answer to this request."""
        row, secret = token_create(actor, **{name: form.cleaned_data[name] for name in TokenForm.Meta.fields})
        form.instance.made_secret = secret
        return row

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the secret, this once."""
        question = "Copy the secret now: only its hash is kept, so it cannot be shown again."
        facts = [("Token", str(obj)), ("Secret", obj.made_secret), ("Use", f"Authorization: Bearer {obj.prefix}…")]
        act = Act("The token was made", question, "", self.url_of("changelist"), facts=facts)
        answer = show_act(request, self, act)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @button("Revoke", icon="block", permission="act")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End it for good."""
        token, back = self.row_or_404(request, object_id), self.url_of("change", object_id)
        if request.method == "POST":

            def end() -> str:
                token_revoke(actor_of(request), token)
                return f"{token} opens nothing any more."

            return attempt(request, end) or HttpResponseRedirect(back)
        question = "Programs that use it are refused from then on. This cannot be undone."
        return show_act(request, self, Act(f"Revoke {token}?", question, "Revoke it", back))

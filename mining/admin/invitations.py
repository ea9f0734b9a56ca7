"""Invitations to the fleet in the admin: who may still join, the token of a new one, and taking one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib.admin import SimpleListFilter, register
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from mining.admin.act import Act, show_act
from mining.admin.base import MadeOnceAdmin, ServiceForm, attempt
from mining.admin.marks import button, shown
from mining.admin.site import actor_of, console
from mining.configuration.endpoints import is_loopback
from mining.engine.signed_plan import CONSOLE_KEY, private_key_of, public_key_of
from mining.fleet.enrolment import fingerprint
from mining.models import JoinToken
from mining.program import program_name
from mining.selectors.fleet_members import join_token_list, join_tokens_open
from mining.services.actors import Actor, Role
from mining.services.fleet_tokens import LONGEST, USUAL, join_token_create, join_token_revoke

_MINUTE = timedelta(minutes=1)


class InvitationForm(ServiceForm):
    """A new invitation."""

    minutes = forms.IntegerField(
        label="Good for (minutes)", min_value=1, max_value=LONGEST // _MINUTE, initial=USUAL // _MINUTE,
        widget=UnfoldAdminIntegerFieldWidget, help_text="One machine can join with it in this time.",
    )  # fmt: skip
    field_of: ClassVar[Mapping[str, str]] = {"good_for_s": "minutes"}

    class Meta:
        model = JoinToken
        fields = ("name",)


class OpenFilter(SimpleListFilter):
    """Those with which somebody can still join, or the others."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What can be chosen."""
        return [("open", "open"), ("over", "used, taken back or too old")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JoinToken]) -> QuerySet[JoinToken]:
        """Those that are asked for."""
        is_open = join_tokens_open(timezone.now())
        match self.value():
            case "open":
                return queryset.filter(is_open)
            case "over":
                return queryset.exclude(is_open)
            case _:
                return queryset


@register(JoinToken, site=console)
class InvitationAdmin(MadeOnceAdmin):
    """Tokens with which machines join: each is shown once, right after it was made."""

    view_role = add_role = act_role = Role.ADMIN
    list_display = ("prefix", "name", "state", "expires_at", "created_by", "created_at", "node")
    list_filter = (OpenFilter,)
    search_fields = ("prefix", "name", "node__name")
    actions_detail = ("take_back",)
    empty_hint = "Add one for each machine that shall join; its token is shown once and good for minutes."
    add_form, add_fields = InvitationForm, ("name", "minutes")
    readonly_fields = (
        "prefix", "name", "state", "created_at", "created_by", "expires_at", "used_at", "revoked_at", "node",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[JoinToken]:
        """With who made them and who used them."""
        return join_token_list()

    @shown("State")
    def state(self, token: JoinToken) -> str:
        """Whether a machine can still join with it."""
        if token.used_at is not None:
            return "✓ used"
        if token.revoked_at is not None:
            return "✕ taken back"
        return "… open" if token.expires_at > timezone.now() else "✕ too old"

    def create(self, actor: Actor, form: Any, formsets: Sequence[Any]) -> JoinToken:
        """Make it, and keep the token for the answer to this request."""
        values = form.cleaned_data
        row, secret = join_token_create(actor, name=values["name"], good_for=values["minutes"] * _MINUTE)
        form.instance.made_secret = secret
        return row

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show what is typed on the machine, this once."""
        key = fingerprint(public_key_of(private_key_of(settings.MINERCONSOLE_HOME, CONSOLE_KEY)))
        address = _address_of(request)
        words = f"{program_name()} node join {address} --token {obj.made_secret} --fingerprint {key}"
        facts = [
            ("On the machine", words), ("Then", f"{program_name()} node run"), ("This console's key", key),
            ("Good until", f"{obj.expires_at:%Y-%m-%d %H:%M:%S} UTC"),
        ]  # fmt: skip
        question = "Copy it now: only its hash is kept, so it cannot be shown again. One machine can join with it."
        act = Act("The invitation was made", question, "", self._list_address(), facts=facts)
        answer = show_act(request, self, act)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @button("Take back", icon="block", permission="act")
    def take_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let nobody join with it any more."""
        token = self.row_or_404(request, object_id)
        if request.method == "POST":

            def end() -> str:
                join_token_revoke(actor_of(request), token)
                return f"Nobody joins with the token {token} any more."

            return attempt(request, end) or HttpResponseRedirect(self._list_address())
        question = "Nobody can join with it from then on. A machine that joined with it stays: remove that one instead."
        return show_act(request, self, Act(f"Take back {token}?", question, "Take it back", self._list_address()))

    def _list_address(self) -> str:
        return self.url_of("changelist")


def _address_of(request: HttpRequest) -> str:
    """Where machines reach this console: as it was asked for; from afar with TLS, which a server in front has ended."""
    host = request.get_host()
    name = urlsplit(f"//{host}").hostname or host
    return f"http://{host}" if is_loopback(name) and not request.is_secure() else f"https://{host}"

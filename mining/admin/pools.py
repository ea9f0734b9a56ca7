"""Pools in the admin: endpoints in the same form, the catalogue one click away, and a real login as the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib.admin import register
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from mining.admin.act import Act, show_act
from mining.admin.base import ERRORS, HistoryAdmin, ServiceForm, attempt
from mining.admin.live import LivePages, LiveRow, live_column
from mining.admin.live_figures import POOL_FIGURES, figure_of, pool_rows
from mining.admin.marks import button
from mining.admin.site import actor_of, console
from mining.errors import MinerConsoleError
from mining.models import Coin, Endpoint, Pool, Wallet
from mining.services.actors import Actor, Role, require
from mining.services.pool_tests import pool_test
from mining.services.pools import EndpointInput, pool_create, pool_delete, pool_from_preset, pool_update, presets_for
from mining.stratum.presets import AUTO, PRESETS
from mining.stratum.profiles import PROFILES

_SETTINGS = ("name", "coin", "profile", "difficulty", "email", "is_solo", "note")
_KEPT = "Leave it empty to keep the one that is stored."


class PoolForm(ServiceForm):
    """The settings of a pool; a stored password is never shown again."""

    profile = forms.ChoiceField(
        label="Kind of pool",
        choices=[(AUTO, "by its host name"), *((key, key) for key in PROFILES)],
        widget=UnfoldAdminSelectWidget,
        help_text="How this kind of pool reads a login. By its host name is right for the pools of the catalogue.",
    )
    new_password = forms.CharField(
        label="Password", required=False, max_length=128, strip=False, widget=UnfoldAdminPasswordWidget,
        help_text="Empty sends what this kind of pool usually gets. " + _KEPT,
    )  # fmt: skip
    without_password = forms.BooleanField(label="Forget the stored password", required=False)
    field_of: ClassVar[Mapping[str, str]] = {"password": "new_password"}

    class Meta:
        model = Pool
        fields = _SETTINGS
        labels: ClassVar[dict[str, str]] = {"is_solo": "Solo mining", "email": "E-mail"}
        help_texts: ClassVar[dict[str, str]] = {
            "is_solo": "Ask for it where the pool's login can say it.",
            "email": "To register at the pool, where its login can say it.",
        }

    def settings(self) -> dict[str, Any]:
        """What the service takes."""
        values = {name: self.cleaned_data[name] for name in _SETTINGS}
        values["difficulty"] = values["difficulty"] or 0
        if self.cleaned_data["new_password"] or self.cleaned_data["without_password"]:
            values["password"] = self.cleaned_data["new_password"]
        return values


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]
    """One host:port."""

    new_rpc_password = forms.CharField(
        label="RPC password", required=False, max_length=128, strip=False, widget=UnfoldAdminPasswordWidget
    )

    class Meta:
        model = Endpoint
        fields = ("priority", "scheme", "host", "port", "tls_fingerprint", "rpc_user", "is_enabled")
        labels: ClassVar[dict[str, str]] = {
            "priority": "Order",
            "scheme": "Kind",
            "tls_fingerprint": "TLS fingerprint",
            "rpc_user": "RPC user",
            "is_enabled": "On",
        }

    def as_input(self) -> EndpointInput:
        """What the service takes."""
        values = self.cleaned_data
        return EndpointInput(
            values["scheme"], values["host"], values["port"], values["tls_fingerprint"], values["priority"],
            values["rpc_user"], values["new_rpc_password"] or None, values["is_enabled"],
        )  # fmt: skip


class EndpointFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """The endpoints of one pool, in the order of their rows; what a service refused stands in its row."""

    service_errors: ClassVar[Mapping[str, Sequence[str]]] = {}

    def kept_forms(self) -> list[EndpointForm]:
        """The rows that are filled in and stay."""
        gone = self.deleted_forms
        forms: list[EndpointForm] = list(self.forms)  # type: ignore[arg-type]  # the inline names its form
        return [form for form in forms if form not in gone and (form.instance.pk or form.has_changed())]

    def clean(self) -> None:
        """Add the service's sentences."""
        super().clean()
        kept = self.kept_forms()
        for name, sentences in self.service_errors.items():
            _, _, rest = name.partition("endpoints.")
            number, _, field = rest.partition(".")
            if number.isdigit() and int(number) < len(kept):
                form = kept[int(number)]
                for sentence in sentences:
                    form.add_error(field if field in form.fields else None, sentence)

    def save(self, commit: bool = True) -> Any:
        """Nothing: the pool's service saves them."""
        return []


class EndpointInline(TabularInline):  # type: ignore[misc]  # it carries no types
    """Endpoints in the pool's form."""

    model = Endpoint
    form = EndpointForm
    formset = EndpointFormSet
    extra = 1
    verbose_name_plural = "Endpoints (the smallest number is tried first)"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """The form set of this request, with what a service has just refused."""
        formset = super().get_formset(request, obj, **kwargs)
        formset.service_errors = getattr(request, ERRORS, {})
        return formset

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sees the pool."""
        return actor_of(request).role >= Role.VIEWER

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever changes the pool."""
        return actor_of(request).role >= Role.OPERATOR

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever changes the pool."""
        return self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever changes the pool."""
        return self.has_change_permission(request)


class PresetForm(forms.Form):
    """Which pool of the catalogue."""

    preset = forms.ChoiceField(label="Pool", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["preset"].choices = [  # type: ignore[attr-defined]
            (
                f"{coin.ticker} {row.key}",
                f"{coin.ticker}: {row.name} ({row.url}{', added already' if row.is_added else ''})",
            )
            for coin in Coin.objects.filter(is_enabled=True)
            for row in presets_for(coin)
        ]


class PoolTestForm(forms.Form):
    """With which wallet to log in."""

    wallet = forms.ModelChoiceField(label="Wallet", queryset=Wallet.objects.none(), widget=UnfoldAdminSelectWidget)
    worker = forms.CharField(
        label="Worker", required=False, max_length=64, widget=UnfoldAdminTextInputWidget,
        help_text="Name of this computer at the pool; empty takes its host name.",
    )  # fmt: skip

    def __init__(self, pool: Pool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wallet"].queryset = Wallet.objects.filter(coin=pool.coin)  # type: ignore[attr-defined]


@register(Pool, site=console)
class PoolAdmin(LivePages, HistoryAdmin):
    """Pools and own nodes."""

    form = PoolForm
    inlines = (EndpointInline,)
    add_role = change_role = delete_role = act_role = Role.OPERATOR
    list_display = (
        "name", "coin", "live_state", "age", "endpoint", "rate_now", "job_age", "latency", "accepted", "rejected",
        "shown_difficulty",
    )  # fmt: skip
    list_filter = ("coin", "profile", "is_solo")
    list_select_related = ("coin",)
    search_fields = ("name", "note", "endpoints__host")
    actions_list = ("from_preset",)
    actions_detail = ("test_connection",)
    empty_hint = "Take one from the catalogue (Add from the catalogue), or add the host and port of your own."
    fieldsets = (
        (None, {"fields": ("name", "coin", "note")}),
        (
            "Login",
            {
                "fields": ("profile", "new_password", "without_password", "difficulty", "email", "is_solo"),
                "description": "Most pools need none of these. The address to pay is not part of it: the wallet of a "
                "plan is.",
            },
        ),
    )

    live_state, endpoint, rate_now, job_age, latency, accepted, rejected, shown_difficulty, age = (
        live_column(figure_of(POOL_FIGURES, name))
        for name in (
            "state", "endpoint", "rate_now", "job_age", "latency", "accepted", "rejected", "difficulty", "age",
        )
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pool]:
        """The endpoints come along."""
        rows: QuerySet[Pool] = super().get_queryset(request).prefetch_related("endpoints")
        return rows

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whoever only looks gets no fields for secrets."""
        if self.has_change_permission(request):
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": _SETTINGS}),)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the coins that are switched on."""
        if db_field.name == "coin":
            kwargs["queryset"] = Coin.objects.filter(is_enabled=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def live_rows(self, rows: Sequence[Pool]) -> Mapping[int, LiveRow]:
        """As this computer mined at them last."""
        return pool_rows(rows)

    def create(self, actor: Actor, form: Any, formsets: Sequence[Any]) -> Pool:
        """Add it with its endpoints."""
        return pool_create(actor, endpoints=_endpoints(formsets), **form.settings())

    def update(self, actor: Actor, row: Pool, form: Any, formsets: Sequence[Any]) -> None:
        """Change it and its endpoints."""
        pool_update(actor, row, endpoints=_endpoints(formsets), **form.settings())

    def remove(self, actor: Actor, row: Pool) -> None:
        """Remove it, unless a plan needs it."""
        pool_delete(actor, row)

    @button("Add from the catalogue", icon="library_add", permission="add")
    def from_preset(self, request: HttpRequest) -> HttpResponse:
        """Add a pool of the catalogue."""
        form = PresetForm(request.POST or None)
        if form.is_valid():
            ticker, _, key = form.cleaned_data["preset"].partition(" ")
            added: list[Pool] = []

            def add() -> str:
                added.append(pool_from_preset(actor_of(request), key, coin=ticker))
                return f"{added[0].name} was added. {PRESETS[key].note.capitalize()}."

            attempt(request, add)
            if added:
                return HttpResponseRedirect(self.url_of("change", added[0].pk))
        question = (
            "Hosts and ports of known pools, as help for typing. None is recommended; check them on the pool's page."
        )
        return show_act(
            request, self, Act("Add a pool from the catalogue", question, "Add it", self.url_of("changelist"), form)
        )

    @button("Test connection", icon="electrical_services", permission="act")
    def test_connection(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Log in as a miner would, see one job, leave."""
        pool = self.row_or_404(request, object_id)
        require(actor_of(request), Role.OPERATOR, "test pools")
        form = PoolTestForm(pool, request.POST or None)
        result, facts, is_good = "", [], True
        if form.is_valid():
            try:
                test = pool_test(
                    actor_of(request), pool, form.cleaned_data["wallet"], worker=form.cleaned_data["worker"]
                )
                result, is_good = test.sentence, test.ok
                facts = [
                    ("Endpoint", test.endpoint),
                    ("Login", test.login_masked),
                    ("Job", test.job),
                    ("Result", test.code),
                ]
            except MinerConsoleError as error:
                result, is_good = error.sentence, False
        question = (
            "This logs in as a miner would, waits for one job and leaves. It hashes nothing and takes up to 30 s."
        )
        act = Act(
            f"Test the connection to {pool}", question, "Test now", self.url_of("change", pool.pk), form,
            facts=facts, result=result, is_good=is_good,
        )  # fmt: skip
        return show_act(request, self, act)


def _endpoints(formsets: Sequence[Any]) -> list[EndpointInput]:
    return [form.as_input() for formset in formsets for form in formset.kept_forms()]

"""Coins and wallets in the admin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import register
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from mining.addresses.masking import mask_address
from mining.admin.base import HistoryAdmin
from mining.admin.marks import shown
from mining.admin.site import actor_of, console
from mining.models import Coin, Wallet
from mining.services.actors import Actor, Role
from mining.services.coins import coin_update
from mining.services.wallets import wallet_create, wallet_delete, wallet_update


@register(Coin, site=console)
class CoinAdmin(HistoryAdmin):
    """The catalogue; only whether a coin is offered can be changed."""

    change_role = Role.ADMIN
    list_display = ("ticker", "name", "network", "algorithm", "offered", "wallet_count")
    list_filter = ("network", "algorithm", "is_enabled")
    search_fields = ("ticker", "name")
    empty_hint = "The coins come with the program: run the command setup, then open this page again."
    fieldsets = (
        (None, {"fields": ("is_enabled",)}),
        ("From the catalogue", {"fields": ("ticker", "name", "network", "algorithm", "address_format")}),
        ("Figures", {"fields": ("block_time_s", "atomic_digits", "daemon", "daemon_port")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """The facts of the catalogue."""
        return [field.name for field in Coin._meta.fields if field.name not in ("id", "is_enabled")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coin]:
        """Count the wallets along."""
        rows: QuerySet[Coin] = super().get_queryset(request).annotate(wallets_of=Count("wallets"))
        return rows

    @shown("Offered", boolean=True, ordering="is_enabled")
    def offered(self, coin: Coin) -> bool:
        """Whether forms offer it."""
        return coin.is_enabled

    @shown("Wallets", ordering="wallets_of")
    def wallet_count(self, coin: Any) -> int:
        """How many wallets are kept for it."""
        return int(coin.wallets_of)

    def update(self, actor: Actor, row: Coin, form: forms.ModelForm[Any], formsets: Sequence[Any]) -> None:
        """Offer it, or not."""
        coin_update(actor, row, is_enabled=form.cleaned_data["is_enabled"])


@register(Wallet, site=console)
class WalletAdmin(HistoryAdmin):
    """Payout addresses."""

    add_role = change_role = delete_role = Role.ADMIN
    list_display = ("name", "coin", "shown_address", "address_kind", "network", "plan_count")
    list_filter = ("coin", "network")
    list_select_related = ("coin",)
    search_fields = ("name", "address", "note")
    readonly_fields = ("address_kind", "network", "created_at", "updated_at")
    empty_hint = "Add the public address that your coins shall be paid to. The page Set up does it along the way."
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "coin", "address", "payment_id", "note"),
                "description": "A public address, as you would give it to somebody who pays you. Never a private key, "
                "a view key or seed words: these are refused and not stored.",
            },
        ),
        ("Found by the check", {"fields": ("address_kind", "network", "created_at", "updated_at")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is found by the check exists afterwards only; who only reads sees a shortened address."""
        if obj is not None and _only_reads(request):
            return ((None, {"fields": ("name", "coin", "shown_address", "note")}), self.fieldsets[1])
        return super().get_fieldsets(request, obj)[: 2 if obj else 1]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """What is found by the check."""
        return (*self.readonly_fields, "shown_address") if _only_reads(request) else self.readonly_fields

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        """An address that is not shown is not looked for either."""
        return [name for name in self.search_fields if name != "address" or not _only_reads(request)]

    def set_history_delta_changes(self, request: HttpRequest, *args: Any, **named: Any) -> None:
        """What changed, from whole address to whole address, is not for those who only read."""
        if not _only_reads(request):
            super().set_history_delta_changes(request, *args, **named)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wallet]:
        """Count the plans along."""
        rows: QuerySet[Wallet] = super().get_queryset(request).annotate(plans_of=Count("plans"))
        return rows

    @shown("Address")
    def shown_address(self, wallet: Wallet) -> str:
        """The address, shortened."""
        return mask_address(wallet.address)

    @shown("Plans", ordering="plans_of")
    def plan_count(self, wallet: Any) -> int:
        """How many plans pay to it."""
        return int(wallet.plans_of)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Say what is expected, and offer the coins that are switched on."""
        if db_field.name == "coin":
            kwargs["queryset"] = Coin.objects.filter(is_enabled=True)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "address":
            field.help_text = "It is checked for the coin, with its checksum. While a plan pays to it, it stays."
            field.widget.attrs.update(spellcheck="false", autocomplete="off", autocapitalize="none")
        return field

    def create(self, actor: Actor, form: forms.ModelForm[Any], formsets: Sequence[Any]) -> Wallet:
        """Add it."""
        values = form.cleaned_data
        return wallet_create(
            actor, **{name: values[name] for name in ("name", "coin", "address", "payment_id", "note")}
        )

    def update(self, actor: Actor, row: Wallet, form: forms.ModelForm[Any], formsets: Sequence[Any]) -> None:
        """Change what was changed."""
        wallet_update(actor, row, **{name: form.cleaned_data[name] for name in form.changed_data})

    def remove(self, actor: Actor, row: Wallet) -> None:
        """Remove it, unless a plan pays to it."""
        wallet_delete(actor, row)


def _only_reads(request: HttpRequest) -> bool:
    return actor_of(request).role < Role.OPERATOR

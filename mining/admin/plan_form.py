"""The form of a new plan: what a person chooses, as the service takes it."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from mining.admin.base import ServiceForm
from mining.models import Coin, Plan, Pool, Wallet
from mining.services.plan_wishes import PlanWish

_MACHINE = "Empty: the machine decides."


def _choice(label: str, *words: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[(word, word) for word in words], widget=UnfoldAdminSelectWidget)


def _row(model: Any, label: str, help_text: str = "") -> forms.ModelChoiceField:  # type: ignore[type-arg]
    return forms.ModelChoiceField(
        label=label, queryset=model.objects.all(), required=False, widget=UnfoldAdminSelectWidget, help_text=help_text
    )


class WishForm(ServiceForm):
    """What a node shall do."""

    FIELDSETS: ClassVar[Any] = (
        (None, {"fields": ("node", "why")}),
        (
            "Where and for whom",
            {"fields": ("is_offline", "coin", "pools", "second_pool", "third_pool", "wallet", "worker")},
        ),
        ("How", {"fields": ("cores", "threads", "intensity", "mode", "huge_pages", "priority")}),
    )

    is_offline = forms.BooleanField(
        label="Offline", required=False, widget=UnfoldBooleanSwitchWidget,
        help_text="Hash self-made jobs: no connection, nothing is earned. Coin, pool and wallet are then left aside.",
    )  # fmt: skip
    coin = _row(Coin, "Coin")
    pools = _row(Pool, "Pool")
    second_pool = _row(Pool, "Second pool", "Kept logged in, and used while the first does not work.")
    third_pool = _row(Pool, "Third pool")
    wallet = _row(Wallet, "Wallet", "Who is paid. Another one than before asks for your password.")
    worker = forms.CharField(
        label="Worker", required=False, max_length=64, widget=UnfoldAdminTextInputWidget,
        help_text="Name of the machine at the pool. Empty: its host name.",
    )  # fmt: skip
    cores = forms.CharField(
        label="Cores",
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text=f"Such as 0-3,6. {_MACHINE}",
    )
    threads = forms.IntegerField(
        label="Threads", required=False, min_value=1, widget=UnfoldAdminIntegerFieldWidget,
        help_text=f"How many cores, if which does not matter. {_MACHINE}",
    )  # fmt: skip
    intensity = forms.IntegerField(
        label="Intensity, %", min_value=0, max_value=100, initial=100, widget=UnfoldAdminIntegerFieldWidget,
        help_text="Share of the time of these cores; 0 is paused.",
    )  # fmt: skip
    mode = _choice("Memory mode", "auto", "fast", "light")
    huge_pages = _choice("Huge pages", "auto", "on", "off")
    priority = _choice("Priority", "low", "idle", "normal")
    why = forms.CharField(
        label="Why", required=False, max_length=200, widget=UnfoldAdminTextInputWidget, help_text="For the history."
    )

    class Meta:
        model = Plan
        fields = ("node",)

    def _post_clean(self) -> None:
        """The service checks the row; a plan has no version before it is made."""

    def wish(self) -> PlanWish:
        """What the service takes."""
        values = self.cleaned_data
        pools = [values[name] for name in ("pools", "second_pool", "third_pool") if values[name] is not None]
        return PlanWish(
            coin=values["coin"],
            wallet=values["wallet"],
            pools=tuple(dict.fromkeys(pools)),
            worker=values["worker"],
            cores=values["cores"],
            threads=values["threads"],
            intensity=values["intensity"],
            mode=values["mode"],
            huge_pages=values["huge_pages"],
            priority=values["priority"],
            is_offline=values["is_offline"],
        )

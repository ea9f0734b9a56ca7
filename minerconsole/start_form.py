"""The form of `/start`. It asks for no more than the chosen place needs; what is right is decided by services."""

from __future__ import annotations

from typing import Any

from django import forms

from minerconsole.login_forms import PlainForm
from mining.models import Coin, Wallet
from mining.services.pools import presets_for
from mining.services.set_up import OFFLINE, OWN_NODE, PRESET, URL, Entry

PLACES = (
    (PRESET, "A known pool"),
    (URL, "Another pool"),
    (OWN_NODE, "My own node (solo)"),
    (OFFLINE, "Offline: try it out, nothing is earned"),
)
_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "class": "mono"}
# What each place needs, with the sentence for when it is missing.
_NEEDED = {
    PRESET: {"preset": "Choose a pool, or another place."},
    URL: {"url": "Enter the pool's address, such as stratum+ssl://pool.example:443."},
    OWN_NODE: {"node_url": "Enter the address of your node's RPC, such as 127.0.0.1:18081."},
    OFFLINE: {},
}


class StartForm(PlainForm):
    """Coin, place, wallet, and what else may be said."""

    coin = forms.ChoiceField(label="Coin")
    place = forms.ChoiceField(label="Mine at", choices=PLACES, widget=forms.RadioSelect, initial=PRESET)
    preset = forms.ChoiceField(
        label="Pool",
        required=False,
        help_text="Help for typing, not a recommendation: check it on the pool's own page.",
    )
    url = forms.CharField(
        label="Address of the pool", required=False, max_length=300, widget=forms.TextInput(attrs=_PLAIN),
        help_text="stratum+ssl://host:port, or stratum+tcp://host:port without TLS.",
    )  # fmt: skip
    tls_fingerprint = forms.CharField(
        label="Certificate fingerprint", required=False, max_length=100, widget=forms.TextInput(attrs=_PLAIN),
        help_text="SHA-256, 64 hex digits: only for a pool whose certificate is self-signed.",
    )  # fmt: skip
    node_url = forms.CharField(
        label="Address of the node", required=False, max_length=300, widget=forms.TextInput(attrs=_PLAIN),
        help_text="host:port of its RPC: 127.0.0.1:18081 for monerod, user:password@127.0.0.1:9332 for litecoind.",
    )  # fmt: skip
    wallet = forms.ModelChoiceField(
        label="Wallet", required=False, queryset=Wallet.objects.none(), empty_label="A new address (below)"
    )
    address = forms.CharField(
        label="Payout address", required=False, max_length=400, widget=forms.TextInput(attrs=_PLAIN),
        help_text="Your public address, where the coins go. Never a private key or seed words.",
    )  # fmt: skip
    worker = forms.CharField(
        label="Name of this computer at the pool", required=False, max_length=64, widget=forms.TextInput(attrs=_PLAIN),
        help_text="Empty: its host name.",
    )  # fmt: skip
    threads = forms.IntegerField(
        label="How many cores", required=False, min_value=1, max_value=4096,
        help_text="Empty: as many as their caches feed well.",
    )  # fmt: skip
    cores = forms.CharField(
        label="Which cores", required=False, max_length=100, widget=forms.TextInput(attrs=_PLAIN),
        help_text="Such as 0-3,6, instead of how many.",
    )  # fmt: skip
    intensity = forms.IntegerField(
        label="Intensity, %", min_value=0, max_value=100, initial=100,
        help_text="Share of the time of these cores. Less leaves the computer cooler and quieter.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        coins = list(Coin.objects.filter(is_enabled=True))
        self.fields["coin"].choices = [(coin.ticker, f"{coin.name} ({coin.ticker})") for coin in coins]  # type: ignore[attr-defined]
        by_coin = [
            (coin.ticker, [(f"{coin.ticker} {row.key}", f"{row.name}: {row.url}") for row in presets_for(coin)])
            for coin in coins
        ]
        self.fields["preset"].choices = [("", "Choose a pool"), *(group for group in by_coin if group[1])]  # type: ignore[attr-defined]
        wallets = Wallet.objects.select_related("coin")
        self.fields["wallet"].queryset = wallets  # type: ignore[attr-defined]
        self.has_wallets = wallets.exists()
        self.initial.setdefault("coin", next((coin.ticker for coin in coins if coin.ticker == "XMR"), ""))

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen place needs, and for nothing of the others."""
        values = super().clean() or {}
        place = values.get("place", "")
        for name, sentence in _NEEDED.get(place, {}).items():
            if not values.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        ticker = values.get("preset", "").partition(" ")[0]
        if place == PRESET and ticker and values.get("coin") and ticker != values["coin"]:
            self.add_error("preset", f"This pool is for {ticker}, not for {values['coin']}. Choose another.")
        if place != OFFLINE and values.get("wallet") is None and not values.get("address"):
            self.add_error("address", "Enter the address that is to be paid.")
        if values.get("cores") and values.get("threads"):
            self.add_error("threads", "Say either how many cores or which.")
        return values

    def entry(self) -> Entry:
        """What the service takes."""
        values = self.cleaned_data
        is_url, is_offline = values["place"] == URL, values["place"] == OFFLINE
        return Entry(
            place=values["place"],
            coin=values["coin"],
            preset=values["preset"].partition(" ")[2],
            url=values["url"],
            node_url=values["node_url"],
            tls_fingerprint=values["tls_fingerprint"] if is_url else "",
            wallet=None if is_offline else values["wallet"],
            address="" if is_offline else values["address"].strip(),
            worker=values["worker"],
            cores=values["cores"],
            threads=values["threads"],
            intensity=values["intensity"],
        )

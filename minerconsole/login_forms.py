"""The forms of logging in. They check what was typed; whether it is right is decided elsewhere."""

from __future__ import annotations

from typing import Any

from django import forms

from mining.services.errors import InvalidError
from mining.services.typed import WithoutSecrets


class PlainForm(WithoutSecrets, forms.Form):
    """A form of ours: each wrong field is marked for screen readers, and takes sentences from services."""

    use_required_attribute = False

    def add_service_error(self, error: InvalidError) -> None:
        """Show a service's sentences beside the fields they are about."""
        for name, sentences in error.fields.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)


def _password(label: str, autocomplete: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=256, widget=widget)


class LoginForm(PlainForm):
    """User name and password."""

    username = forms.CharField(
        label="User name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = _password("Password", "current-password")


class PasswordForm(PlainForm):
    """The password of whoever is logged in."""

    password = _password("Password", "current-password")


class NewPasswordForm(PlainForm):
    """A new password, twice."""

    password = _password("New password", "new-password")
    again = _password("The same again", "new-password")

    def clean(self) -> dict[str, Any]:
        """Refuse two that differ."""
        values = super().clean() or {}
        if "password" in values and "again" in values and values["password"] != values["again"]:
            self.add_error("again", "The two differ. Type the same password twice.")
        return values

"""Keeps private keys and seed words from coming back in a page: a form shows what was typed, but not that."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms

from mining.addresses import looks_like_secret

_HEX = ("tls_fingerprint",)  # public, and as long as a key


class WithoutSecrets(forms.BaseForm):
    """A form that forgets the text of such a field once it is judged; `cleaned_data` still holds it for the service."""

    def full_clean(self) -> None:
        """Judge, then forget."""
        super().full_clean()
        if self.is_bound:
            names = {self.add_prefix(name) for name in self.fields if name not in _HEX}
            self.data = without_secrets(self.data, names)


def without_secrets(data: Any, names: Collection[str]) -> Any:
    """Return the posted data with the secrets among `names` left empty."""
    secret = [name for name in names if isinstance(data.get(name), str) and looks_like_secret(data.get(name))]
    if not secret:
        return data
    kept = data.copy()
    for name in secret:
        kept[name] = ""
    return kept

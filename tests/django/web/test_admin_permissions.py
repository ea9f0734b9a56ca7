"""Who may open and do what in the admin: every address of every registered model, for every role."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from mining.admin import console as site
from mining.models import Wallet
from mining.services.actors import COMMAND_LINE
from mining.services.wallets import wallet_create, wallet_update
from tests.django.web.conftest import OTHER, Console

# 200 seen, 302 sent to the login, 403 refused. What only redirects for everybody is named apart.
_ALL_SEE = {"stranger": 302, "roleless": 403, "viewer": 200, "operator": 200, "admin": 200}
_OPERATORS = _ALL_SEE | {"viewer": 403}
_ADMINS = _OPERATORS | {"operator": 403}
_NOBODY = _ADMINS | {"admin": 403}
_READ_ONLY = {"changelist": _ALL_SEE, "add": _NOBODY, "delete": _NOBODY, "change": _ALL_SEE, "history": _ALL_SEE}
TABLE: dict[str, dict[str, dict[str, int]]] = {
    "coin": _READ_ONLY | {"simple_history": _ALL_SEE},
    "wallet": _READ_ONLY | {"add": _ADMINS, "delete": _ADMINS, "simple_history": _ALL_SEE},
    "pool": _READ_ONLY
    | {
        "add": _OPERATORS,
        "delete": _OPERATORS,
        "from_preset": _OPERATORS,
        "test_connection": _OPERATORS,
        "simple_history": _ALL_SEE,
    },
    "node": _READ_ONLY
    | dict.fromkeys(("start_mining", "pause_mining", "resume_mining", "stop_mining"), _OPERATORS)
    | {"simple_history": _ALL_SEE},
    "plan": _READ_ONLY | {"add": _OPERATORS, "apply_to_node": _OPERATORS, "roll_back_to_this": _OPERATORS},
    "nodegroup": _READ_ONLY | {"add": _OPERATORS, "delete": _OPERATORS},
    "rollout": _READ_ONLY | {"add": _OPERATORS, "stop_here": _OPERATORS, "take_back": _OPERATORS},
    "jointoken": {
        "changelist": _ADMINS,
        "add": _ADMINS,
        "delete": _NOBODY,
        "change": _ADMINS,
        "history": _ADMINS,
        "take_back": _ADMINS,
    },
    "share": _READ_ONLY,
    "poolsession": _READ_ONLY,
    "event": _READ_ONLY,
    # Everybody's own tokens only: this one is of another user, so to others there is no such row (302 to the index).
    "apitoken": {
        "changelist": _ALL_SEE,
        "add": _ALL_SEE,
        "delete": _NOBODY,
        "change": _ALL_SEE | {"viewer": 302, "operator": 302},
        "history": _ALL_SEE | {"viewer": 302, "operator": 302},
        "revoke": _ALL_SEE | {"viewer": 404, "operator": 404},
    },
    "user": {"changelist": _ADMINS, "add": _ADMINS, "delete": _NOBODY, "change": _ADMINS, "history": _ADMINS},
    "group": {"changelist": _ADMINS, "add": _NOBODY, "delete": _NOBODY, "change": _ADMINS, "history": _ADMINS},
}
_WITHOUT_ROW = ("changelist", "add", "from_preset")


def _pages() -> list[tuple[str, str]]:
    """Model and page of each address that the registered models have."""
    found = []
    for model, admin in site._registry.items():
        name = str(model._meta.model_name)
        for pattern in admin.get_urls():
            assert isinstance(pattern, URLPattern | URLResolver)
            page = str(getattr(pattern, "name", None) or "")
            if page:  # an address without a name only redirects
                found.append((name, page.removeprefix(f"{model._meta.app_label}_{name}_")))
    return found


def _address(console: Console, model: str, page: str) -> str:
    row = console.rows[model]
    name = f"admin:{row._meta.app_label}_{model}_{page}"
    if page == "simple_history":
        return reverse(name, args=(row.pk, row.history.latest().history_id))
    return reverse(name, args=() if page in _WITHOUT_ROW else (row.pk,))


def test_the_table_names_every_page_of_every_model() -> None:
    assert {(model, page) for model, pages in TABLE.items() for page in pages} == set(_pages())


@pytest.mark.django_db
def test_every_page_answers_each_role_as_the_table_says(console: Console, browsers: dict[str, Client]) -> None:
    wrong = []
    for model, page in _pages():
        address = _address(console, model, page)
        for role, browser in browsers.items():
            status = browser.get(address).status_code
            if status != TABLE[model][page][role]:
                wrong.append(f"{role} at {address}: {status}, not {TABLE[model][page][role]}")
    assert wrong == []


@pytest.mark.django_db
def test_nobody_changes_anything_by_a_form_that_the_page_does_not_offer(
    console: Console, browsers: dict[str, Client]
) -> None:
    before = {model: type(row).objects.count() for model, row in console.rows.items() if model != "event"}
    for model, pages in TABLE.items():
        for page, statuses in pages.items():
            for role, status in statuses.items():
                if status in (302, 403):
                    answer = browsers[role].post(_address(console, model, page), {"post": "yes", "name": "taken over"})
                    assert answer.status_code in (302, 403), f"{role} posts to {model} {page}: {answer.status_code}"
    assert {model: type(row).objects.count() for model, row in console.rows.items() if model != "event"} == before
    for model in ("pool", "wallet", "node"):
        console.rows[model].refresh_from_db()
        assert console.rows[model].name != "taken over"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/admin/", "/admin/search/", "/admin/jsi18n/", "/admin/login/", "/admin/logout/",
                "/admin/password_change/", "/admin/mining/", "/admin/r/1/1/", "/admin/nothing/", "/start", "/"],
)  # fmt: skip
def test_a_stranger_sees_nothing_of_any_other_page(address: str, browsers: dict[str, Client]) -> None:
    answer = browsers["stranger"].get(address)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login")


@pytest.mark.django_db
def test_who_only_reads_sees_no_whole_address(console: Console, browsers: dict[str, Client]) -> None:
    wallet_update(COMMAND_LINE, wallet_create(COMMAND_LINE, name="spare", coin="XMR", address=OTHER), note="n")
    spare = Wallet.objects.get(name="spare")
    record = spare.history.latest()
    places = (
        "/admin/mining/wallet/", f"/admin/mining/wallet/{spare.pk}/change/",
        f"/admin/mining/wallet/{spare.pk}/history/", f"/admin/mining/wallet/{spare.pk}/history/{record.pk}/", "/start",
    )  # fmt: skip
    for place in places:
        answer = browsers["viewer"].get(place)
        assert answer.status_code == 200, place
        assert OTHER not in answer.content.decode(), place
    assert OTHER in browsers["operator"].get(places[1]).content.decode()
    assert "spare" in browsers["operator"].get(f"/admin/mining/wallet/?q={OTHER}").content.decode()
    assert f"/{spare.pk}/change/" not in browsers["viewer"].get(f"/admin/mining/wallet/?q={OTHER}").content.decode()

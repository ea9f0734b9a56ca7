"""Ways in: the one-time link, the password, guessing, confirming, the way out."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from minerconsole import login_views
from mining.models import Event, LoginLink
from mining.services.actors import COMMAND_LINE, Actor, Role
from mining.services.errors import ForbiddenError, InvalidError, NotFoundError
from mining.services.login_links import has_anyone_logged_in, has_password_user, login_link_create, login_link_use
from mining.services.passwords import password_set
from tests.support.visitors import HOST, client_for, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


def open_link(secret: str, client: Client | None = None, **more: Any) -> Any:
    return (client or client_for()).get(f"/login/{secret}", **more)


def test_the_first_link_makes_the_owner_and_logs_in() -> None:
    assert not has_anyone_logged_in()
    browser = client_for()
    answer = open_link(login_link_create(COMMAND_LINE), browser)
    owner = get_user_model().objects.get()
    assert (owner.username, owner.is_superuser, owner.has_usable_password()) == ("owner", True, False)
    assert answer.status_code == 302 and answer.headers["Location"] == "/"
    assert browser.get("/account/password").status_code == 200
    assert has_anyone_logged_in()


def test_a_link_works_once() -> None:
    secret = login_link_create(COMMAND_LINE)
    assert open_link(secret).status_code == 302
    answer = open_link(secret)
    assert answer.status_code == 403
    assert "login prints a new one" in answer.content.decode()
    assert settings.SESSION_COOKIE_NAME not in answer.cookies


def test_a_link_works_for_fifteen_minutes() -> None:
    made_at = timezone.now()
    secret = login_link_create(COMMAND_LINE, now=made_at)
    assert login_link_use(secret, now=made_at + timedelta(minutes=15, seconds=1)) is None
    assert login_link_use(secret, now=made_at + timedelta(minutes=14, seconds=59)) is not None


def test_a_link_is_not_opened_by_looking_at_its_head_or_by_a_form() -> None:
    secret = login_link_create(COMMAND_LINE)
    assert client_for().head(f"/login/{secret}").status_code == 405
    assert client_for().post(f"/login/{secret}").status_code == 405
    assert open_link(secret).status_code == 302


def test_a_link_under_another_host_name_logs_nobody_in_and_stays_good() -> None:
    secret = login_link_create(COMMAND_LINE)
    answer = open_link(secret, headers={"host": "rebound.example:3333"})
    assert answer.status_code == 400
    assert open_link(secret).status_code == 302


def test_only_a_hash_of_a_link_is_kept() -> None:
    secret = login_link_create(COMMAND_LINE)
    kept = str(LoginLink.objects.values().get()) + str(list(Event.objects.values()))
    assert secret not in kept


def test_a_link_of_a_user_who_was_switched_off_logs_nobody_in() -> None:
    user = make_user("viewer")
    secret = login_link_create(COMMAND_LINE, username=user.username)
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)
    assert open_link(secret).status_code == 403


def test_only_an_admin_makes_links_and_for_known_users() -> None:
    with pytest.raises(ForbiddenError):
        login_link_create(Actor("somebody", Role.OPERATOR))
    make_user("viewer", name="anna")
    with pytest.raises(NotFoundError, match="anna"):
        login_link_create(COMMAND_LINE, username="bert")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    cookie = open_link(login_link_create(COMMAND_LINE)).cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"] and cookie["samesite"] == "Strict"
    assert cookie["max-age"] == 14 * 24 * 3600


def test_a_password_logs_in_and_goes_on_to_the_page_that_was_asked_for() -> None:
    make_user("viewer", password=PASSWORD)
    browser = client_for()
    sent = browser.get("/start?x=1")
    assert sent.headers["Location"] == "/login?next=%2Fstart%3Fx%3D1"
    answer = browser.post("/login", {"username": "the-viewer", "password": PASSWORD, "next": "/start?x=1"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/start?x=1")


@pytest.mark.parametrize(
    "onwards", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_the_login_sends_to_no_other_site(onwards: str) -> None:
    make_user("viewer", password=PASSWORD)
    answer = client_for().post("/login", {"username": "the-viewer", "password": PASSWORD, "next": onwards})
    assert answer.headers["Location"] == "/"


def test_a_wrong_password_and_an_unknown_user_are_told_alike() -> None:
    make_user("viewer", password=PASSWORD)
    pages = []
    for name in ("the-viewer", "nobody-here"):
        answer = client_for().post("/login", {"username": name, "password": "wrong"})
        assert answer.status_code == 401
        pages.append(re.findall(r"<li>(.*?)</li>", answer.content.decode()))
    assert pages[0] == pages[1] == ["The user name or the password is wrong."]


def test_after_five_wrong_passwords_the_answer_is_a_sentence_for_a_quarter_of_an_hour() -> None:
    make_user("viewer", password=PASSWORD)
    browser = client_for()
    statuses = [browser.post("/login", {"username": "the-viewer", "password": "wrong"}).status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 401, 429]
    answer = browser.post("/login", {"username": "the-viewer", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    assert "Wait 15 minutes" in answer.content.decode()
    program = browser.post(
        "/login", {"username": "the-viewer", "password": PASSWORD}, headers={"accept": "application/json"}
    )
    assert program.json()["code"] == "locked_out"
    # The pair of user and address is locked, not everybody, and the owner's own terminal opens it still.
    make_user("admin", password=PASSWORD)
    assert browser.post("/login", {"username": "the-admin", "password": PASSWORD}).status_code == 302
    assert open_link(login_link_create(COMMAND_LINE, username="the-viewer")).status_code == 302


def test_confirming_makes_a_session_fresh_and_only_the_own_password_does() -> None:
    user = make_user("admin", password=PASSWORD)
    browser = client_for(user, is_fresh=False)
    assert browser.get("/account/password").headers["Location"] == "/confirm?next=%2Faccount%2Fpassword"
    assert browser.post("/confirm", {"password": "wrong"}).status_code == 401
    answer = browser.post("/confirm", {"password": PASSWORD, "next": "/account/password"})
    assert answer.headers["Location"] == "/account/password"
    assert browser.get("/account/password").status_code == 200


def test_freshness_ends_after_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = client_for(make_user("admin"))
    assert browser.get("/account/password").status_code == 200
    session = browser.session
    session["proved_at"] -= 601
    session.save()
    assert browser.get("/account/password").status_code == 302


def test_a_user_without_a_password_is_told_how_to_confirm() -> None:
    page = client_for(make_user("admin"), is_fresh=False).get("/confirm").content.decode()
    assert "login --user the-admin" in page and 'type="password"' not in page


def test_a_password_is_set_and_ends_the_other_sessions() -> None:
    user = make_user("operator")
    here, elsewhere = client_for(user), client_for(user)
    assert not has_password_user()
    assert here.post("/account/password", {"password": PASSWORD, "again": PASSWORD}).status_code == 200
    assert has_password_user()
    assert here.get("/account/password").status_code == 200
    assert elsewhere.get("/account/password").status_code == 302
    assert client_for().post("/login", {"username": "the-operator", "password": PASSWORD}).status_code == 302
    assert PASSWORD not in str(list(Event.objects.values()))


@pytest.mark.parametrize(
    ("first", "second", "field", "words"),
    [
        ("short", "short", "password", "too short"),
        ("password123", "password123", "password", "too common"),
        ("12345678901234", "12345678901234", "password", "entirely numeric"),
        (PASSWORD, PASSWORD + "x", "again", "The two differ"),
        ("", "", "password", "required"),
    ],
)
def test_a_bad_password_is_told_beside_its_field(first: str, second: str, field: str, words: str) -> None:
    answer = client_for(make_user("viewer")).post("/account/password", {"password": first, "again": second})
    assert answer.status_code == 422
    errors = re.search(rf'id="id_{field}_error">(.*?)</ul>', answer.content.decode(), re.DOTALL)
    assert errors is not None and words in errors[1]


def test_nobody_sets_anothers_password_but_a_fresh_admin() -> None:
    user = make_user("viewer")
    for actor in (Actor("op", Role.OPERATOR, is_fresh=True, user_id=99), Actor("ad", Role.ADMIN, user_id=98)):
        with pytest.raises(ForbiddenError):
            password_set(actor, user, PASSWORD)
    with pytest.raises(InvalidError):
        password_set(COMMAND_LINE, user, "short")
    password_set(COMMAND_LINE, user, PASSWORD)


def test_leaving_needs_a_form_and_ends_the_session() -> None:
    browser = client_for(make_user("viewer"))
    assert browser.get("/logout").status_code == 405
    assert browser.post("/logout").headers["Location"] == "/login"
    assert browser.get("/account/password").status_code == 302


def test_a_user_without_a_role_sees_nothing_but_the_way_out() -> None:
    browser = client_for(make_user("roleless"))
    assert browser.get("/start").status_code == 403
    assert "no role" in browser.get("/admin/").content.decode()
    assert browser.get("/account/password").status_code == 200
    assert browser.get("/api/v1/frame").status_code == 403


def test_a_link_that_found_the_database_locked_is_not_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(login_views, "login_link_use", locked)
    assert Client(headers={"host": HOST}).get("/login/still-good").status_code == 503
    assert "did not answer" in caplog.text and "still-good" not in caplog.text

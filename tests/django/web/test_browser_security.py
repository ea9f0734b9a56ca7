"""What any web page can try against a loopback port: other origins, rebound names, forms, websockets; the policy."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.test import Client

from minerconsole.env import read_names, read_origins
from minerconsole.guard import ADMIN_POLICY, CONTENT_SECURITY_POLICY, is_own_origin
from minerconsole.socket_guard import SocketGuard
from mining.errors import ConfigurationError
from mining.models import Wallet
from tests.django.web.conftest import OTHER, Console
from tests.support.visitors import HOST, client_for, make_user

FRIEND = "https://pages.example.org"
WALLET = {"name": "taken over", "address": OTHER}


@pytest.mark.django_db
@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:8080", "http://localhost:3333", "null"])
def test_a_form_of_another_origin_changes_nothing(console: Console, browsers: dict[str, Client], origin: str) -> None:
    form = {**WALLET, "coin": console.pool.coin.pk}
    for address in ("/admin/mining/wallet/add/", "/start", "/login", "/logout", "/account/password"):
        assert browsers["admin"].post(address, form, headers={"origin": origin}).status_code == 403
    assert not Wallet.objects.filter(name="taken over").exists()


@pytest.mark.django_db
def test_a_form_without_our_token_is_refused_in_a_sentence(console: Console) -> None:
    browser = client_for(make_user("admin"), enforce_csrf_checks=True)
    answer = browser.post("/admin/mining/wallet/add/", {**WALLET, "coin": console.pool.coin.pk})
    assert answer.status_code == 403
    assert "not sent from a page of this console" in answer.content.decode()
    for address in ("/start", "/logout", "/account/password", "/confirm"):
        assert browser.post(address).status_code == 403
    assert not Wallet.objects.filter(name="taken over").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:3333", "10.0.0.5:3333"])
def test_a_rebound_name_reaches_no_page_with_or_without_a_login(host: str, browsers: dict[str, Client]) -> None:
    for address in ("/", "/login", "/start", "/admin/", "/livez", "/api/v1/frame", "/admin/mining/wallet/add/"):
        for browser in (browsers["stranger"], browsers["admin"]):
            assert browser.get(address, headers={"host": host}).status_code == 400
            assert browser.post(address, WALLET, headers={"host": host}).status_code == 400


@pytest.mark.django_db
def test_every_page_has_the_strict_policy_and_only_the_admin_the_wider_one(
    console: Console, browsers: dict[str, Client]
) -> None:
    for address in ("/", "/login", "/login/x", "/start", "/confirm", "/account/password", "/livez", "/nothing"):
        answer = browsers["admin"].get(address)
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, address
        if answer.headers["Content-Type"].startswith("text/html"):
            _has_nothing_inline(answer.content.decode())
    for address in ("/admin/", "/admin/mining/pool/", f"/admin/mining/pool/{console.pool.pk}/change/"):
        answer = browsers["admin"].get(address)
        assert answer.headers["Content-Security-Policy"] == ADMIN_POLICY
        assert not re.search(r"<script(?![^>]*\bsrc=)", answer.content.decode()), "no inline script even there"
    assert "'unsafe" not in CONTENT_SECURITY_POLICY
    assert "'unsafe-inline'" not in ADMIN_POLICY.split("style-src")[0]


def _has_nothing_inline(page: str) -> None:
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.search(r"""(?:src|href|action)=["']https?://""", page)


@pytest.mark.django_db
def test_an_invited_origin_may_ask_the_api_and_nothing_else(settings: Any) -> None:
    settings.MINERCONSOLE_CORS_ORIGINS = (FRIEND,)
    browser = client_for()
    asked = browser.options("/api/v1/frame", headers={"origin": FRIEND, "access-control-request-method": "GET"})
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == FRIEND
    assert "Access-Control-Allow-Credentials" not in asked.headers
    answer = browser.get("/api/v1/frame", headers={"origin": FRIEND})
    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
    assert "Origin" in answer.headers["Vary"]
    assert browser.get("/login", headers={"origin": FRIEND}).status_code == 403
    assert browser.get("/api/v1/frame", headers={"origin": "https://other.example"}).status_code == 403


def test_a_list_of_origins_or_names_takes_nothing_else() -> None:
    assert read_origins("X", environ={"X": f" {FRIEND}, http://127.0.0.1:8080"}) == (FRIEND, "http://127.0.0.1:8080")
    assert read_names("X", environ={"X": "rig.example.org,rig"}) == ("rig.example.org", "rig")
    for text in ("*", "pages.example.org", "https://x.example/path", "file://x"):
        with pytest.raises(ConfigurationError, match="origin"):
            read_origins("X", environ={"X": text})
    for text in ("*", ".example.org", "rig:3333"):
        with pytest.raises(ConfigurationError, match="host name"):
            read_names("X", environ={"X": text})


async def _shake_hands(**headers: str) -> list[str]:
    """Open a websocket through the guard to an application that accepts all; returns what the client gets."""

    async def accept(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})

    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    communicator: Any = ApplicationCommunicator  # it carries no types
    talk = communicator(SocketGuard(accept), {"type": "websocket", "path": "/", "headers": pairs})
    await talk.send_input({"type": "websocket.connect"})
    answer = await talk.receive_output(timeout=60)
    await talk.wait(timeout=60)
    return [answer["type"]]


async def test_a_websocket_of_our_own_page_is_handed_on() -> None:
    assert await _shake_hands(host=HOST, origin=f"http://{HOST}") == ["websocket.accept"]


@pytest.mark.parametrize(
    "headers",
    [
        {"host": HOST, "origin": "https://evil.example"},
        {"host": HOST, "origin": "http://127.0.0.1:8080"},
        {"host": HOST, "origin": "null"},
        {"host": HOST},
        {"host": "evil.example", "origin": "http://evil.example"},
        {"origin": f"http://{HOST}"},
    ],
)
async def test_any_other_websocket_is_refused(headers: dict[str, str]) -> None:
    assert await _shake_hands(**headers) == ["websocket.close"]


@pytest.mark.django_db
def test_programs_get_problems_not_pages() -> None:
    answer = client_for().get("/start/plan/1.json", headers={"accept": "application/json"})
    assert answer.status_code == 401
    assert json.loads(answer.content)["code"] == "login_needed"


@pytest.mark.parametrize("origin", ["http://[", "http://[abc]:3333", "http://a\u2100b"])
def test_what_is_no_origin_is_refused_and_breaks_nothing(origin: str) -> None:
    assert not is_own_origin(origin, "127.0.0.1:3333")
    answer = client_for(None).get("/livez", headers={"origin": origin.encode().decode("latin-1")})
    assert answer.status_code == 403


@pytest.mark.django_db
def test_a_form_sent_through_a_tls_proxy_of_ours_is_taken(console: Console, settings: Any) -> None:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "rig.example.org"]
    settings.CSRF_TRUSTED_ORIGINS = [f"https://{name}" for name in read_names("H", environ={"H": "rig.example.org"})]
    browser = client_for(make_user("admin"), enforce_csrf_checks=True)
    token = str(browser.get("/start", headers={"host": "rig.example.org"}).context["csrf_token"])
    form = {"csrfmiddlewaretoken": token}
    ours = {"host": "rig.example.org", "origin": "https://rig.example.org"}
    assert browser.post("/logout", form, headers={**ours, "origin": "https://evil.example"}).status_code == 403
    assert browser.post("/logout", form, headers=ours).status_code == 302


def test_the_names_of_a_proxy_are_taken_as_ours_with_tls() -> None:
    code = "from minerconsole import settings; print(settings.CSRF_TRUSTED_ORIGINS)"
    environment = {**os.environ, "MINERCONSOLE_HOSTS": "rig.example.org"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "['https://rig.example.org']"

"""Who is answered, and the headers on every answer."""

from __future__ import annotations

import pytest

from minerconsole.guard import CONTENT_SECURITY_POLICY, HEADERS
from tests.support.asgi import get

ADDRESSES = ("/", "/livez", "/api/v1/frame", "/static/minerconsole/js/dashboard.js", "/nothing-here")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.5"])
@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_name_that_is_not_this_computers_is_refused(address: str, host: str) -> None:
    answer = await get(address, host=host)
    assert answer.status == 400
    assert "not a name of this computer" in answer.body


@pytest.mark.parametrize("host", ["127.0.0.1:3333", "localhost:3333", "[::1]:3333"])
async def test_loopback_names_are_answered(host: str) -> None:
    assert (await get("/livez", host=host)).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:8080", "null"])
async def test_pages_of_other_sites_are_refused(origin: str) -> None:
    assert (await get("/api/v1/frame", origin=origin)).status == 403


async def test_our_own_page_is_answered() -> None:
    assert (await get("/livez", origin="http://127.0.0.1:3333")).status == 200


@pytest.mark.parametrize("address", ADDRESSES)
async def test_every_answer_carries_the_security_headers(address: str) -> None:
    answer = await get(address)
    for name, value in (*HEADERS.items(), ("Content-Security-Policy", CONTENT_SECURITY_POLICY)):
        assert answer.headers[name.lower()] == value
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers

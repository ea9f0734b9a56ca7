"""The API as the web process serves it: by ASGI, beside the asynchronous pages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mining.services.coins import coins_ensure
from tests.django.api.conftest import FakeNode
from tests.support.asgi import get
from tests.support.visitors import cookie_of, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cookie(transactional_db: None, fake_node: FakeNode, settings: Any, tmp_path: Any) -> str:
    """Of a logged-in viewer."""
    settings.MINERCONSOLE_HOME = tmp_path
    coins_ensure()
    return cookie_of(make_user("viewer"))


async def test_routes_and_readiness_answer_beside_the_frame(cookie: str) -> None:
    coins = await get("/api/v1/coins", cookie=cookie)
    assert coins.status == 200 and json.loads(coins.body)[0]["ticker"] == "XMR"
    ready = await get("/readyz")
    assert ready.status == 200 and json.loads(ready.body)["ok"] is True
    assert (await get("/api/v1/frame", cookie=cookie)).status == 503  # no Frame was fed
    assert (await get("/api/v1/nothing", cookie=cookie)).headers["content-type"] == "application/problem+json"
    assert (await get("/api/v1/coins")).status == 401

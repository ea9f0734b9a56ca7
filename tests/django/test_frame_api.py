"""`/api/v1/frame`: the newest Frame and its age by this process's clock."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from minerconsole.feed import FrameFeed
from mining.telemetry.frame import frame_from_json
from tests.support.asgi import get
from tests.support.frames import mining_frame
from tests.support.visitors import cookie_of, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cookie(transactional_db: None) -> str:
    """Of a logged-in viewer."""
    return cookie_of(make_user("viewer"))


async def test_a_stranger_gets_no_figures() -> None:
    feed = FrameFeed(Path("/nowhere"))
    feed.take_frame(mining_frame(seq=1))
    answer = await get("/api/v1/frame", feed=feed)
    assert answer.status == 401
    assert json.loads(answer.body)["code"] == "login_needed"
    assert "48edfH" not in answer.body


async def test_without_a_frame_the_answer_is_a_problem_with_the_time_to_retry(cookie: str) -> None:
    answer = await get("/api/v1/frame", cookie=cookie)
    assert answer.status == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "1"
    assert json.loads(answer.body)["code"] == "no_frame"


async def test_the_answer_is_the_frame_with_its_age(cookie: str) -> None:
    now = [100.0]
    feed = FrameFeed(Path("/nowhere"), clock=lambda: now[0])
    feed.take(msgspec.to_builtins(mining_frame(seq=7)) | {"event": "frame"})
    now[0] = 102.5
    answer = await get("/api/v1/frame", feed=feed, cookie=cookie)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    body = json.loads(answer.body)
    assert body["age_s"] == 2.5
    assert body["linked"] is True
    assert body["payee_line"] == "Mining XMR to 48edfH…oD, from mining_config.env"
    assert frame_from_json(answer.body) == mining_frame(seq=7)


def test_a_frame_of_another_form_is_counted_and_the_old_one_grows_older() -> None:
    now = [0.0]
    feed = FrameFeed(Path("/nowhere"), clock=lambda: now[0])
    feed.take_frame(mining_frame(seq=1))
    now[0] = 4.0
    feed.take({"event": "frame", "seq": "two"})
    feed.take({"event": "frame", **msgspec.to_builtins(mining_frame(seq=3)), "v": 2})
    feed.take({"event": "log", "sentence": "hello"})
    newest = feed.newest()
    assert newest is not None
    assert (newest.frame.seq, newest.age_s, feed.unreadable_frames) == (1, 4.0, 2)

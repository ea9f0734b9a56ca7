"""`/readyz` and `/api/v1/health`: each dependency by name, with what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import OperationalError
from django.test import Client

from mining.models import JournalPosition
from mining.selectors.readiness import dependency_list
from mining.telemetry.journal_files import JournalLine, file_name, journal_folder
from tests.django.api.conftest import Console
from tests.support.visitors import HOST

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger() -> Client:
    """Such as a machine that watches."""
    return Client(headers={"host": HOST})


def _states(answer: Any) -> dict[str, str]:
    return {each["name"]: each["state"] for each in answer.json()["dependencies"]}


def test_all_is_well(console: Console, stranger: Client) -> None:
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert _states(answer) == {"database": "ok", "miner": "ok", "journal": "ok"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_miner_that_does_not_run_is_named_without_its_folder(
    console: Console, stranger: Client, tmp_path: Path
) -> None:
    console.fake.end()
    answer = stranger.get("/readyz")
    assert (answer.status_code, _states(answer)["miner"]) == (503, "failed")
    assert str(tmp_path) not in answer.content.decode()


def test_a_database_that_does_not_answer_is_named(
    console: Console, stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("unable to open database file")

    monkeypatch.setattr("django.db.models.query.QuerySet.exists", locked)
    answer = stranger.get("/readyz")
    assert (answer.status_code, _states(answer)["database"]) == (503, "failed")


def test_what_waits_long_for_the_recorder_is_named(console: Console, tmp_path: Path) -> None:
    line = msgspec.json.encode(JournalLine("E", 1, 1000.0, {"event": "share"})) + b"\n"
    journal_folder(tmp_path).mkdir()
    (journal_folder(tmp_path) / file_name(1, "E")).write_bytes(line)
    assert dependency_list(tmp_path, clock=lambda: 1010.0)[2].is_ok
    late = dependency_list(tmp_path, clock=lambda: 1100.0)[2]
    assert not late.is_ok and "100 s ago" in late.sentence
    JournalPosition.objects.create(node=console.node, file=file_name(1, "E"), offset=len(line))
    assert dependency_list(tmp_path, clock=lambda: 1100.0)[2].is_ok


def test_a_login_sees_the_same_below_the_api(console: Console, admin: Client, stranger: Client) -> None:
    console.fake.end()
    answer = admin.get("/api/v1/health")
    assert answer.status_code == 200
    assert answer.json() == stranger.get("/readyz").json()
    assert stranger.get("/api/v1/health").status_code == 401

"""Doctor, benchmark and log over the API: what the pages of the tools rely on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mining.home import log_file
from mining.models import BenchmarkRun, Event, Node
from mining.services import benchmarks
from mining.services.benchmark_process import BenchmarkProcess, Progress
from mining.terminal.logfile import LogFile
from tests.django.api.conftest import Console, session_client

pytestmark = pytest.mark.django_db
FUND = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"


def _at(console: Console, path: str) -> str:
    return f"/api/v1/nodes/{console.node.ulid}{path}"


def _start(client: Client, console: Console, **body: object) -> Any:
    body = {"algorithm": "scrypt", "hashes": 1000, **body}
    return client.post(_at(console, "/benchmarks"), body, content_type="application/json")


# --- doctor ---------------------------------------------------------------------------------------------------------


def test_a_report_is_kept_and_made_anew_when_a_newer_one_is_asked_for(
    admin: Client, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("mining.selectors.doctor.time.monotonic", lambda: now[0])
    address = _at(console, "/doctor")
    ages = []
    for passed_s, query in ((0, ""), (30, ""), (0, "?max_age_s=10"), (0.5, "?max_age_s=1"), (61, "")):
        now[0] += passed_s
        ages.append(admin.get(address + query).json()["age_s"])
    assert ages == [0, 30, 0, 0.5, 0]


@pytest.mark.parametrize("age", ["0", "0.5", "61", "nan", "old"])
def test_a_report_cannot_be_asked_for_without_rest(admin: Client, console: Console, age: str) -> None:
    assert admin.get(_at(console, f"/doctor?max_age_s={age}")).status_code == 422


# --- benchmark ------------------------------------------------------------------------------------------------------


def test_a_benchmark_takes_cores_and_mode(admin: Client, console: Console) -> None:
    answer = _start(admin, console, algorithm="rx/0", cores="0", mode="light")
    assert answer.status_code == 202
    assert (answer.json()["cores"], answer.json()["mode"], answer.json()["state"]) == ("0", "light", "running")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"cores": "none"}, "cores"),
        ({"cores": "8000"}, "cores"),
        ({"cores": "0,0"}, "cores"),
        ({"mode": "light"}, "mode"),
        ({"mode": "fast"}, "mode"),
        ({"algorithm": "rx/9"}, "algorithm"),
        ({"hashes": 1_000_001}, "hashes"),
    ],
)
def test_what_cannot_be_measured_is_said_beside_its_field(
    admin: Client, console: Console, body: dict[str, object], field: str
) -> None:
    answer = _start(admin, console, **body)
    assert answer.status_code == 422
    assert answer.json()["fields"][field][0]


def test_progress_is_told_while_it_runs_and_cancelling_is_an_event(
    admin: Client, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = _at(console, f"/benchmarks/{_start(admin, console).json()['id']}")
    BenchmarkRun.objects.update(started_at=timezone.now() + timedelta(hours=3))  # a clock that was set tells no time
    progress = admin.get(address).json()["progress"]
    assert 0 <= progress.pop("elapsed_s") < 3600 and progress == {"phase": "starting", "share": 0.0}
    monkeypatch.setattr(BenchmarkProcess, "progress", Progress("hashing", 0.5, 7.5))
    assert admin.get(address).json()["progress"] == {"phase": "hashing", "share": 0.5, "elapsed_s": 7.5}
    assert admin.get(_at(console, "/benchmarks")).json()["benchmarks"][0]["progress"]["phase"] == "hashing"
    monkeypatch.undo()
    answer = admin.post(f"{address}/cancel")
    assert (answer.status_code, answer.json()["progress"]["phase"]) == (202, "ending")
    assert Event.objects.filter(kind="benchmark.cancelled").count() == 1


def test_one_that_is_over_cannot_be_cancelled_and_tells_no_progress(admin: Client, console: Console) -> None:
    address = _at(console, f"/benchmarks/{console.benchmark.pk}")
    assert admin.get(address).json()["progress"] is None
    answer = admin.post(f"{address}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "over")


def test_one_that_nobody_follows_is_cancelled_at_once(admin: Client, console: Console) -> None:
    run = BenchmarkRun.objects.create(node=console.node, started_at=timezone.now(), algorithm="scrypt", hashes=1000)
    benchmarks._processes.pop(run.pk, None)
    answer = admin.post(_at(console, f"/benchmarks/{run.pk}/cancel"))
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    assert answer.json()["sentence"] == "cancelled by the-admin's token program"


def test_a_viewer_can_neither_start_nor_cancel(console: Console) -> None:
    viewer = session_client("viewer")
    assert _start(viewer, console).status_code == 403
    assert viewer.post(_at(console, f"/benchmarks/{console.benchmark.pk}/cancel")).status_code == 403
    assert viewer.get(_at(console, "/benchmarks")).status_code == 200


def test_the_node_of_this_computer_is_also_called_local(admin: Client, console: Console) -> None:
    assert admin.get("/api/v1/nodes/local").json()["id"] == console.node.ulid
    assert admin.get("/api/v1/nodes/local/log").status_code == 200
    Node.objects.all().delete()
    answer = admin.get("/api/v1/nodes/local/log")
    assert answer.status_code == 404 and "Start the console once" in answer.json()["next_step"]
    node = Node.objects.create(ulid=console.node.ulid, name="here", is_local=True)
    assert admin.get("/api/v1/nodes/local").json()["id"] == node.ulid, "a page that was opened before goes on"


# --- log ------------------------------------------------------------------------------------------------------------


def test_the_log_is_followed_from_place_to_place(admin: Client, console: Console, settings: Any) -> None:
    address = _at(console, "/log")
    part = admin.get(address).json()
    assert (part["lines"], part["place"], part["has_file"], part["is_running"]) == ([], "", False, False)
    log = LogFile(log_file(settings.MINERCONSOLE_HOME))
    log("2026-11-28 07:44:35  note       WARNING The disk is full")
    part = admin.get(address).json()
    assert part["lines"] == [
        {"at": "2026-11-28 07:44:35", "topic": "note", "level": "warning", "text": "The disk is full"}
    ]
    log("2026-11-28 07:44:36  state      mining")
    part = admin.get(f"{address}?after={part['place']}").json()
    assert [line["text"] for line in part["lines"]] == ["mining"] and part["has_file"]


def test_a_viewer_reads_the_log_without_whole_addresses(console: Console, settings: Any) -> None:
    LogFile(log_file(settings.MINERCONSOLE_HOME))(f"2026-11-28 07:44:35  link       down: unknown login {FUND}")
    answer = session_client("viewer").get(_at(console, "/log"))
    assert answer.status_code == 200
    assert FUND not in answer.content.decode() and "44AFFq…3A" in answer.json()["lines"][0]["text"]


@pytest.mark.parametrize("query", ["lines=0", "lines=1001", f"after={'1' * 60}", "after=%00"])
def test_a_log_is_asked_for_in_bounds(admin: Client, console: Console, query: str) -> None:
    assert admin.get(_at(console, f"/log?{query}")).status_code == 422

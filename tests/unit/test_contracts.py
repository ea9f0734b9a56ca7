"""The contracts between the parts, held by examples: Frame v1, the events of `--json`, the summary, the exit codes.

A field may be added to a contract; none may go away or change its meaning.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mining.engine.followed_version import Followed
from mining.engine.jobs import Job, Link, Outcome, OutcomeKind, Share
from mining.engine.plan import Plan
from mining.engine.supervisor import Identity, Supervisor
from mining.engine.supervisor.run import Run, StretchTotals
from mining.engine.totals import Totals
from mining.errors import (
    CannotStartError,
    ConfigurationError,
    ExitCode,
    LoginRefusedError,
    MinerConsoleError,
    SourceUnavailableError,
)
from mining.telemetry.frame import Frame, frame_from_json
from mining.terminal import events as terminal_events
from mining.terminal.events import event_from_dict

EXAMPLE = Path(__file__).parents[1] / "vectors" / "frame_v1.json"
FRAME_FIELDS: dict[str, str] = {
    "": "v node_id epoch seq at state state_reason plan_version algorithm coin payee offline hashrate_hps expected_hps "
    "cores intensity candidates shares luck next_share_s session job memory system pins alerts",
    "payee": "address_masked source",
    "hashrate_hps": "s10 s60 m15",
    "cores": "core state hashrate_hps hashes errors age_s temperature_c frequency_mhz",
    "intensity": "commanded achieved",
    "candidates": "invalid stale",
    "shares": "found accepted rejected stale lost in_flight by_reason difficulty_accepted",
    "luck": "expected observed p_value",
    "next_share_s": "p05 p50 p95",
    "session": "pool endpoint link generation tls rtt_ms difficulty standby failovers reauths last_cause",
    "job": "id height age_s algorithm seed",
    "memory": "mode huge_pages dataset_s workers_restarted seed_gap_s",
    "memory.huge_pages": "wanted got",
    "system": "cpu_percent load1 ram_free_mb uptime_s",
    "alerts": "code severity sentence since",
}
ADDED_FIELDS: dict[str, str] = {
    "session": "serial shares",
    "session.shares": "accepted rejected stale lost difficulty_accepted last_at",
    "memory": "progress",
    "memory.huge_pages": "kind reason",
}
SUMMARY_KEYS = (
    *("seconds", "hashes", "hashrate_hps", "candidates", "invalid", "found", "accepted", "rejected", "stale", "lost"),
    *("restarts", "reauths", "failovers", "dataset_seconds", "reason"),
)
SHARE_KEYS = ("generation", "job", "core", "difficulty", "outcome", "reason", "rtt_ms", "job_age_s")
EVENT_KINDS = {"start", "frame", "job", "share", "session", "worker", "algorithm", "summary"}
IDENTITY = Identity("01JD9Z7QK4W3M8T5V2X6Y0BCDE", "01JD9Z7RB1C2D3E4F5G6H7JKMN")
JOB = Job("j-1", "rx/0", bytes(76), target=1 << 255, difficulty=2, height=9, seed=bytes(32))


def _fields(value: object, path: str = "") -> Iterator[tuple[str, set[str]]]:
    """Each table of a decoded Frame, by its path, with its keys; tables of free keys are left out."""
    if isinstance(value, list):
        for row in value:
            yield from _fields(row, path)
    elif isinstance(value, dict) and path not in ("pins", "shares.by_reason"):
        yield path, set(value)
        for key, below in value.items():
            yield from _fields(below, f"{path}.{key}".lstrip("."))


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    """A Supervisor that was not started."""
    plan = Plan("offline", "XMR", "rx/0", (0,), sources={"COIN": "default"}, payee_source="offline")
    return Supervisor(plan, tmp_path, IDENTITY)


async def _told(supervisor: Supervisor) -> list[dict[str, Any]]:
    return [json.loads(line) for line in await supervisor.hub.watch().take()]


# --- Frame v1 -------------------------------------------------------------------------------------------------


def test_the_example_frame_has_exactly_the_fields_of_the_contract() -> None:
    seen = dict(_fields(json.loads(EXAMPLE.read_text())))
    assert set(seen) == set(FRAME_FIELDS) | set(ADDED_FIELDS)
    for path, keys in seen.items():
        assert keys == set(FRAME_FIELDS.get(path, "").split()) | set(ADDED_FIELDS.get(path, "").split()), path


def test_the_example_frame_is_decoded_and_encoded_again_without_a_loss() -> None:
    frame = frame_from_json(EXAMPLE.read_bytes())
    assert frame.v == 1 and frame.cores[1].state == "quarantined" and frame.alerts[0].severity == "error"
    assert json.loads(msgspec.json.encode(frame)) == json.loads(EXAMPLE.read_text())


def test_the_example_frame_keeps_the_law_of_shares() -> None:
    shares = frame_from_json(EXAMPLE.read_bytes()).shares
    assert shares.found == shares.accepted + shares.rejected + shares.stale + shares.lost + shares.in_flight


def test_the_frame_of_a_supervisor_is_a_frame_of_the_contract(supervisor: Supervisor) -> None:
    encoded = msgspec.json.encode(supervisor.frame())
    frame = frame_from_json(encoded)
    assert (frame.v, frame.state, frame.offline, frame.plan_version) == (1, "idle", True, 1)
    assert set(json.loads(encoded)) == set(FRAME_FIELDS[""].split())
    assert frame.payee.address_masked == "nobody (offline)"


# --- events of --json -----------------------------------------------------------------------------------------


async def test_the_start_event_names_version_payee_and_the_source_of_each_setting(supervisor: Supervisor) -> None:
    supervisor.events.start(IDENTITY, supervisor.plan)
    (event,) = await _told(supervisor)
    assert event["event"] == "start" and event["sources"] == {"COIN": "default"}
    assert set(event["payee"]) == {"address_masked", "source"} and event["version"]


async def test_events_of_a_run_have_the_keys_of_the_contract(supervisor: Supervisor) -> None:
    share = Share(generation=4, job=JOB, nonce=7, hash=bytes(32), core=1, found_at=0.0)
    supervisor.events.job(JOB, "here:1")
    supervisor.events.share(share, Outcome(OutcomeKind.REJECTED, "low_difficulty", "too low", 3.5), 1.25)
    supervisor.ear.link_changed(Link.DOWN, endpoint="here:1", cause="here:1 does not answer")
    supervisor.events.worker(1, "failed", "SIGKILL", 2)
    job, ended, session, worker = await _told(supervisor)
    assert (job["event"], job["id"], job["height"], job["difficulty"]) == ("job", "j-1", 9, 2)
    assert ended["event"] == "share" and [ended[key] for key in SHARE_KEYS] == [
        *(4, "j-1", 1, 2, "rejected", "low_difficulty", 3.5, 1.25)
    ]
    assert (session["event"], session["link"], session["cause"]) == ("session", "down", "here:1 does not answer")
    assert [worker[key] for key in ("event", "core", "state", "exit", "restarts")] == [
        *("worker", 1, "failed", "SIGKILL", 2)
    ]


async def test_the_summary_has_every_key_and_comes_before_the_goodbye(supervisor: Supervisor) -> None:
    supervisor.events.end(Run())
    summary, bye = await _told(supervisor)
    assert summary["event"] == "summary" and set(SUMMARY_KEYS) <= set(summary)
    assert bye["event"] == "bye"


def test_the_summary_of_a_run_has_every_key_of_the_contract() -> None:
    summary = Totals().summary("stopped by key q")
    assert summary["event"] == "summary" and set(SUMMARY_KEYS) <= set(summary)


async def test_a_change_of_the_algorithm_is_told_with_its_gap(supervisor: Supervisor) -> None:
    supervisor.events.algorithm("rx/0", "scrypt", 1.25)
    (event,) = await _told(supervisor)
    at = event.pop("at")
    assert isinstance(at, float)
    assert event == {"event": "algorithm", "from": "rx/0", "to": "scrypt", "gap_s": 1.25}


async def test_a_receipt_has_the_keys_of_the_contract(supervisor: Supervisor) -> None:
    supervisor.events.plan(
        Followed(7, "ab" * 32, "rolled_back", "the pool refused"), {"CORES": "command line (--cores)"}
    )
    (event,) = await _told(supervisor)
    at = event.pop("at")
    assert isinstance(at, float)
    assert event == {
        "event": "plan",
        "version": 7,
        "digest": "ab" * 32,
        "state": "rolled_back",
        "reason": "the pool refused",
        "pinned": {"CORES": "command line (--cores)"},
    }


def test_rates_of_different_algorithms_are_never_added() -> None:
    run = Run()
    run.add(StretchTotals(seconds=10.0, hashes=500, algorithm="rx/0"))
    assert run.summary()["hashrate_hps"] == 50.0
    run.add(StretchTotals(seconds=5.0, hashes=50_000, algorithm="scrypt"))
    totals = Totals()
    totals.summary_seen(run.summary())
    for summary in (run.summary(), totals.summary("")):
        assert summary["hashrate_hps"] is None
        assert summary["by_algorithm"] == {
            "rx/0": {"seconds": 10.0, "hashes": 500, "hashrate_hps": 50.0},
            "scrypt": {"seconds": 5.0, "hashes": 50_000, "hashrate_hps": 10_000.0},
        }


def test_every_kind_of_the_contract_is_understood_by_the_terminal() -> None:
    decoded = typing.get_args(terminal_events.Event)
    kinds = {typing.cast(Any, kind).__struct_config__.tag for kind in decoded}
    assert kinds | {"frame"} >= EVENT_KINDS
    assert isinstance(event_from_dict({"event": "frame", **json.loads(EXAMPLE.read_text())}), Frame)


def test_an_algorithm_event_tells_from_to_and_gap() -> None:
    event = event_from_dict({"event": "algorithm", "from": "rx/0", "to": "rx/2", "gap_s": 2.5})
    assert isinstance(event, terminal_events.AlgorithmEvent)
    assert (event.before, event.after, event.gap_s) == ("rx/0", "rx/2", 2.5)


# --- exit codes -----------------------------------------------------------------------------------------------


def test_exit_codes_are_those_of_the_contract() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "DONE": 0,
        "FAILED": 1,
        "BAD_CONFIGURATION": 2,
        "CANNOT_START": 3,
        "LOGIN_REFUSED": 4,
        "INTERRUPTED_TWICE": 130,
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MinerConsoleError, 1),
        (ConfigurationError, 2),
        (CannotStartError, 3),
        (LoginRefusedError, 4),
        (SourceUnavailableError, 1),
    ],
)
def test_each_error_has_its_exit_code_and_one_sentence(error: type[MinerConsoleError], code: int) -> None:
    made = error("Wallet 'x' is not an address.", next_step="Check it.")
    assert made.exit_code == code and made.sentence == "Wallet 'x' is not an address. Check it."
    assert "\n" not in made.sentence and made.code


def test_only_trouble_of_a_source_can_pass_by_itself() -> None:
    assert SourceUnavailableError("x").is_retryable
    assert not any(error("x").is_retryable for error in (ConfigurationError, CannotStartError, LoginRefusedError))

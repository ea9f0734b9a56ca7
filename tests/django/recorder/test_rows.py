"""Journal lines → rows: every field in its place, sessions with their causes, odd lines counted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mining.engine.event_hub import EventHub
from mining.engine.jobs import Job, Link, Outcome, OutcomeKind
from mining.engine.jobs import Share as FoundShare
from mining.engine.plan import Plan
from mining.engine.sources.base import SessionFacts
from mining.engine.supervisor.events import NodeEvents
from mining.engine.supervisor.session_book import Mined
from mining.models import Event, JournalPosition, LinkEvent, PoolSession, Share
from mining.telemetry.journal import Journal, JournalAlerts
from mining.telemetry.recorder import rows as rows_module
from mining.telemetry.recorder.writing import Writing
from tests.support.journals import AT, EPOCH, JournalMaker

pytestmark = pytest.mark.django_db


def record(home: Path) -> int:
    """Record everything there is."""
    writing, lines = Writing(home), 0
    while (some := writing.record_piece()) is not None:
        lines += some
    return lines


def session(journal: JournalMaker, link: str, number: int, cause: str | None = None, **more: Any) -> None:
    told = {"endpoint": "pool.example:443", "generation": number, "source": "pool", "profile": "snipa", "tls": True}
    more = {"login": "48edfH…oD", "coin": "XMR", "algorithm": "rx/0", "plan_version": 3, **more}
    journal.tell("session", link=link, cause=cause, session=number, **told, **more)


def sessions() -> list[tuple[int, float | None, str]]:
    return [
        (row.generation, row.ended_at.timestamp() - AT if row.ended_at else None, row.end_cause)
        for row in PoolSession.objects.order_by("started_at")
    ]


def test_a_share_becomes_one_row_with_every_field(tmp_path: Path, journal: JournalMaker) -> None:
    journal.write(journal.share(0xBEEF, outcome="rejected", reason="low_difficulty", detail="too low", rtt_ms=8.5))
    assert record(tmp_path) == 1
    (share,) = Share.objects.select_related("node")
    assert share.node.is_local and (share.epoch, share.serial) == (EPOCH, 1)
    assert share.at == datetime.fromtimestamp(AT + 1, UTC) and share.found_at == datetime.fromtimestamp(AT, UTC)
    assert (share.outcome, share.reason, share.detail) == ("rejected", "low_difficulty", "too low")
    assert (share.algorithm, share.coin, share.endpoint) == ("rx/0", "XMR", "pool.example:443")
    assert (share.session_generation, share.generation, share.job_id, share.height) == (1, 4, "j-1", 3_000_000)
    assert (share.nonce, share.core, share.difficulty, share.pool_difficulty) == ("0000beef", 1, 5000.0, None)
    assert (share.rtt_ms, share.check_ms, share.job_age_s, share.plan_version) == (8.5, 12.5, 2.25, 3)


def test_the_events_of_the_present_supervisor_fill_every_column_of_a_share(tmp_path: Path) -> None:
    plan = Plan("pool", "XMR", "rx/0", (0,), version=7)
    facts = SessionFacts(pool="snipa", generation=1, is_tls=True, login="48edfH…oD")
    hub, journal = EventHub(), Journal(tmp_path, EPOCH, JournalAlerts(print, print))
    hub.subscribe(journal.add)
    journal.start()
    events = NodeEvents(hub, lambda: Mined(plan, facts))
    job = Job("j", "rx/0", bytes(76), target=1, difficulty=9000, height=5, pool_difficulty=0.25)
    events.session(Link.READY, "pool.example:443", None)
    events.job(job, "pool.example:443")
    found = FoundShare(generation=3, job=job, nonce=77, hash=bytes(32), core=2, found_at=0.0, check_s=0.04)
    events.share(found, Outcome(OutcomeKind.STALE, "stale", "late", 3.0), 1.5)
    assert journal.close(5.0) == 0
    record(tmp_path)
    share, opened = Share.objects.get(), PoolSession.objects.get()
    assert (share.difficulty, share.pool_difficulty, share.plan_version, share.height) == (9000.0, 0.25, 7, 5)
    assert (share.coin, share.algorithm, share.endpoint) == ("XMR", "rx/0", "pool.example:443")
    assert share.session_generation == opened.generation == 1 and share.found_at is not None
    assert (opened.kind, opened.profile, opened.is_tls, opened.login_masked) == ("pool", "snipa", True, "48edfH…oD")
    assert JournalPosition.objects.get().unreadable_lines == 0


def test_a_session_is_opened_when_ready_and_closed_with_the_cause_of_its_loss(
    tmp_path: Path, journal: JournalMaker
) -> None:
    session(journal, "connecting", 0)
    session(journal, "ready", 1)
    session(journal, "down", 1, "pool.example:443 closed the connection")
    session(journal, "connecting", 1)
    session(journal, "ready", 2)
    record(tmp_path)
    assert sessions() == [(1, 3.0, "pool.example:443 closed the connection"), (2, None, "")]
    first = PoolSession.objects.get(generation=1)
    assert (first.endpoint, first.kind, first.profile, first.is_tls) == ("pool.example:443", "pool", "snipa", True)
    assert [event.link for event in LinkEvent.objects.order_by("serial")] == [
        *("connecting", "ready", "down", "connecting", "ready")
    ]


def test_a_session_that_is_replaced_keeps_hashing_until_the_next_one_and_says_why(
    tmp_path: Path, journal: JournalMaker
) -> None:
    session(journal, "ready", 1)
    session(journal, "login", 1, "the pool forgot us")
    record(tmp_path)
    assert sessions() == [(1, None, "the pool forgot us")]
    session(journal, "ready", 2)
    session(journal, "ready", 3, endpoint_changed=True)
    record(tmp_path)
    assert sessions() == [(1, 3.0, "the pool forgot us"), (2, 4.0, "another session took over"), (3, None, "")]


def test_a_goodbye_and_a_crash_close_sessions(tmp_path: Path, journal: JournalMaker) -> None:
    session(journal, "ready", 1)
    journal.tell("summary", accepted=3, rejected=0, stale=0, lost=1, reason="stopped by key q")
    crashed = JournalMaker(tmp_path, "01JD9Z7RB1C2D3E4F5G6H7JKMP", number=2, at=AT + 100)
    session(crashed, "ready", 1)
    crashed.write(crashed.share(1))
    later = JournalMaker(tmp_path, "01JD9Z7RB1C2D3E4F5G6H7JKMQ", number=3, at=AT + 500)
    later.tell("start", version="0.1.0", coin="XMR", algorithm="rx/0", endpoint="pool.example:443")
    record(tmp_path)
    assert sessions() == [(1, 2.0, "stopped by key q"), (1, 102.0, "the Supervisor ended without a goodbye")]


def test_reading_the_whole_journal_again_changes_no_row(tmp_path: Path, journal: JournalMaker) -> None:
    journal.tell("start", coin="XMR", algorithm="rx/0", endpoint="pool.example:443")
    session(journal, "ready", 1)
    journal.shares(5)
    session(journal, "down", 1, "it went away")
    session(journal, "ready", 2)
    journal.tell("log", level="error", sentence="counting error")
    record(tmp_path)
    before = [list(model.objects.order_by("pk").values()) for model in (Share, PoolSession, LinkEvent, Event)]
    JournalPosition.objects.update(file="", offset=0)
    assert record(tmp_path) == 10
    assert before == [list(model.objects.order_by("pk").values()) for model in (Share, PoolSession, LinkEvent, Event)]


def test_a_node_tells_its_own_events_in_sentences(tmp_path: Path, journal: JournalMaker) -> None:
    payee = {"address_masked": "48edfH…oD", "source": "mining_config.env"}
    journal.tell("start", payee=payee, coin="XMR", algorithm="rx/0", endpoint="pool.example:443")
    journal.tell("worker", core=1, state="starting", exit=None, restarts=0)
    journal.tell("worker", core=1, state="off", exit="SIGKILL", restarts=1)
    journal.tell("worker", core=1, state="starting", exit="SIGKILL", restarts=1)
    journal.tell("worker", core=2, state="quarantined", exit=None, restarts=0)
    journal.tell("algorithm", **{"from": "rx/0", "to": "scrypt", "gap_s": 1.5})
    journal.tell("log", level="warning", sentence="the clock jumped")
    record(tmp_path)
    events = list(Event.objects.filter(serial__isnull=False).order_by("serial"))
    assert [(event.kind, event.level) for event in events] == [
        ("node.started", "info"),
        ("core.restarted", "warning"),
        ("core.quarantined", "error"),
        ("node.algorithm", "info"),
        ("node.warning", "warning"),
    ]
    assert "48edfH…oD" in events[0].sentence and events[-1].sentence == "the clock jumped"
    assert all(event.node is not None and event.actor.startswith("node ") for event in events)


def test_receipts_are_handed_to_the_plans_and_their_trouble_stops_no_share(
    tmp_path: Path, journal: JournalMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[tuple[Any, ...]] = []

    def take(node: Any, *, version: int, digest: str, state: str, reason: str, at: datetime) -> bool:
        if version == 13:
            raise RuntimeError("a secret cannot be read")
        taken.append((version, digest, state, reason, at.timestamp() - AT))
        return True

    monkeypatch.setattr(rows_module, "receipt_record", take)
    journal.tell("plan", version=2, digest="ab", state="applied", reason="", pinned={})
    journal.tell("plan", version=13, digest="cd", state="failed", reason="login refused", pinned={})
    journal.tell("plan", version=3, digest="ef", state="verified", reason=None, pinned={})
    journal.shares(1)
    record(tmp_path)
    assert taken == [(2, "ab", "applied", "", 1.0), (3, "ef", "verified", "", 3.0)]
    assert Share.objects.count() == 1 and JournalPosition.objects.get().unreadable_lines == 1


def test_lines_that_are_none_and_kinds_of_a_newer_version_are_counted_and_passed_over(
    tmp_path: Path, journal: JournalMaker
) -> None:
    journal.shares(1)
    journal.write(b"\x00\xff not json\n\n[]\n")
    journal.tell("from_the_future", wonders=7)
    journal.write(journal.share(2, outcome="celebrated"))
    journal.write(journal.share(3, core=-1))
    journal.write(journal.share(4, height=1 << 70))
    journal.shares(1)
    record(tmp_path)
    assert Share.objects.count() == 2 and JournalPosition.objects.get().unreadable_lines == 7


def test_texts_that_are_too_long_are_cut(tmp_path: Path, journal: JournalMaker) -> None:
    journal.write(journal.share(1, detail="x" * 5000, job="j" * 500, reason="r" * 99, endpoint="e" * 999))
    session(journal, "down", 0, "c" * 5000)
    journal.tell("log", level="error", sentence="s" * 5000)
    record(tmp_path)
    for row in (Share.objects.get(), LinkEvent.objects.get(), Event.objects.get(kind="node.error")):
        row.full_clean(exclude=["old", "new", "user"])


def test_a_line_that_only_the_database_refuses_does_not_take_others_with_it(
    tmp_path: Path, journal: JournalMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = rows_module._share

    def refuse_seven(node: Any, line: Any, told: Any) -> Share:
        row = made(node, line, told)
        row.difficulty = None if told.nonce == 7 else row.difficulty  # type: ignore[assignment]
        row.core = "no number" if told.nonce == 8 else row.core
        return row

    monkeypatch.setattr(rows_module, "_share", refuse_seven)
    journal.shares(10)
    record(tmp_path)
    assert Share.objects.count() == 8
    assert JournalPosition.objects.get().unreadable_lines >= 1

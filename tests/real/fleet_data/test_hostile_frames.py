"""What one Node sends, however wrong, ends or delays nothing of what the others send; through a real Redis."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from django.utils import timezone

from mining.fleet.keys import FRAMES, JOURNAL, node_key
from mining.fleet.unfit_streams import MOST_STREAM_BYTES
from mining.fleet.wire import Message, Shipment, message_fields, shipment_fields
from mining.models import JournalPosition, Node, RateBlock, Share
from mining.telemetry.journal_tail import Place
from mining.telemetry.recorder import far_streams, fleet_recorder
from mining.telemetry.recorder.database import ConsoleDatabase
from mining.telemetry.recorder.far_history import FarHistory
from mining.telemetry.recorder.fleet_recorder import FleetRecorder
from tests.support.far_node import FarNode
from tests.support.redis_server import RedisServer, redis_server

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def client(broker: RedisServer) -> Iterator[redis.Redis]:
    with contextlib.closing(broker.client()) as made:
        yield made


class Sender:
    """A Node with a row, which writes its stream itself."""

    def __init__(self, home: Path, client: redis.Redis) -> None:
        self.far = FarNode(home, "")
        self.row = Node.objects.create(ulid=self.far.ulid, name=home.name)
        self._client = client
        self._at = time.time() - 30

    def frame(self, entry_id: str = "*", **changes: Any) -> None:
        """Send the next Frame, a second after the one before by its own clock."""
        self._at += 1
        frame = msgspec.json.encode(self.far.frame(**{"at": self._at, **changes}))
        fields: Any = message_fields(Message(self._at, "R", frame))
        self._client.xadd(node_key(self.far.ulid, FRAMES), fields, id=entry_id)

    @property
    def algorithms(self) -> set[str]:
        """Those of its history in rows."""
        return set(RateBlock.objects.filter(node=self.row).values_list("algorithm", flat=True))

    @property
    def dropped(self) -> int:
        return JournalPosition.objects.get(node=self.row).dropped_samples

    def forget(self) -> None:
        for name in (FRAMES, JOURNAL):
            self._client.delete(node_key(self.far.ulid, name))


@pytest.fixture
def bad(tmp_path: Path, client: redis.Redis) -> Iterator[Sender]:
    sender = Sender(tmp_path / "bad", client)
    yield sender
    sender.forget()


@pytest.fixture
def good(tmp_path: Path, client: redis.Redis, bad: Sender) -> Iterator[Sender]:
    """The one that comes after the bad one in every loop."""
    sender = Sender(tmp_path / "good", client)
    yield sender
    sender.forget()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def recorder(
    tmp_path: Path, broker: RedisServer, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[FleetRecorder]:
    """Its steps are taken by the test, in the test's own transaction."""
    monkeypatch.setattr(ConsoleDatabase, "ensure", lambda self: False)
    made = FleetRecorder(tmp_path, broker.url, history_every_s=0.0)
    made._say = lambda level, sentence: said.append(sentence)
    yield made
    made._hang_up()


def step(recorder: FleetRecorder, *senders: Sender) -> None:
    """Begin with all; places in rows stand for the Node's journals."""
    for sender in senders:
        JournalPosition.objects.get_or_create(node=sender.row)
    recorder.step()


@pytest.mark.parametrize("algorithm", ["an algorithm with a very long name", "rx/9", "rx/\0"])
def test_an_algorithm_that_nobody_knows_is_dropped_and_the_others_are_recorded(
    recorder: FleetRecorder, bad: Sender, good: Sender, algorithm: str
) -> None:
    for _ in range(3):
        bad.frame(algorithm=algorithm)
        good.frame()
    step(recorder, bad, good)
    assert (bad.algorithms, bad.dropped) == (set(), 3)
    assert (good.algorithms, good.dropped) == ({"rx/0"}, 0)


def test_a_history_that_cannot_be_kept_is_dropped_once_told_once_and_goes_on(
    recorder: FleetRecorder, bad: Sender, good: Sender, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    save = FarHistory.save
    failed: list[int] = []

    def save_or_fail(self: Any, now: float) -> None:
        if self.node.pk == bad.row.pk and len(failed) < 2:
            failed.append(1)
            raise ValueError("cannot be kept")
        save(self, now)

    monkeypatch.setattr(FarHistory, "save", save_or_fail)
    for _ in range(3):
        bad.frame()
        good.frame()
    step(recorder, bad, good)
    assert good.algorithms == {"rx/0"} and bad.algorithms == set()
    recorder.step()
    recorder.step()
    assert [sentence for sentence in said if "bad" in sentence and "cannot be kept" in sentence] == said
    assert len(said) == 1 and bad.dropped == 2
    for _ in range(3):
        bad.frame()
    recorder.step()
    assert bad.algorithms == {"rx/0"}


def test_counts_beyond_every_number_end_nothing(
    recorder: FleetRecorder, bad: Sender, good: Sender, client: redis.Redis, said: list[str]
) -> None:
    for number in range(3):
        plain = msgspec.json.encode(bad.far.frame(at=time.time()))
        frame = plain.replace(b'"difficulty_accepted":0', b'"difficulty_accepted":' + b"9" * 400 * number + b"0")
        fields: Any = {"n": b"nan", "f": frame, "r": b"\xff"}
        client.xadd(node_key(bad.far.ulid, FRAMES), fields)
        good.frame()
    step(recorder, bad, good)
    assert good.algorithms == {"rx/0"} and bad.dropped == 2 and len(said) == 1


@pytest.mark.parametrize("entry_id", ["9999999999999999-1", f"{1 << 62}-1", "18446744073709551615-0"])
def test_entries_that_a_node_dates_later_than_now_are_no_frames(
    recorder: FleetRecorder, bad: Sender, good: Sender, client: redis.Redis, said: list[str], entry_id: str
) -> None:
    bad.frame(entry_id)
    for _ in range(3):
        good.frame()
    step(recorder, bad, good)
    assert bad.algorithms == set() and good.algorithms == {"rx/0"}
    assert client.xlen(node_key(bad.far.ulid, FRAMES)) == 0 and len(said) == 1 and "dates its Frames" in said[0]
    for _ in range(3):  # dated by the broker again
        bad.frame()
    recorder.step()
    assert bad.algorithms == {"rx/0"} and bad.dropped == 1


def test_an_id_that_is_too_long_for_its_row_is_refused(
    recorder: FleetRecorder, bad: Sender, good: Sender, client: redis.Redis
) -> None:
    bad.frame(f"{int(time.time() * 1000)}-18446744073709551615")
    for _ in range(3):
        good.frame()
    step(recorder, bad, good)
    assert good.algorithms == {"rx/0"} and client.xlen(node_key(bad.far.ulid, FRAMES)) == 0
    assert len(JournalPosition.objects.get(node=bad.row).frame_id) <= 32


def test_each_node_was_seen_at_its_own_time(
    recorder: FleetRecorder, bad: Sender, good: Sender, client: redis.Redis
) -> None:
    began = timezone.now()
    bad.frame(f"{int((time.time() + 4) * 1000)}-1")  # as far ahead as is believed
    good.frame(f"{int((time.time() - 6) * 1000)}-1")
    step(recorder, bad, good)
    bad.row.refresh_from_db()
    good.row.refresh_from_db()
    assert bad.row.last_frame_at is not None and good.row.last_frame_at is not None
    assert began <= bad.row.last_frame_at <= timezone.now()
    assert 4 < (bad.row.last_frame_at - good.row.last_frame_at).total_seconds() < 10


def test_history_is_by_the_console_s_clock_also_where_the_broker_s_is_an_hour_ahead(
    recorder: FleetRecorder, good: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = far_streams.broker_time
    monkeypatch.setattr(far_streams, "broker_time", lambda client: ask(client) + 3600)
    for age_s in (5, 4, 3):
        good.frame(f"{int((time.time() + 3600 - age_s) * 1000)}-1", at=time.time() - age_s)
    step(recorder, good)
    assert recorder._histories[good.far.ulid]._clock.seconds == 0.0, "a clock that was right was moved"
    good.row.refresh_from_db()
    assert good.row.last_frame_at is not None and 1 < (timezone.now() - good.row.last_frame_at).total_seconds() < 10


def test_keys_that_are_no_streams_do_not_keep_the_others_from_being_read(
    recorder: FleetRecorder, bad: Sender, good: Sender, client: redis.Redis
) -> None:
    client.set(node_key(bad.far.ulid, FRAMES), "no stream")
    client.lpush(node_key(bad.far.ulid, JOURNAL), "no stream")
    for _ in range(3):
        good.frame()
    step(recorder, bad, good)
    assert good.algorithms == {"rx/0"} and not client.exists(node_key(bad.far.ulid, FRAMES))


@pytest.mark.parametrize("small", [0, 6], ids=["at once", "between small entries"])  # Redis looks at five by itself
def test_streams_that_are_too_large_are_emptied_unread_and_the_others_are_recorded(
    recorder: FleetRecorder, bad: Sender, good: Sender, client: redis.Redis, said: list[str],
    monkeypatch: pytest.MonkeyPatch, small: int,
) -> None:  # fmt: skip
    read: list[int] = []
    xread = redis.Redis.xread

    def measured(self: redis.Redis, *words: Any, **more: Any) -> Any:
        answer = xread(self, *words, **more)
        read.append(len(str(answer)))
        return answer

    monkeypatch.setattr(redis.Redis, "xread", measured)
    huge: Any = {"j": b"x" * (MOST_STREAM_BYTES + 1), "f": b"x"}
    page: Any = {"j": b"x" * 5000}  # one of these fills what Redis counts as a piece
    for _ in range(2):
        for name in (FRAMES, JOURNAL):
            for fields in (*[page] * small, huge, *[page] * small):
                client.xadd(node_key(bad.far.ulid, name), fields)
        for _ in range(3):
            good.frame()
        step(recorder, bad, good)
        assert not client.exists(node_key(bad.far.ulid, FRAMES), node_key(bad.far.ulid, JOURNAL))
    assert good.algorithms == {"rx/0"} and max(read) < MOST_STREAM_BYTES / 16
    assert len(said) == 1 and "bad" in said[0] and "filled its streams" in said[0]
    for _ in range(3):  # as it should be
        bad.frame()
    recorder.step()
    assert bad.algorithms == {"rx/0"}


def test_a_node_that_fills_its_journal_for_ever_does_not_keep_frames_waiting(
    recorder: FleetRecorder, bad: Sender, good: Sender, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, place = [], Place()
    record = fleet_recorder.FleetRecorder._record_journals

    def fill_again(self: FleetRecorder) -> bool:
        nonlocal place
        turns.append(1)
        assert len(turns) < 50
        begin, place = place, Place("x", place.offset + 1)
        fields: Any = shipment_fields(Shipment(begin, place, (b"{}",)))
        client.xadd(node_key(bad.far.ulid, JOURNAL), fields)
        return record(self)

    monkeypatch.setattr(fleet_recorder.FleetRecorder, "_record_journals", fill_again)
    for _ in range(3):
        good.frame()
    step(recorder, bad, good)
    assert good.algorithms == {"rx/0"} and 1 < len(turns) <= 8 and not Share.objects.exists()


def test_garbage_in_a_journal_is_no_progress(
    recorder: FleetRecorder, bad: Sender, good: Sender, client: redis.Redis
) -> None:
    for _ in range(20):
        client.xadd(node_key(bad.far.ulid, JOURNAL), {"j": b"what?"})
    step(recorder, bad, good)
    assert 0 < client.xlen(node_key(bad.far.ulid, JOURNAL)) < 20
    assert recorder.lines == 0

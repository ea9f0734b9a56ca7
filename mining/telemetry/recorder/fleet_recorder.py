"""FleetRecorder: a thread of the console that copies journals and Frames of all Nodes far away into rows.

Neither the broker nor the database ends it: it tries again with a growing pause, and says in one sentence when a
trouble begins and in one when it is over. Several may run; each line is recorded once all the same.

What one Node sends ends or delays nothing of the others: its own history is dropped, which is counted and said.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from mining.fleet.connection import BROKER_ERRORS, broker_trouble, connect
from mining.models import JournalPosition, Node
from mining.telemetry.recorder import far_streams
from mining.telemetry.recorder.database import ConsoleDatabase
from mining.telemetry.recorder.far_history import BEGINNING, FarHistory, is_dated_by_broker
from mining.telemetry.recorder.far_journals import record_shipments, stored_places
from mining.telemetry.recorder.history_rows import delete_expired_of_all
from mining.telemetry.recorder.troubles import Say, Trouble, TroubleLog, trouble_of

HISTORY_EVERY_S = 60.0
_POLL_S = 0.5
_NODES_EVERY_S = 5.0
_SEEN_EVERY_S = 5.0
_EXPIRE_EVERY_S = 600.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 5.0
_JOURNAL_TURNS, _JOURNALS_S = 8, 1.0


class FleetRecorder:
    """For one console. `start`, then `stop`. `make_client`: from the broker's address to a client."""

    def __init__(
        self,
        home: Path,
        url: str,
        *,
        make_client: Callable[[str], Any] = connect,
        history_every_s: float = HISTORY_EVERY_S,
    ) -> None:
        self._url = url
        self._make_client = make_client
        self._client: Any = None
        self._database = ConsoleDatabase(home)
        self._nodes: dict[str, Node] = {}
        self._histories: dict[str, FarHistory] = {}
        self._history_every_s = history_every_s
        self._due: dict[str, float] = {}
        self._nodes_due = self._seen_due = self._expire_due = 0.0
        self._broker_ahead_s = 0.0  # its clock less ours (monotonic)
        self._broker_off_s = 0.0  # its clock less ours
        self._told: set[tuple[str, str]] = set()
        self._say: Say = lambda level, sentence: None
        self._log = TroubleLog(lambda level, sentence: self._say(level, sentence))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fleet-recorder", daemon=True)
        self.lines = 0
        self.unused = 0

    def start(self, say: Say) -> None:
        """Begin. `say(level, sentence)` is called from the thread."""
        self._say = say
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Write the history that is in memory and end; False when the thread did not in time. No share is at stake."""
        self._closing.set()
        self._thread.join(timeout_s)
        self._database.end_migration()
        return not self._thread.is_alive()

    # --- the thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        try:
            while not self._closing.is_set():
                if self._step_safely():
                    pause_s = _FIRST_PAUSE_S
                    self._closing.wait(_POLL_S)
                else:
                    self._closing.wait(pause_s)
                    pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)
            with contextlib.suppress(Exception):  # what is not written now is read from the stream at the next start
                self._save_histories(is_last=True)
        finally:
            self._hang_up()
            connection.close()

    def _step_safely(self) -> bool:
        """Everything that is to be done now; False when something stood in the way."""
        try:
            self.step()
        except BROKER_ERRORS as error:
            self._hang_up()
            trouble = broker_trouble(self._url, error)
            end = "Nodes go on mining and keep their shares."
            self._log.met(Trouble(trouble.code, f"{trouble.sentence} {end}"), time.monotonic())
            return False
        except Exception as error:  # whatever it is: this thread goes on, and a person is told
            self._hang_up()
            self._database.close()
            self._log.met(trouble_of(error), time.monotonic())
            return False
        self._log.over(time.monotonic())
        return True

    def step(self) -> None:
        """Record all there is, and the history when it is due. Raises what stands in the way."""
        if self._database.ensure():
            self._forget()
        if self._client is None:
            self._client = self._make_client(self._url)
            self._forget()
        self._find_nodes()
        self._empty_large()
        self._record_all_journals()
        self._empty_large()
        self._take_frames()
        self._save_histories()
        self._note_seen()

    def _find_nodes(self) -> None:
        """Look which Nodes there are, and tell those that are new to us what is in rows."""
        if time.monotonic() < self._nodes_due:
            return
        self._nodes_due = time.monotonic() + _NODES_EVERY_S
        found = {node.ulid: node for node in Node.objects.filter(is_local=False)}
        fresh = [node for ulid, node in found.items() if ulid not in self._nodes]
        places = stored_places(fresh)
        far_streams.acknowledge(self._client, {node.ulid: place for node, place in places.items()}, {})
        self._begin_histories(fresh)
        self._nodes = found
        for ulid in set(self._histories) - set(found):
            del self._histories[ulid]
        self._told = {(ulid, cause) for ulid, cause in self._told if ulid in found}

    def _empty_large(self) -> None:
        for ulid in far_streams.empty_large(self._client, list(self._nodes)):
            self._histories[ulid].read_anew()
            why = "it filled its streams beyond what can be read, and they were emptied"
            self._warn(self._nodes[ulid], "size", why)

    def _begin_histories(self, fresh: list[Node]) -> None:
        rows = JournalPosition.objects.filter(node__in=fresh).exclude(frame_id="")
        kept = dict(rows.values_list("node__ulid", "frame_id"))
        self._ask_time()
        kept = {ulid: frame_id for ulid, frame_id in kept.items() if is_dated_by_broker(frame_id, self._broker_at())}
        frames = far_streams.frames_at(self._client, kept)
        for node in fresh:
            history = self._histories.get(node.ulid)
            if history is not None and history.node.pk == node.pk:
                continue  # after a break: what it holds in memory goes on
            history = self._histories[node.ulid] = FarHistory(node, kept.get(node.ulid, BEGINNING))
            history.broker_off_s = self._broker_off_s
            with self._only_this(history):
                history.begin_with(frames.get(node.ulid))
            self._due[node.ulid] = time.monotonic() + self._history_every_s * (node.pk % 60 + 1) / 60

    def _record_all_journals(self) -> None:
        """Record what waits, for so long only that Frames do not wait for it."""
        until = time.monotonic() + _JOURNALS_S
        for _ in range(_JOURNAL_TURNS):
            if not self._record_journals() or self._closing.is_set() or time.monotonic() >= until:
                return

    def _record_journals(self) -> bool:
        """Record some of what waits for each Node; whether there were any lines."""
        recorded = 0
        for waiting in far_streams.waiting_shipments(self._client, list(self._nodes)):
            told = {self._nodes[ulid]: shipments for ulid, (_, shipments) in waiting.items()}
            done = record_shipments(told)
            places = {node.ulid: result.place for node, result in done.items()}
            far_streams.acknowledge(self._client, places, {ulid: ids for ulid, (ids, _) in waiting.items()})
            lines = sum(result.lines for result in done.values())
            self.lines += lines
            self.unused += sum(result.unused for result in done.values())
            self._log.recorded(lines)
            recorded += lines
        return recorded > 0

    def _take_frames(self) -> None:
        self._ask_time()
        places = {ulid: history.next_id for ulid, history in self._histories.items()}
        emptied: set[str] = set()
        for ulid, entry_id, frame in far_streams.new_frames(self._client, places):
            history = self._histories[ulid]
            if ulid in emptied:
                continue
            if not is_dated_by_broker(entry_id, self._broker_at()):
                emptied.add(ulid)
                self._empty(history)
            elif frame:
                with self._only_this(history):
                    history.take(entry_id, frame)
            else:
                history.next_id = entry_id

    def _empty(self, history: FarHistory) -> None:
        far_streams.empty_frames(self._client, history.node.ulid)
        history.read_anew()
        self._warn(
            history.node, "date", "it dates its Frames itself, later than the broker's clock; its stream was emptied"
        )

    def _save_histories(self, *, is_last: bool = False) -> None:
        now = time.monotonic()
        for ulid, history in self._histories.items():
            if history.is_changed and (is_last or now >= self._due.get(ulid, 0.0)):
                with self._only_this(history):
                    history.save(time.time())
                self._due[ulid] = now + self._history_every_s
        if now >= self._expire_due:
            self._expire_due = now + _EXPIRE_EVERY_S
            delete_expired_of_all(time.time())

    def _note_seen(self) -> None:
        """Keep when each Node was seen at last, for pages of consoles that have just started."""
        if time.monotonic() < self._seen_due:
            return
        self._seen_due = time.monotonic() + _SEEN_EVERY_S
        now, broker_at = time.time(), self._broker_at()
        ages = {each.node.pk: max(0.0, broker_at - each.seen_at) for each in self._histories.values()}
        seen = [
            Node(pk=pk, last_frame_at=datetime.fromtimestamp(now - age_s, UTC))
            for pk, age_s in sorted(ages.items())
            if age_s < 2 * _SEEN_EVERY_S
        ]
        Node.objects.bulk_update(seen, ["last_frame_at"])

    def _ask_time(self) -> None:
        broker_at = far_streams.broker_time(self._client)
        self._broker_ahead_s, self._broker_off_s = broker_at - time.monotonic(), broker_at - time.time()
        for history in self._histories.values():
            history.broker_off_s = self._broker_off_s

    def _broker_at(self) -> float:
        """What the broker's clock reads now, Unix seconds."""
        return time.monotonic() + self._broker_ahead_s

    @contextlib.contextmanager
    def _only_this(self, history: FarHistory) -> Iterator[None]:
        """What goes wrong with one Node's history costs that history only; not so a database that is away."""
        try:
            yield
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # a Node may send anything: it must not end the work for the others
            history.give_up()
            said = " ".join(str(error).split())[:200]
            self._warn(history.node, type(error).__name__, f"it cannot be kept ({type(error).__name__}: {said})")

    def _warn(self, node: Node, cause: str, why: str) -> None:
        """Say it once for each Node and cause."""
        if (node.ulid, cause) in self._told:
            return
        self._told.add((node.ulid, cause))
        end = "Shares are recorded all the same. If this goes on, update that machine, or remove it from the fleet."
        self._say("warning", f"History of {node.name} is dropped: {why}. {end}")

    def _forget(self) -> None:
        self._nodes = {}
        self._nodes_due = 0.0

    def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):  # a broken connection is no reason not to open another one
                client.close()

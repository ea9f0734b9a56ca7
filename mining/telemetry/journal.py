"""Journal: every event of the Supervisor but frames and jobs, appended to HOME/journal by a thread of its own.

The event loop hands an event over and goes on; it never waits for a disk. Shares are kept until they are written,
however long that takes; of everything else at most `MOST_WAITING` lines wait, newer ones are dropped and counted. When
the disk is full or the folder is gone the thread tries again with a growing pause, and says so in an alert. A write
that was cut short goes on where it stopped, so that a line is whole or the last one. A file that was deleted under us
is written anew: its content is still there as long as we hold it open. No Django, no event loop.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mining.telemetry.journal_files import file_name, journal_folder, journal_names, number_of

ALERT = "journal"
MOST_WAITING = 10_000
FILE_BYTES = 4 << 20
_LEFT_OUT = frozenset({"frame", "job", "bye"})
_NEVER_DROPPED = frozenset({"share"})
_IS_INFO = b'"level":"info"'  # inside a JSON text the quotes would be escaped
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _LAST_PAUSE_S = 0.25, 10.0, 0.1
_SYNC_EVERY_S = 5.0
_BATCH_LINES = 500


@dataclass(frozen=True, slots=True)
class JournalAlerts:
    """Told from the journal's thread: `raise_` with a sentence about its trouble, `lower` when that is over."""

    raise_: Callable[[str], None]
    lower: Callable[[], None]


class Journal:
    """`add` from the event loop; `start` and `close` around it. `file_bytes`: a file longer than this is the last but
    one. Lines are numbered when they are written, from 1 on without a gap."""

    def __init__(self, home: Path, epoch: str, alerts: JournalAlerts, *, file_bytes: int = FILE_BYTES) -> None:
        self._file = JournalFile(home, epoch, file_bytes)
        self._epoch = msgspec.json.encode(epoch)
        self._alerts = alerts
        self._waiting: deque[tuple[float, bytes, bool]] = deque()
        self._counting = threading.Lock()  # held for a few steps, never while writing
        self._droppable = 0
        self._dropped = 0
        self._serial = 0
        self._has_trouble = False
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    @property
    def unwritten(self) -> int:
        """Lines that wait for the disk."""
        return len(self._waiting) + self._file.rest_lines

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def add(self, kind: str, line: bytes) -> None:
        """Take one encoded event of the hub; returns at once."""
        if kind in _LEFT_OUT or (kind == "log" and _IS_INFO in line):
            return
        is_droppable = kind not in _NEVER_DROPPED
        with self._counting:
            if is_droppable and self._droppable >= MOST_WAITING:
                self._dropped += 1
                return
            self._droppable += is_droppable
        self._waiting.append((time.time(), line, is_droppable))
        self._wake.set()

    def close(self, timeout_s: float) -> int:
        """Write what waits, for at most `timeout_s`; returns how many lines could not be written."""
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout_s)
        return self.unwritten

    # --- the thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            self._wake.wait(_SYNC_EVERY_S)
            self._wake.clear()
            is_last = self._closing.is_set()
            try:
                self._write_waiting()
                self._file.sync(time.monotonic(), is_forced=is_last)
            except OSError as error:
                self._trouble(error)
                if is_last:
                    time.sleep(_LAST_PAUSE_S)
                elif not self._closing.wait(pause_s):
                    pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)
                self._wake.set()
                continue
            pause_s = _FIRST_PAUSE_S
            self._calm()
            if is_last and not self._waiting:
                self._file.close()
                return

    def _write_waiting(self) -> None:
        self._file.finish_rest()
        while self._waiting:
            self._file.make_ready()
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _BATCH_LINES))]
            with self._counting:
                self._droppable -= sum(is_droppable for _, _, is_droppable in batch)
            lines = b"".join(self._line(at, line) for at, line, _ in batch)
            self._file.append(lines)

    def _line(self, at: float, told: bytes) -> bytes:
        self._serial += 1
        return b'{"epoch":%b,"serial":%d,"at":%.6f,"told":%b}\n' % (self._epoch, self._serial, at, told.rstrip())

    def _trouble(self, error: OSError) -> None:
        self._has_trouble = True
        self._alerts.raise_(
            f"The journal in {self._file.folder} cannot be written ({error.strerror or error}); "
            f"{self.unwritten} events wait in memory and shares are not lost. Make room, or make the folder writable."
        )

    def _calm(self) -> None:
        if self._has_trouble:
            self._has_trouble = False
            self._alerts.lower()
        with self._counting:
            dropped, self._dropped = self._dropped, 0
        if dropped:
            sentence = f"{dropped} events that are no shares were not kept while the journal could not be written"
            self.add("log", msgspec.json.encode({"event": "log", "level": "warning", "sentence": sentence}))


class JournalFile:
    """The file that is written now. After `append` failed, `finish_rest` must succeed before the next `append`."""

    def __init__(self, home: Path, epoch: str, file_bytes: int) -> None:
        self.folder = journal_folder(home)
        self._home = home
        self._epoch = epoch
        self._file_bytes = file_bytes
        self._fd = -1
        self._rest = b""
        self._size = 0
        self._is_synced = True
        self._synced_at = 0.0

    @property
    def rest_lines(self) -> int:
        """Lines that were taken and are not written yet, or not to their end."""
        return self._rest.count(b"\n")

    def make_ready(self) -> None:
        """Have a file to append to: the next one when this is long enough, a new one when it is gone. Raises OSError.

        Nothing that was taken is lost when this fails.
        """
        if self._fd >= 0 and os.fstat(self._fd).st_nlink == 0:
            self._write_anew()
        if self._fd >= 0 and self._size >= self._file_bytes and not self._rest:
            self.sync(0.0, is_forced=True)
            os.close(self._fd)
            self._fd = -1
        if self._fd < 0:
            self._fd, self._size = self._open_next(), 0

    def append(self, lines: bytes) -> None:
        """Write whole lines. Raises OSError; what is not written then is kept as the rest."""
        self._rest += lines
        self.finish_rest()

    def finish_rest(self) -> None:
        """Write what a write before left over. Raises OSError."""
        if self._rest:
            self.make_ready()
        while self._rest:
            written = os.write(self._fd, self._rest)
            self._rest = self._rest[written:]
            self._size += written
            self._is_synced = False

    def sync(self, now: float, *, is_forced: bool = False) -> None:
        """Have the disk hold what was written, now and then. Raises OSError."""
        if self._fd < 0:
            return
        if os.fstat(self._fd).st_nlink == 0:
            self.make_ready()
        if not self._is_synced and (is_forced or now - self._synced_at >= _SYNC_EVERY_S):
            os.fdatasync(self._fd)
            self._is_synced, self._synced_at = True, now

    def close(self) -> None:
        """Release the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _open_next(self) -> int:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = journal_names(self._home)
        number = max((number_of(name) for name in names), default=0) + 1
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        return os.open(self.folder / file_name(number, self._epoch), flags, 0o600)

    def _write_anew(self) -> None:
        """Copy the deleted file, which lives as long as we hold it, into a new one. Who reads knows lines again."""
        content = os.pread(self._fd, self._size, 0)
        fresh = self._open_next()
        try:
            at = 0
            while at < len(content):
                at += os.write(fresh, content[at:])
        except OSError:
            os.ftruncate(fresh, 0)
            os.close(fresh)
            raise
        os.close(self._fd)
        self._fd, self._is_synced = fresh, False

"""Beats: a Node's signs of life at the broker, every few seconds, and the clock that counts for commands.

Each beat names the run that sends it, so that two machines with one identity are told apart (`mining.fleet.clones`),
and brings back the broker's time. Answers to commands go the same way. A broker that is away costs nothing but those.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import socket
import threading
import time
from pathlib import Path
from typing import Any

import redis

from mining import __version__
from mining.engine.ulid import new_ulid
from mining.fleet.connection import BROKER_ERRORS, broker_trouble, connect
from mining.fleet.keys import ANSWERS, BEATS, node_key
from mining.fleet.membership import Membership

EVERY_S = 5.0
MOST_BEATS = 24
"""Two minutes: as long as two runs can be told to overlap."""
MOST_ANSWERS = 200
_MACHINE_FILES = ("etc/machine-id", "proc/sys/kernel/random/boot_id", "sys/class/dmi/id/product_uuid")
log = logging.getLogger(__name__)


class Beats:
    """Of one `node run`."""

    def __init__(self, membership: Membership, *, every_s: float = EVERY_S) -> None:
        self.run = new_ulid()
        self._membership = membership
        self._every_s = every_s
        self._offset_s = membership.clock_offset_s
        self._client: redis.Redis | None = None
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._trouble = ""
        self._thread = threading.Thread(target=self._beat_on, name="beats", daemon=True)

    def start(self) -> None:
        """Begin to beat, in a thread."""
        self._thread.start()

    def stop(self, limit_s: float = 2.0) -> None:
        """Stop beating."""
        self._end.set()
        if self._thread.ident is not None:
            self._thread.join(limit_s)

    def now(self) -> float:
        """The time that counts for commands, Unix seconds: the broker's, as it was measured with the last beat."""
        return time.time() + self._offset_s

    def answer(self, content: dict[str, Any]) -> None:
        """Tell the console what came of a command. Lost when the broker is away: the next Frames tell as well."""
        fields = {"i": str(content.get("id", "")), "a": json.dumps(content, separators=(",", ":"))}
        with contextlib.suppress(*BROKER_ERRORS):
            self._add(ANSWERS, fields, MOST_ANSWERS)

    def beat(self) -> None:
        """One beat. Raises BROKER_ERRORS."""
        fields = {"r": self.run, "m": machine_digest(), "h": socket.gethostname()[:64], "v": __version__}
        self._add(BEATS, {**fields, "n": f"{time.time():.3f}"}, MOST_BEATS)
        asked = time.time()
        with self._lock:
            seconds, micros = self._connected().time()
        answered = time.time()
        self._offset_s = seconds + micros / 1e6 - (asked + answered) / 2

    def _add(self, stream: str, fields: dict[str, str], most: int) -> None:
        """Raises BROKER_ERRORS; then the next call connects anew."""
        with self._lock:
            try:
                key = node_key(self._membership.ulid, stream)
                self._connected().xadd(key, fields, maxlen=most, approximate=False)  # type: ignore[arg-type]
            except BROKER_ERRORS:
                self._disconnect()
                raise

    def _connected(self) -> redis.Redis:
        if self._client is None:
            self._client = connect(self._membership.broker)
        return self._client

    def _disconnect(self) -> None:
        if self._client is not None:
            with contextlib.suppress(*BROKER_ERRORS):
                self._client.close()
            self._client = None

    def _beat_on(self) -> None:
        while not self._end.is_set():
            try:
                self.beat()
                if self._trouble:
                    log.warning("The broker answers again")
                self._trouble = ""
            except BROKER_ERRORS as error:
                trouble = broker_trouble(self._membership.broker, error)
                if trouble.code != self._trouble:
                    log.warning("%s Mining goes on.", trouble.sentence)
                self._trouble = trouble.code
            self._end.wait(self._every_s)
        with self._lock:
            self._disconnect()


def tell_left(membership: Membership) -> None:
    """Tell the console that the owner of this Node had it leave. Raises BROKER_ERRORS."""
    fields = {"r": new_ulid(), "m": machine_digest(), "h": socket.gethostname()[:64], "left": "1"}
    with contextlib.closing(connect(membership.broker)) as client:
        client.xadd(node_key(membership.ulid, BEATS), fields, maxlen=MOST_BEATS, approximate=False)  # type: ignore[arg-type]


def machine_digest(root: Path = Path("/")) -> str:
    """Return 16 hex digits that differ between two machines, also between two that were made from one image."""
    digest = hashlib.sha256()
    for name in _MACHINE_FILES:
        with contextlib.suppress(OSError):
            digest.update((root / name).read_bytes())
    return digest.hexdigest()[:16]

"""SimulatedNode: a Node as its streams show it. Frames, a journal of shares, leaves and returns, a wrong clock.

Random numbers come from the outside, so that a run can be repeated. Owns no connection.
"""

from __future__ import annotations

import random
import time

import msgspec

from mining.engine.ulid import new_ulid
from mining.fleet.wire import Message, Shipment, message_fields, shipment_fields
from mining.telemetry import frame as f
from mining.telemetry.journal_tail import Place

CORES = 8
_OUTCOMES = ("accepted",) * 96 + ("rejected", "stale", "stale", "lost")
_WRONG_CLOCKS = ((0.90, 0.0), (0.98, 5.0), (1.0, 86_400.0))  # up to this share of the Nodes: seconds that it may be off


class SimulatedNode:
    """`step` once a second. `skew_s`: its clock less ours; `counts`: shares by outcome since the beginning of all."""

    def __init__(self, ulid: str, chance: random.Random, *, share_every_s: float) -> None:
        self.ulid = ulid
        self._chance = chance
        self._share_every_s = share_every_s
        self._encoder = msgspec.json.Encoder()
        drawn = chance.random()
        most = next(seconds for part, seconds in _WRONG_CLOCKS if drawn <= part)
        self.skew_s = chance.uniform(-most, most)
        self.counts = dict.fromkeys(("accepted", "rejected", "stale", "lost"), 0)
        self._file = 0
        self._place = Place()
        self._rate = chance.uniform(500.0, 9000.0)
        self._away_until = 0.0
        self._begin_run()

    def step(self, now: float) -> tuple[dict[str, bytes] | None, dict[str, bytes] | None]:
        """What goes into its two streams now: a Frame and a shipment, each if there is one. `now`: Unix seconds."""
        if now < self._away_until:
            return None, None
        if self._away_until:
            self._away_until = 0.0
            self._begin_run()
        lines = list(self._pending)
        self._pending.clear()
        if self._chance.random() < 1.0 / self._share_every_s:
            lines.append(self._share(now))
        shipment = self._shipment(lines) if lines else None
        return message_fields(Message(now + self.skew_s, self._epoch, frame=self._frame(now))), shipment

    def leave(self, until: float) -> dict[str, bytes]:
        """Say goodbye and be away until then; comes back as another run."""
        self._away_until = until
        return message_fields(Message(time.time() + self.skew_s, self._epoch, is_bye=True))

    def _begin_run(self) -> None:
        self._epoch = new_ulid()
        self._seq = self._serial = 0
        self._run_counts = dict.fromkeys(self.counts, 0)
        self._hashes = [0] * CORES
        self._file += 1
        self._name = f"{self._file:08d}-{self._epoch}.jsonl"
        self._offset = 0
        now = time.time()
        start: dict[str, object] = {"event": "start", "version": "1", "coin": "XMR", "algorithm": "rx/0"}
        session: dict[str, object] = {"event": "session", "link": "ready", "endpoint": "pool.example:443", "session": 1}
        self._pending = [self._line(now, start), self._line(now, session)]

    def _share(self, now: float) -> bytes:
        outcome = self._chance.choice(_OUTCOMES)
        self.counts[outcome] += 1
        self._run_counts[outcome] += 1
        told: dict[str, object] = {
            "event": "share", "generation": 4, "job": "j-1", "nonce": self._serial, "core": 1, "difficulty": 50_000,
            "outcome": outcome, "reason": "", "rtt_ms": 31.5, "check_ms": 12.5, "found_unix_s": now, "session": 1,
            "algorithm": "rx/0", "coin": "XMR", "height": 3_000_000, "endpoint": "pool.example:443", "plan_version": 3,
        }  # fmt: skip
        return self._line(now, told)

    def _line(self, now: float, told: dict[str, object]) -> bytes:
        self._serial += 1
        line = {"epoch": self._epoch, "serial": self._serial, "at": now + self.skew_s, "told": told}
        return self._encoder.encode(line)

    def _shipment(self, lines: list[bytes]) -> dict[str, bytes]:
        self._offset += sum(len(line) + 1 for line in lines)
        begin, self._place = self._place, Place(self._name, self._offset)
        return shipment_fields(Shipment(begin, self._place, tuple(lines)))

    def _frame(self, now: float) -> bytes:
        """A Frame as of a machine with eight cores. `state_reason` carries our own time of sending."""
        self._seq += 1
        rate = self._rate * self._chance.uniform(0.98, 1.02)
        self._hashes = [hashes + int(rate / CORES) for hashes in self._hashes]
        each = rate / CORES
        cores = [f.CoreRow(core, "hashing", each, hashes, 0, 0.1, 60.0) for core, hashes in enumerate(self._hashes)]
        shares = msgspec.convert({"found": sum(self._run_counts.values()), **self._run_counts}, f.Shares)
        frame = f.Frame(
            node_id=self.ulid, epoch=self._epoch, seq=self._seq, at=now + self.skew_s, state="mining",
            state_reason=f"{now:.6f}", plan_version=3, algorithm="rx/0", coin="XMR",
            payee=f.Payee("48edfH…oD", "console (plan 3)"), offline=False, hashrate_hps=f.Rates(rate, rate, rate),
            cores=cores, intensity=f.Intensity(100, 99.8), candidates=f.Candidates(), shares=shares,
            luck=f.Luck(3.1, 3, 0.9), session=f.SessionRow("pool", "pool.example:443", "ready", 1, True, 31.5, 50_000),
            memory=f.Memory("fast"), system=f.System(99.0, 8.0, 4000, float(self._seq)),
            next_share_s=f.NextShare(1.0, 7.0, 30.0), job=f.JobRow("j-1", 3_000_000, 12.0, "rx/0", "ab" * 32),
        )  # fmt: skip
        return self._encoder.encode(frame)

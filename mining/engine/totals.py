"""Totals over the life of a runner: its Supervisors' summaries added up, crashed ones by their last frame. Pure."""

from __future__ import annotations

_SUMMED = (
    "seconds",
    "hashes",
    "candidates",
    "invalid",
    "stale_before_check",
    "found",
    "accepted",
    "rejected",
    "stale",
    "lost",
    "restarts",
    "reauths",
    "failovers",
)

_NOT_HASHING = ("draining", "idle", "failed")

Event = dict[str, object]


class Totals:
    """Feeds on events; `summary()` is the sum of what ended and what was cut off."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = dict.fromkeys(_SUMMED, 0)
        self._frame: Event | None = None
        self._first_hash_at: float | None = None
        self._seen: tuple[float, float] = (0.0, 0.0)
        self._stretches: dict[str, tuple[float, float]] = {}
        self._last: Event = {}
        self.supervisor_restarts = 0
        self._crashed_epoch: object = None
        self._algorithm: object = None
        self._by_algorithm: dict[str, tuple[float, float]] = {}

    @property
    def seconds(self) -> float:
        """Seconds of mining of the Supervisors that ended."""
        return self._sums["seconds"]

    @property
    def accepted(self) -> int:
        """Shares accepted by the Supervisors that ended."""
        return int(self._sums["accepted"])

    @property
    def has_summary(self) -> bool:
        """Whether a Supervisor told how its run ended."""
        return bool(self._last)

    def frame_seen(self, frame: Event) -> None:
        """Remember the newest frame of the running Supervisor; one of a crashed one that comes late is known."""
        if frame.get("epoch") is not None and frame.get("epoch") == self._crashed_epoch:
            return
        self._frame = frame
        if frame.get("state") in _NOT_HASHING or frame.get("algorithm") != self._algorithm:
            self._stretch_ended()
            self._algorithm = frame.get("algorithm")
        if frame.get("state") in _NOT_HASHING:
            return
        at = _number(frame.get("at"))
        if self._first_hash_at is None and frame.get("state") == "mining":
            self._first_hash_at = at
        cores = frame.get("cores")
        rows = cores if isinstance(cores, list) else []
        self._seen = at, sum(_number(row.get("hashes")) for row in rows if isinstance(row, dict))

    def summary_seen(self, summary: Event) -> None:
        """A Supervisor ended in order."""
        for key in _SUMMED:
            self._sums[key] += _number(summary.get(key))
        for algorithm, row in _table(summary.get("by_algorithm")).items():
            self._count_algorithm(algorithm, _number(_table(row).get("seconds")), _number(_table(row).get("hashes")))
        self._last = summary
        self._forget()

    def supervisor_crashed(self) -> None:
        """A Supervisor was cut off: what its last frame said counts; shares in flight are lost."""
        self.supervisor_restarts += 1
        frame = self._frame
        if frame is None:
            return
        self._crashed_epoch = frame.get("epoch")
        self._stretch_ended()
        for algorithm, (seconds, hashes) in self._stretches.items():
            self._sums["seconds"] += seconds
            self._sums["hashes"] += hashes
            self._count_algorithm(algorithm, seconds, hashes)
        shares, candidates = _table(frame.get("shares")), _table(frame.get("candidates"))
        for key in ("found", "accepted", "rejected", "stale", "lost"):
            self._sums[key] += _number(shares.get(key))
        self._sums["lost"] += _number(shares.get("in_flight"))
        self._sums["invalid"] += _number(candidates.get("invalid"))
        self._sums["stale_before_check"] += _number(candidates.get("stale"))
        self._sums["candidates"] += (
            _number(shares.get("found")) + _number(candidates.get("invalid")) + _number(candidates.get("stale"))
        )
        session = _table(frame.get("session"))
        for key in ("reauths", "failovers"):
            self._sums[key] += _number(session.get(key))
        self._sums["restarts"] += _number(_table(frame.get("memory")).get("workers_restarted"))
        self._forget()

    def _stretch_ended(self) -> None:
        """Keep time and hashes of a stretch of mining up to its last frame: the next one counts from nought again."""
        at, hashes = self._seen
        seconds = max(0.0, at - self._first_hash_at) if self._first_hash_at is not None else 0.0
        if hashes:
            before = self._stretches.get(str(self._algorithm), (0.0, 0.0))
            self._stretches[str(self._algorithm)] = before[0] + seconds, before[1] + hashes
        self._first_hash_at, self._seen = None, (0.0, 0.0)

    def _count_algorithm(self, algorithm: str, seconds: float, hashes: float) -> None:
        before = self._by_algorithm.get(algorithm, (0.0, 0.0))
        self._by_algorithm[algorithm] = before[0] + seconds, before[1] + hashes

    def _forget(self) -> None:
        """The Supervisor has ended and is counted."""
        self._frame, self._first_hash_at = None, None
        self._seen, self._stretches = (0.0, 0.0), {}

    def summary(self, reason: str) -> Event:
        """The summary of the whole run."""
        whole: Event = {key: value if key == "seconds" else int(value) for key, value in self._sums.items()}
        seconds = self._sums["seconds"]
        whole["seconds"] = round(seconds, 3)
        is_one = len(self._by_algorithm) < 2  # hash rates of different algorithms are never added
        whole["hashrate_hps"] = _rate(seconds, self._sums["hashes"]) if is_one else None
        whole["by_algorithm"] = {
            algorithm: {"seconds": round(spent, 3), "hashes": int(hashes), "hashrate_hps": _rate(spent, hashes)}
            for algorithm, (spent, hashes) in self._by_algorithm.items()
        }
        whole["dataset_seconds"] = self._last.get("dataset_seconds")
        whole["supervisor_restarts"] = self.supervisor_restarts
        whole["reason"] = reason or self._last.get("reason") or ""
        return {"event": "summary", **whole}


def _rate(seconds: float, hashes: float) -> float | None:
    return round(hashes / seconds, 2) if seconds > 0 else None


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _table(value: object) -> Event:
    return value if isinstance(value, dict) else {}

"""Figures of a large computer, for tests of what pages cost: 64 cores, nearly all that is shown differs each second."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from mining.telemetry import frame as f
from tests.support.frames import mining_frame

CORES = 64
NODE_ULID = "01JCYV00000000000000000N0D"
DIFFICULTY = 200_000
RATE_HPS = 20_000.0
_SUMS = ("credited", "accepted", "rejected", "stale", "lost")
_STEPS_S = (1, 2, 10, 60, 300, 1800, 7200)

LAYOUT = [
    {"cpu": cpu, "core": cpu // 2, "package": 0, "node": 0, "l3": cpu // 16, "kind": "uniform"} for cpu in range(CORES)
]
"""The cores as a Node's hardware tells them: two threads each, four groups of cache."""


def frame_at(n: int, at: float) -> f.Frame:
    """Return the frame number `n`, made at `at` (Unix seconds)."""
    accepted = 40 + n // 5
    return msgspec.structs.replace(
        mining_frame(seq=n + 1),
        node_id=NODE_ULID,
        at=at,
        hashrate_hps=f.Rates(RATE_HPS + n * 37 % 641, RATE_HPS + 11 + n % 300, RATE_HPS - n % 300),
        expected_hps=RATE_HPS * 1.02,
        cores=[_core_at(core, n) for core in range(CORES)],
        intensity=f.Intensity(90, 89.0 + n % 10 / 10),
        candidates=f.Candidates(stale=n // 7),
        shares=_shares(accepted),
        next_share_s=f.NextShare(0.5 + n % 3 / 10, 6.9 + n % 5 / 10, 30.0 + n % 4),
        session=f.SessionRow("pool", "stratum+tls://pool.example:443", "ready", tls=True, rtt_ms=30.0 + n % 17),
        job=f.JobRow("j1", 3_200_000 + n // 60, n % 60 + 0.5, "rx/0", None),
        memory=f.Memory("fast", f.HugePages(1168, 1000, "hugetlb", "too few are free")),
        system=f.System(91.0 + n % 8, 60.0 + n % 5 / 10, 9000 - n % 300, 3725.0 + n),
        alerts=[
            f.Alert("source_slow", "warning", "The pool answers slowly: 900 ms in the middle.", at - 100 - n),
            f.Alert("wrong_hash", "error", "Core 9 gave a wrong hash. It was put aside.", at - 50 - n),
        ],
    )


def _core_at(core: int, n: int) -> f.CoreRow:
    state = "hashing" if core % 9 else "paused"
    heat, clock = 60.0 + (core + n) % 9, 4000.0 + core * n % 300
    return f.CoreRow(core, state, 250.0 + (core * 7 + n * 13) % 110, 100_000 + 312 * n, 0, 0.1, heat, clock)


def _shares(accepted: int) -> f.Shares:
    reasons = {"low difficulty": 1, "stale": 2}
    credited = accepted * DIFFICULTY
    return f.Shares(accepted + 3, accepted, 1, 2, by_reason=reasons, difficulty_accepted=credited)


def share_at(n: int) -> dict[str, Any]:
    """Return what the event of an accepted share says."""
    return {
        "outcome": "accepted",
        "difficulty": DIFFICULTY,
        "core": n % CORES,
        "rtt_ms": 31.0 + n % 9,
        "job_age_s": 4.5,
    }


def series_of(url: str) -> dict[str, Any]:
    """Answer a question for stored history as the API does: every bin of the time asked for is full."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    start, end = (datetime.fromisoformat(asked[name]).timestamp() for name in ("start", "end"))
    step = next(step for step in _STEPS_S if (end - start) / step <= int(asked["points"]))
    times = list(range(int(start // step) * step, int(end // step) * step, step))
    shares = [round(RATE_HPS * step / DIFFICULTY) if step > 10 else int(at // step % 5 == 0) for at in times]
    columns: dict[str, list[float]] = {name: [0] * len(times) for name in _SUMS}
    columns["hashrate"] = [RATE_HPS + at // step * 7919 % 997 for at in times]
    columns["seconds"] = [step] * len(times)
    columns["accepted"] = list(shares)
    columns["credited"] = [count * DIFFICULTY for count in shares]
    columns["stale"] = [int(at // step % 11 == 0 and step >= 60) for at in times]
    return {"step_s": step, "times": times, "tracks": {"rx/0": columns}}

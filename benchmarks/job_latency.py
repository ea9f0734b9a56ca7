#!/usr/bin/env python3
"""How fast a pool's job reaches the last core, and how fast a found nonce reaches the wire. See README.md.

Starts our own miner against a small pool in this process, on loopback, and ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.ratio.engine_side import environment_of_ours
from mining.engine.boards import COUNTER_WORDS, Counter
from mining.engine.control import request
from mining.errors import MinerConsoleError
from mining.stratum.cryptonote.nonces import nonce_from_hex
from mining.stratum.cryptonote.server import KeepAlived, Login, Submit, decode_request
from mining.stratum.cryptonote.server_messages import (
    JobOffer,
    JobShape,
    encode_job,
    encode_login,
    encode_status,
    job_object,
)
from mining.stratum.cryptonote.targets import compact_from_difficulty
from mining.stratum.framing import LineBuffer

_ROOT = Path(__file__).resolve().parents[1]
WALLET = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
SEED = bytes(32)
SHAPE = JobShape()
_READY_S = 300.0
_TAKEN_S = 5.0
MOST_JOBS = 10_000


@dataclass(slots=True)
class Pool(asyncio.Protocol):
    """A pool with one client; `submits` holds (job id, nonce) → when the bytes came, monotonic seconds."""

    difficulty: int
    transport: asyncio.Transport | None = None
    lines: LineBuffer = field(default_factory=LineBuffer)
    submits: dict[tuple[str, int], float] = field(default_factory=dict)
    number: int = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        assert self.transport is not None
        for line in self.lines.feed(data):
            match decode_request(line):
                case Login(id=number):
                    self.transport.write(encode_login(number, "1", job_object(self.offer(), SHAPE)))
                case Submit(id=number, job_id=job_id, nonce=nonce):
                    self.submits[job_id, nonce_from_hex(nonce)] = now
                    self.transport.write(encode_status(number))
                case KeepAlived(id=number):
                    self.transport.write(encode_status(number, "KEEPALIVED"))
                case _:
                    pass

    def offer(self) -> JobOffer:
        self.number += 1
        blob = bytearray(os.urandom(76))
        blob[0:2], blob[39:43] = b"\x10\x10", bytes(4)
        target = compact_from_difficulty(self.difficulty)
        return JobOffer(str(self.number), bytes(blob), target, height=self.number, seed=SEED)

    def push(self) -> float:
        """Send a new job; returns when its line went out."""
        assert self.transport is not None
        line = encode_job(self.offer(), SHAPE)
        now = time.monotonic()
        self.transport.write(line)
        return now


class Counters:
    """The counter board of our Supervisor, read from outside."""

    def __init__(self, supervisor: int) -> None:
        import mmap

        folder = Path(f"/proc/{supervisor}/fd")
        found = [name for name in os.listdir(folder) if "minerconsole-counters" in os.readlink(folder / name)]
        fd = os.open(folder / found[0], os.O_RDONLY)
        self._words = memoryview(mmap.mmap(fd, 0, access=mmap.ACCESS_READ)).cast("Q")
        os.close(fd)

    def taken(self, slots: Sequence[int]) -> list[float]:
        """When each worker took up its newest generation, monotonic seconds."""
        return [self._words[slot * COUNTER_WORDS + Counter.TAKEN_NS] / 1e9 for slot in slots]

    def hashes(self, slots: Sequence[int]) -> int:
        """Hashes of these workers."""
        return sum(self._words[slot * COUNTER_WORDS + Counter.HASHES] for slot in slots)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


async def measure(options: argparse.Namespace) -> dict[str, object]:
    """Run the miner against the pool; returns the figures."""
    loop = asyncio.get_running_loop()
    pool = Pool(options.difficulty)
    server = await loop.create_server(lambda: pool, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="job-latency-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        empty = Path(folder) / "empty.env"
        empty.touch()
        command = [sys.executable, str(_ROOT / "manage.py"), "mine", "--pool", f"stratum+tcp://127.0.0.1:{port}"]
        command += ["--wallet", WALLET, "--json", "--no-web", "--home", str(home), "--config", str(empty)]
        command += ["--light"] if options.light else []
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, limit=1 << 20, env=environment_of_ours()
        )
        found: dict[tuple[str, int], tuple[float, float]] = {}
        reader = loop.create_task(_read(process, found))
        try:
            supervisor, slots = await _ready(home)
            latencies, hash_s = await _push_jobs(pool, Counters(supervisor), slots, options)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
            await reader
            server.close()
    wire = [(pool.submits[key] - at) * 1000 - check for key, (at, check) in found.items() if key in pool.submits]
    checks = [check for key, (_, check) in found.items() if key in pool.submits]
    return _result(latencies, hash_s, wire, checks, slots)


async def _read(process: asyncio.subprocess.Process, found: dict[tuple[str, int], tuple[float, float]]) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "share":
            found[event["job"], event["nonce"]] = event["found_at"], event["check_ms"]


async def _ready(home: Path) -> tuple[int, list[int]]:
    """Wait until every core hashes; returns the Supervisor's process number and the slots of the workers."""
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        try:
            status = await asyncio.to_thread(request, home, "status")
        except MinerConsoleError:
            continue
        frame = status.get("frame")
        processes = status.get("processes")
        if not isinstance(frame, dict) or not isinstance(processes, dict) or frame["state"] != "mining":
            continue
        if all(row["hashes"] for row in frame["cores"]):
            cpus = sorted(os.sched_getaffinity(0))
            host = Path(f"/proc/{processes['host']}/stat").read_text().rpartition(")")[2].split()
            return int(host[1]), [cpus.index(row["core"]) for row in frame["cores"]]
    raise SystemExit(f"the miner did not hash within {_READY_S:g} s")


async def _push_jobs(
    pool: Pool, counters: Counters, slots: list[int], options: argparse.Namespace
) -> tuple[list[float], float]:
    """Push the jobs; returns the latencies to the last core and the mean time of a hash on one core, seconds."""
    latencies = []
    began, hashes = time.monotonic(), counters.hashes(slots)
    for _ in range(options.jobs):
        sent_at = pool.push()
        while True:
            await asyncio.sleep(options.gap)
            taken = counters.taken(slots)
            if min(taken) >= sent_at:
                break
            if time.monotonic() - sent_at > _TAKEN_S:
                raise SystemExit(f"a core did not take up job {pool.number} within {_TAKEN_S:g} s")
        latencies.append(max(taken) - sent_at)
    done = counters.hashes(slots) - hashes
    return latencies, (time.monotonic() - began) * len(slots) / max(1, done)


def _result(
    latencies: list[float], hash_s: float, wire: list[float], checks: list[float], slots: list[int]
) -> dict[str, object]:
    def row(values: list[float]) -> dict[str, float]:
        names = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        return {name: round(quantile(values, share), 2) for name, share in names.items()} if values else {}

    return {
        "cores": len(slots),
        "jobs": len(latencies),
        "hash_ms": round(hash_s * 1000, 2),
        "job_to_last_core_ms": row([each * 1000 for each in latencies]),
        "shares": len(wire),
        "candidate_to_wire_without_rehash_ms": row(wire),
        "rehash_ms": row(checks),
        "candidate_to_wire_ms": row([a + b for a, b in zip(wire, checks, strict=True)]),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000, metavar="N", help="Jobs to push. Default: 1000.")
    parser.add_argument("--gap", type=float, default=0.05, metavar="S", help="Least time between jobs. Default: 0.05.")
    parser.add_argument("--difficulty", type=int, default=200, help="Of the jobs; gives the shares. Default: 200.")
    parser.add_argument("--light", action="store_true", help="Light mode.")
    options = parser.parse_args()
    if not 1 <= options.jobs <= MOST_JOBS or not 0.001 <= options.gap <= 10 or options.difficulty < 1:
        parser.error(f"--jobs 1 to {MOST_JOBS}, --gap 0.001 to 10, --difficulty from 1")
    print(json.dumps(asyncio.run(measure(options)), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Plays many Nodes against the real console: Frames each second, shares, joins and leaves, clocks that are wrong.

Prints how long a Frame takes from a Node to an open page (the fleet's, with a row for each Node, and those of single
Nodes), what each part of the console costs, how soon Nodes that fall silent (SIGSTOP) are shown so and are left out of
sums, and whether every share became one row. Needs PostgreSQL and Redis.

    .venv/bin/python -m benchmarks.fleet_load [--nodes 1000] [--pages 20] [--node-pages 5] [--seconds 60] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.fleet.console import LoadedConsole, loaded_console
from benchmarks.fleet.costs import Part
from benchmarks.fleet.crowd import Order
from mining.engine.ulid import new_ulid
from tests.support.browser_socket import BrowserSocket
from tests.support.fleet_console import ROOT

_NODES_A_PROCESS = 100
_SETTLE_S = 15.0
_SAMPLE_S = 5.0
_SILENCE_S = 15.0
_CATCH_UP_S = 120.0
_ROOM = 1 << 20  # bytes that a page's client keeps: it reads all it gets

Delays = Counter[int]
"""How often a delay of so many milliseconds was seen."""


def main() -> int:
    """Entry."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="minerconsole-load-") as folder:
        ulids = [new_ulid() for _ in range(options.nodes)]
        with loaded_console(Path(folder), ulids) as console, _crowds(console, ulids, options) as crowds:
            result = asyncio.run(_measure(console, crowds, ulids, options))
            result |= _counts(console, [_finished(crowd) for crowd in crowds])
            sys.stderr.write((console.recorder.home / "web.err").read_text() + console.recorder.said)
    print(json.dumps(result, indent=None if options.json else 1))
    return 0 if result["shares"]["missing"] == result["shares"]["doubled"] == 0 else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--pages", type=int, default=20, help="open pages of the fleet")
    parser.add_argument("--node-pages", type=int, default=5, help="open pages of single nodes, each of another one")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long costs and delays are measured")
    parser.add_argument("--share-every", type=float, default=10.0, help="seconds between two shares of a node")
    parser.add_argument("--json", action="store_true", help="one line")
    return parser.parse_args()


@contextlib.contextmanager
def _crowds(
    console: LoadedConsole, ulids: list[str], options: argparse.Namespace
) -> Iterator[list[subprocess.Popen[bytes]]]:
    crowds: list[subprocess.Popen[bytes]] = []
    try:
        for at in range(0, len(ulids), _NODES_A_PROCESS):
            order = Order(console.broker.url, ulids[at : at + _NODES_A_PROCESS], at, options.share_every)
            command = [sys.executable, "-m", "benchmarks.fleet.crowd"]
            crowd = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert crowd.stdin is not None
            crowd.stdin.write(msgspec.json.encode(order) + b"\n")
            crowd.stdin.flush()
            crowds.append(crowd)
        yield crowds
    finally:
        for crowd in crowds:
            crowd.kill()
            crowd.wait()


async def _measure(
    console: LoadedConsole, crowds: list[subprocess.Popen[bytes]], ulids: list[str], options: argparse.Namespace
) -> dict[str, Any]:
    parts = [Part(name, [pid], has_children=name == "postgresql") for name, pid in console.pids().items()]
    parts.append(Part("(nodes)", [crowd.pid for crowd in crowds]))
    delays: Delays = Counter()
    fleet_delays: Delays = Counter()
    async with contextlib.AsyncExitStack() as stack:
        await asyncio.sleep(_SETTLE_S)
        looks = [_look_at_fleet(page, fleet_delays) for page in await _fleet_pages(console, options.pages)]
        looks += [_look(page, delays) for page in await _node_pages(console, ulids, options.node_pages)]
        for look in looks:
            stack.callback(asyncio.get_running_loop().create_task(look).cancel)
        await asyncio.sleep(2.0)
        delays.clear()
        fleet_delays.clear()
        await _sample(parts, options.seconds)
        delayed, fleet_delayed = Counter(delays), Counter(fleet_delays)
        silence = await _silence(console, crowds[-1])
    for part in parts:
        print(part.line, file=sys.stderr)
    return {
        "nodes": len(ulids), "pages": options.pages, "node_pages": options.node_pages, "seconds": options.seconds,
        "rows": fleet_delayed.total(), "node_to_fleet_page_s": _quantiles(fleet_delayed),
        "frames": delayed.total(), "node_to_page_s": _quantiles(delayed),
        "costs": {part.name: part.line.split(None, 1)[1] for part in parts},
        "memory_mib": {part.name: [round(each) for each in part.memory_mib] for part in parts},
        **silence,
    }  # fmt: skip


async def _fleet_pages(console: LoadedConsole, count: int) -> list[BrowserSocket]:
    path = "/ws/v1/fleet"
    return [await BrowserSocket.open(console.port, console.cookie, path=path, limit=_ROOM) for _ in range(count)]


async def _node_pages(console: LoadedConsole, ulids: list[str], count: int) -> list[BrowserSocket]:
    chosen = ulids[:: max(1, len(ulids) // max(1, count))][:count]
    return [await BrowserSocket.open(console.port, console.cookie, node=ulid, limit=_ROOM) for ulid in chosen]


async def _look_at_fleet(page: BrowserSocket, delays: Delays) -> None:
    """Read a fleet page's stream: of each row that is news, how long it was on its way."""
    told: dict[str, str] = {}
    id_at = reason_at = 0
    while (message := await page.next()) is not None:
        now = time.time()
        if message["type"] == "snapshot":
            id_at, reason_at = (message["columns"].index(name) for name in ("id", "reason"))
        for row in message["fleet"]["rows"] if message["type"] == "frame" else ():
            ulid, sent = row[id_at], row[reason_at]
            if sent and told.get(ulid) != sent:
                told[ulid] = sent
                delays[round(1000 * (now - float(sent)))] += 1


async def _look(page: BrowserSocket, delays: Delays) -> None:
    """Read a page's stream. A Frame tells our own time of its sending."""
    while (message := await page.next()) is not None:
        if message["type"] == "frame":
            delays[round(1000 * (time.time() - float(message["frame"]["state_reason"])))] += 1


async def _sample(parts: list[Part], seconds: float) -> None:
    for part in parts:
        part.begin()
    for _ in range(max(1, round(seconds / _SAMPLE_S))):
        await asyncio.sleep(_SAMPLE_S)
        for part in parts:
            part.sample()


async def _silence(console: LoadedConsole, crowd: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Stop one process of Nodes for a while, and watch the sums."""
    before = await _totals(console)
    crowd.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    seen: list[tuple[float, int, int]] = []
    while time.monotonic() - began < _SILENCE_S:
        totals = await _totals(console)
        late = totals["presence"]["late"] + totals["presence"]["stale"]
        counted = sum(each["nodes"] for each in totals["algorithms"])
        seen.append((time.monotonic() - began, late, counted))
        await asyncio.sleep(0.1)
    crowd.send_signal(signal.SIGCONT)
    counted_before = sum(each["nodes"] for each in before["algorithms"])
    silent = min(_NODES_A_PROCESS, before["nodes"] - 1)
    enough = 0.9 * silent  # some of them were away already
    return {
        "silent_nodes": silent,
        "shown_late_after_s": next((round(at, 2) for at, late, _ in seen if late >= enough), None),
        "out_of_sums_after_s": next(
            (round(at, 2) for at, _, counted in seen if counted <= counted_before - enough), None
        ),
    }


async def _totals(console: LoadedConsole) -> dict[str, Any]:
    def ask() -> dict[str, Any]:
        address = f"http://127.0.0.1:{console.port}/api/v1/fleet/totals"
        asking = urllib.request.Request(address, headers={"Cookie": console.cookie})
        with urllib.request.urlopen(asking, timeout=10.0) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    return await asyncio.to_thread(ask)


def _finished(crowd: subprocess.Popen[bytes]) -> dict[str, dict[str, int]]:
    assert crowd.stdout is not None
    out, _ = crowd.communicate(timeout=30.0)
    found: dict[str, dict[str, int]] = json.loads(out)
    return found


def _counts(console: LoadedConsole, told: list[dict[str, dict[str, int]]]) -> dict[str, Any]:
    """Wait until the rows hold what the Nodes found, and compare node by node and outcome by outcome."""
    wanted = {
        (ulid, outcome): count for part in told for ulid, counts in part.items() for outcome, count in counts.items()
    }
    wanted = {key: count for key, count in wanted.items() if count}
    began = time.monotonic()
    question = (
        "SELECT ulid, outcome, count(*) FROM mining_share JOIN mining_node ON mining_node.id = node_id GROUP BY 1, 2"
    )
    while True:
        rows = {(ulid, outcome): count for ulid, outcome, count in console.recorder.tell(question)}
        if rows == wanted or time.monotonic() - began > _CATCH_UP_S:
            break
        time.sleep(0.5)
    missing = sum(max(0, count - rows.get(key, 0)) for key, count in wanted.items())
    doubled = sum(max(0, count - wanted.get(key, 0)) for key, count in rows.items())
    found = sum(wanted.values())
    return {"shares": {"found": found, "missing": missing, "doubled": doubled, "after_s": time.monotonic() - began}}


def _quantiles(delays: Delays) -> dict[str, float | None]:
    return {str(percent): _quantile(delays, percent) for percent in (50, 95, 99, 100)}


def _quantile(delays: Delays, percent: int) -> float | None:
    """Seconds; None of nothing."""
    rest = delays.total() * percent / 100
    for milliseconds in sorted(delays):
        rest -= delays[milliseconds]
        if rest <= 0:
            return milliseconds / 1000
    return None


if __name__ == "__main__":
    sys.exit(main())

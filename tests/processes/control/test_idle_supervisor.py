"""A Supervisor that was not told to mine: it answers, tells its state, and ends in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mining.engine.control import request, watch
from mining.engine.jobs import Link
from mining.engine.plan import Plan
from mining.engine.supervisor import Supervisor, make_identity
from mining.telemetry.frame import frame_from_json
from tests.support.source_watch import wait_until


class _Run:
    def __init__(self, home: Path) -> None:
        home.mkdir()
        self.home = home
        plan = Plan("offline", "XMR", "rx/0", (0,), is_started=False, payee_source="offline", pins={"CORES": "test"})
        self.supervisor = Supervisor(plan, home, make_identity(home))
        self.events: list[dict[str, Any]] = []
        self.exit_code: int | None = None

    async def ask(self, op: str, **fields: object) -> dict[str, Any]:
        return await asyncio.to_thread(request, self.home, op, 5.0, **fields)

    async def follow(self) -> None:
        async for event in watch(self.home):
            self.events.append(event)

    def kinds(self) -> list[str]:
        return [event["event"] for event in self.events if event["event"] != "frame"]


@asynccontextmanager
async def _idle(home: Path) -> AsyncIterator[_Run]:
    run = _Run(home)
    task = asyncio.create_task(run.supervisor.run())
    await wait_until(lambda: run.supervisor.hub.frame_line is not None, "the first frame")
    watching = asyncio.create_task(run.follow())
    try:
        await wait_until(lambda: bool(run.events), "the first event")
        yield run
    finally:
        run.supervisor.request_stop("the test is over")
        await asyncio.wait({task, watching}, timeout=30)
    run.exit_code = task.result()
    watching.result()


async def test_it_is_idle_and_says_whom_it_would_mine_for(tmp_path: Path) -> None:
    async with _idle(tmp_path / "home") as run:
        status = await run.ask("status")
        frame = status["frame"]
        assert (frame["v"], frame["state"], frame["offline"]) == (1, "idle", True)
        assert frame["payee"] == {"address_masked": "nobody (offline)", "source": "offline"}
        assert frame["node_id"] == (run.home / "node_id").read_text().strip() and len(frame["epoch"]) == 26
    assert run.exit_code == 0
    assert run.kinds() == ["start", "summary", "bye"]


async def test_orders_change_what_its_frames_say(tmp_path: Path) -> None:
    async with _idle(tmp_path / "home") as run:
        await run.ask("intensity", value=30, source="a test")
        frame = run.supervisor.frame()
        assert frame.intensity.commanded == 30 and frame.plan_version == 1
        assert frame.pins == {"CORES": "test"}, "what comes over the socket locks nothing"
        await run.ask("intensity", value=35, source="command line (key + or -)")
        assert run.supervisor.frame().pins["INTENSITY"] == "command line (key + or -)"
        assert frame_from_json(run.supervisor.hub.frame_line or b"").seq >= 1


async def test_a_source_with_text_that_is_not_utf_8_does_not_stop_the_frames(tmp_path: Path) -> None:
    async with _idle(tmp_path / "home") as run:
        await run.ask("intensity", value=30, source="\ud800")
        run.supervisor.hub.emit_frame(run.supervisor.frame())


async def test_the_summary_tells_how_often_the_link_came_back(tmp_path: Path) -> None:
    async with _idle(tmp_path / "home") as run:
        supervisor = run.supervisor
        supervisor.ear.link_changed(Link.READY, endpoint="here:1")
        supervisor.ear.link_changed(Link.DOWN, endpoint="here:1", cause="here:1 does not answer")
        supervisor.ear.link_changed(Link.READY, endpoint="here:1")
        assert supervisor.frame().session.reauths == 1
    (summary,) = [event for event in run.events if event["event"] == "summary"]
    assert summary["reauths"] == 1


async def test_stop_over_the_socket_ends_it_with_the_reason(tmp_path: Path) -> None:
    async with _idle(tmp_path / "home") as run:
        answer = await run.ask("stop", reason="./manage.sh stop")
        assert answer["ok"] is True
    assert run.exit_code == 0
    (summary,) = [event for event in run.events if event["event"] == "summary"]
    assert summary["reason"] == "./manage.sh stop"


async def test_the_node_keeps_its_name_and_every_run_has_its_own(tmp_path: Path) -> None:
    first, second = make_identity(tmp_path), make_identity(tmp_path)
    assert first.node_id == second.node_id and first.epoch != second.epoch
    (tmp_path / "node_id").write_text("damaged\n")
    assert len(make_identity(tmp_path).node_id) == 26

"""`--check-login`: one job is a yes, silence and refusal are named, nothing is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from mining.configuration.run_configuration import RunConfiguration
from mining.engine import login_check
from mining.engine.jobs import Link
from mining.engine.plan import Plan
from mining.engine.sources.base import SourceSink
from mining.errors import LoginRefusedError, SourceUnavailableError
from tests.unit.engine.dispatch_bench import ScriptedSource, make_job

WALLET = "48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK9URnRoJMk1j8nLwEVsaSWJ4fhdUyZijBGUicoD"
PLAN = Plan("daemon", "XMR", "rx/0", (0,), wallet=WALLET)
Script = Callable[[SourceSink], Awaitable[None]]


class _Source(ScriptedSource):
    def __init__(self, script: Script) -> None:
        super().__init__()
        self._script = script
        self.is_closed = False

    async def run(self, sink: SourceSink) -> None:
        await self._script(sink)
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.is_closed = True


def _check(monkeypatch: pytest.MonkeyPatch, script: Script) -> tuple[_Source, Callable[[], int]]:
    source = _Source(script)
    monkeypatch.setattr(login_check, "make_source", lambda plan, **_: cast(Any, source))
    monkeypatch.setattr(login_check, "TIMEOUT_S", 0.05)
    monkeypatch.setattr(login_check, "SECOND_CHANCE_S", 0.05)
    return source, lambda: login_check.check_login(cast(RunConfiguration, None), PLAN)


def test_a_job_is_a_yes_to_the_masked_wallet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(sink: SourceSink) -> None:
        sink.job_received(make_job("one", difficulty=77))
        sink.job_received(make_job("two"))

    source, check = _check(monkeypatch, script)
    assert check() == 0 and source.is_closed and source.submitted == []
    said = capsys.readouterr().out
    assert "scripted accepts 48edfH" in said and "difficulty 77" in said and WALLET not in said


def test_a_source_that_is_away_is_told_with_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(sink: SourceSink) -> None:
        sink.link_changed(Link.DOWN, endpoint="scripted", cause="connection refused")
        sink.link_changed(Link.CONNECTING, endpoint="scripted")

    source, check = _check(monkeypatch, script)
    with pytest.raises(SourceUnavailableError, match=r"^connection refused$"):
        check()
    assert source.is_closed


def test_a_refusal_is_the_refusal_of_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(sink: SourceSink) -> None:
        raise LoginRefusedError("The wallet was refused")

    source, check = _check(monkeypatch, script)
    with pytest.raises(LoginRefusedError) as caught:
        check()
    assert caught.value.exit_code == 4 and source.is_closed

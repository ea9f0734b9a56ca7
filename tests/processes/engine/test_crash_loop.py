"""Parts that die again and again: the runner gives a Supervisor up after a few tries, and the Crew its Host."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.crew import light_crew
from tests.support.process_facts import until

Mine = Callable[..., Any]


@pytest.mark.soak
def test_a_supervisor_that_dies_again_and_again_is_given_up_with_a_sentence(mine: Mine) -> None:
    with mine("--light") as run:
        run.was_cut_off = True
        killed = {0}

        def is_over() -> bool:
            pid = run.pid_titled("supervisor")
            if pid not in killed:
                killed.add(pid)
                os.kill(pid, signal.SIGKILL)
            return run.process.poll() is not None

        until(is_over, 40, "it gives up")
        assert run.wait_end() == 1
        assert len(run.errors.splitlines()) == 1, run.errors
        assert "SIGKILL" in run.errors and "log" in run.errors
        assert run.events[-1]["event"] == "summary"


async def test_a_host_that_dies_again_and_again_is_given_up_with_a_sentence(self_tested_home: Path) -> None:
    cores = tuple(sorted(os.sched_getaffinity(0)))[:1]
    async with light_crew(self_tested_home, cores) as light:
        killed = {0}

        def is_over() -> bool:
            pid = light.crew.pids["host"]
            if pid not in killed and not light.failures:
                killed.add(pid)
                os.kill(pid, signal.SIGKILL)
            return bool(light.failures)

        await light.until(is_over, 120, "it is given up")
        assert "times in a row" in light.failures[0]
        light.failures.clear()

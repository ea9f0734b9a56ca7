"""A fast start that is disturbed while the dataset is being computed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.mine import MineRun
from tests.support.process_facts import until

pytestmark = pytest.mark.soak
Mine = Callable[..., Any]


def wait_building(run: MineRun) -> None:
    """Wait until a part of the dataset is there."""
    run.wait_frame(lambda frame: (frame["memory"]["progress"] or 0) > 0.02, since=0, timeout_s=60)


def test_ctrl_c_while_the_dataset_is_computed_ends_within_three_seconds(
    mine: Mine, measured: Callable[[str], None]
) -> None:
    with mine() as run:
        wait_building(run)
        began = time.monotonic()
        run.interrupt()
        assert run.wait_end(3.0) == 0, run.story()
        run.wait_gone(3.0 - (time.monotonic() - began))
        measured(f"gone {time.monotonic() - began:.2f} s after Ctrl-C")
        assert run.errors == ""


def test_a_host_that_is_killed_while_it_computes_begins_anew(mine: Mine) -> None:
    with mine("--difficulty", "100") as run:
        wait_building(run)
        host = run.pid_titled("host randomx")
        os.kill(host, signal.SIGKILL)
        until(lambda: run.pid_titled("host randomx") not in (0, host), 10, "a new Host")
        run.wait_event("share", timeout_s=250, outcome="accepted")
        assert run.frame["candidates"]["invalid"] == 0

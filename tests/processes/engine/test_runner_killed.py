"""`kill -9` on the runner: the Supervisor drains and everything ends, with the huge pages given back."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any

from mining.home import is_running as is_home_in_use
from tests.support.process_facts import until

Mine = Callable[..., Any]


def test_nothing_is_left_of_a_killed_runner_and_its_home_can_be_used_again(
    mine: Mine, measured: Callable[[str], None]
) -> None:
    with mine("--light", "--difficulty", "6") as run:
        run.wait_event("share")
        run.was_cut_off = True
        began = time.monotonic()
        run.process.send_signal(signal.SIGKILL)
        run.wait_end()
        run.wait_gone(3.0)
        measured(f"everything gone after {time.monotonic() - began:.2f} s")
        # The kernel closes the lock's descriptor a moment after the process has left its folder.
        until(lambda: not is_home_in_use(run.home), 30.0, "the lock of the home is free")
        assert not (run.home / "run/huge_pages.json").exists()
        again = type(run)(run.folder, "--no-web", "--offline", "--light")
        try:
            again.wait_mining()
            again.stop()
        finally:
            again.clean_up()

"""Two at a time: one home holds one miner; a busy port costs the page, not the mining."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

from tests.support.mine import MineRun, clean_environment, command_of, mining


def test_a_second_mine_in_the_same_home_is_told_who_runs_and_what_to_do(light_miner: MineRun) -> None:
    words = command_of("mine", "--offline", "--light", "--no-web", "--json", "--home", str(light_miner.home))
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, env=clean_environment(), check=False)
    assert done.returncode == 3
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    for part in (str(light_miner.process.pid), "since 2", "nobody (offline)", " status", " stop", "--home"):
        assert part in done.stderr, done.stderr
    light_miner.wait_event("share", since=light_miner.mark)


def test_a_taken_port_costs_the_page_and_not_the_mining(tmp_path: Path, self_tested_home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        options = ("--offline", "--light", "--difficulty", "6", "--listen", f"127.0.0.1:{port}")
        with mining(tmp_path, *options, self_test=self_tested_home) as run:
            said = run.wait_for(
                lambda event: event["event"] == "log" and str(port) in event["sentence"],
                what=f"a sentence about port {port}",
            )
            assert said["level"] == "warning"
            run.wait_event("share", since=run.mark)

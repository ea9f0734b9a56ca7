"""Visible by design: for whom is mined stands everywhere, and every process says what it is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mining.addresses.masking import mask_address
from mining.configuration.checks import CI_VARIABLES
from tests.support.mine import MineRun, clean_environment, command_of, mining
from tests.support.prepared_home import copy_prepared
from tests.support.process_facts import until

Mine = Callable[..., Any]
WALLET = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
MASKED = mask_address(WALLET)
DAEMON = ("--pool", "daemon+http://127.0.0.1:1")  # nobody answers there: who is paid must be seen all the same


def status_of(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    words = command_of("status", "--home", str(home), *options)
    return subprocess.run(words, capture_output=True, text=True, timeout=30, env=clean_environment(), check=False)


def test_the_payee_and_its_source_stand_in_events_status_and_log(tmp_path: Path, self_tested_home: Path) -> None:
    (tmp_path / "mining_config.env").write_text(f"WALLET={WALLET}\n")
    options = ("--light", "--no-web", "--config", str(tmp_path / "mining_config.env"), *DAEMON)
    with mining(tmp_path, *options, self_test=self_tested_home) as run:
        payee = run.wait_event("start")["payee"]
        assert payee["address_masked"] == MASKED
        assert "mining_config.env:1" in payee["source"]
        assert run.wait_frame(lambda frame: True)["payee"] == payee
        shown = status_of(run.home)
        assert shown.returncode == 0, shown.stderr
        assert MASKED in shown.stdout and "mining_config.env:1" in shown.stdout
        assert json.loads(status_of(run.home, "--json").stdout)["payee"] == payee
        log = run.home / "log/miner.log"
        until(lambda: MASKED in log.read_text(), 30, "the payee stands in the log")
        assert all(WALLET not in text for text in (log.read_text(), shown.stdout)), "the whole address is masked"


def test_the_payee_stands_in_the_plain_output_and_in_its_end(tmp_path: Path) -> None:
    copy_prepared(tmp_path / "home")
    words = command_of("mine", "--plain", "--light", "--no-web", "--home", str(tmp_path / "home"), "--duration", "1")
    words += ["--offline", "--difficulty", "4"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=clean_environment(), check=False)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if "nobody (offline)" in line]
    assert len(lines) >= 2, done.stdout
    assert "OFFLINE: nothing is earned" in done.stdout


def test_every_process_carries_the_name_of_the_program(light_miner: MineRun) -> None:
    titles = light_miner.titles()
    assert len(titles) >= 5
    assert all(title.startswith("minerconsole:") for title in titles), titles


def test_no_option_hides_the_titles(mine: Mine) -> None:
    with mine("--light", "--priority", "idle", "--worker", "kworker", "--threads", "1") as run:
        run.wait_mining()
        run.wait_pid("verifier")
        assert {title.partition(":")[0] for title in run.titles()} == {"minerconsole"}


@pytest.mark.parametrize("variable", ["GITHUB_ACTIONS", "GITLAB_CI", "CI"])
def test_mining_at_a_far_place_is_refused_on_a_public_runner(variable: str, tmp_path: Path) -> None:
    assert variable in CI_VARIABLES
    words = command_of("mine", "--light", "--home", str(tmp_path / "home"), "--wallet", WALLET)
    words += ["--pool", "daemon+http://192.0.2.1:18081"]
    environment = clean_environment(**{variable: "true"})
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, env=environment, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert variable in done.stderr and "192.0.2.1" in done.stderr
    assert not (tmp_path / "home/run/control.sock").exists()

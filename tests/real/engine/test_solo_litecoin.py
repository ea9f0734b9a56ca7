"""Solo on a real litecoind: real Scrypt work by the real command, blocks judged by the node's chain."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.litecoind import BECH32, LEGACY, MWEB_HEIGHT, P2SH, PASSWORD, Litecoind
from tests.support.mine import MineRun, clean_environment, command_of, mining
from tests.support.solo_blocks import blocks_of

BLOCKS = 10


def options(url: str, wallet: str) -> tuple[str, ...]:
    return ("--coin", "LTC", "--pool", url, "--wallet", wallet, "--no-web", "--cores", "0", "--intensity", "10")


def check_blocks(run: MineRun, node: Litecoind, wallet: str) -> dict[int, str]:
    """Every accepted block is in the chain by its id, and pays the wallet; nothing was rejected or lost."""
    blocks = blocks_of(run)
    assert len(blocks) >= BLOCKS
    for height, block_id in blocks.items():
        assert node.block_hash(height) == block_id, f"height {height}"
        assert node.payee(height) == wallet
    assert run.summary["rejected"] == run.summary["lost"] == 0
    return blocks


def check_secrecy(run: MineRun) -> None:
    """The node's password is in nothing that the run told or wrote."""
    assert PASSWORD not in json.dumps(run.events) and PASSWORD not in run.errors
    for path in run.home.rglob("*"):
        if path.is_file():
            assert PASSWORD.encode() not in path.read_bytes(), path


def test_ten_plain_blocks_are_in_the_chain_of_a_real_node(run_folder: Path, plain_litecoind: Litecoind) -> None:
    with mining(run_folder, *options(plain_litecoind.url, LEGACY), "--shares", str(BLOCKS)) as run:
        assert run.wait_end(60) == 0, run.story()
    blocks = check_blocks(run, plain_litecoind, LEGACY)
    assert max(blocks) < MWEB_HEIGHT
    check_secrecy(run)


@pytest.mark.timeout(300)
def test_ten_blocks_with_mweb_and_then_mining_resumes_by_itself_without_peers_and_after_a_restart_of_the_node(
    run_folder: Path, mweb_litecoind: Litecoind
) -> None:
    node = mweb_litecoind
    with mining(run_folder, *options(node.url, P2SH)) as run:
        run.wait_frame(lambda frame: frame["shares"]["accepted"] >= BLOCKS, since=0, timeout_s=90)
        assert not [title for title in run.titles() if PASSWORD in title]
        try:
            mark = run.mark
            node.peer_stop()
            cause = run.wait_event("session", link="down", since=mark, timeout_s=60)["cause"]
            assert "has no peers" in cause and f"127.0.0.1:{node.rpc_port}" in cause
        finally:
            node.peer_start()
        run.wait_event("share", outcome="accepted", since=run.mark, timeout_s=60)
        mark = run.mark
        node.node_stop()
        run.wait_for(lambda event: "no daemon answers" in str(event.get("cause")), since=mark, timeout_s=60)
        node.start()
        run.wait_event("share", outcome="accepted", since=run.mark, timeout_s=90)
    for height in check_blocks(run, node, P2SH):
        assert height >= MWEB_HEIGHT and node.block(height)["tx"][-1]["vin"], "the last transaction is the HogEx"
        assert node.block(height)["mweb"]
    assert run.summary["restarts"] == run.summary["supervisor_restarts"] == 0


def test_a_check_of_the_login_tells_the_nodes_job_or_that_the_password_is_wrong(
    run_folder: Path, plain_litecoind: Litecoind
) -> None:
    node, start = plain_litecoind, plain_litecoind.height()

    def check(url: str) -> subprocess.CompletedProcess[str]:
        return _run("mine", "--check-login", *options(url, BECH32), "--home", str(run_folder / "home"))

    done = check(node.url)
    assert done.returncode == 0, done.stderr
    assert f"scrypt job at height {start + 1}, difficulty 4.65654e-10" in done.stdout and BECH32 not in done.stdout
    done = check(node.url.replace(PASSWORD, "guess"))
    assert done.returncode == 4, done.stderr
    assert 'refuses the user "miner" with this password' in done.stderr and "guess" not in done.stderr + done.stdout
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert node.height() == start


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command_of(*words), capture_output=True, text=True, timeout=90, check=False, env=clean_environment()
    )

"""Start a real monerod in regtest on free loopback ports, ask it simple questions, stop it by its process id."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mining.engine.plan import Endpoint
from tests.support.with_the_tests import ends_with_the_tests

WALLET = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
SUB_ADDRESS = "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H"
START_DEADLINE_S = 60.0
STOP_DEADLINE_S = 20.0


@dataclass
class Monerod:
    """One regtest daemon. `fixed_difficulty` 1 accepts any hash, so that any nonce makes a block."""

    folder: Path
    rpc_port: int
    p2p_port: int
    difficulty: int
    environment: dict[str, str]
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("daemon+http", "127.0.0.1", self.rpc_port)

    @property
    def url(self) -> str:
        return f"daemon+http://127.0.0.1:{self.rpc_port}"

    def start(self) -> None:
        """Start it and wait until its RPC answers."""
        log = (self.folder / "monerod.out").open("ab")
        with log:
            self.process = subprocess.Popen(
                self._command(),
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=ends_with_the_tests(),
            )
        end = time.monotonic() + START_DEADLINE_S
        while not self._is_answering():
            assert self.process.poll() is None, f"monerod ended with {self.process.returncode}: {self._log_tail()}"
            assert time.monotonic() < end, f"monerod does not answer: {self._log_tail()}"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it cleanly; stopping twice does nothing."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def restart(self) -> None:
        """Stop it if it runs and start it on the same ports and chain."""
        self.stop()
        self.start()

    def ask(self, method: str, params: object = None) -> Any:
        """Call a JSON-RPC method and return its result."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.rpc_port}/json_rpc", body)
        with urllib.request.urlopen(request, timeout=30) as answer:
            reply = json.load(answer)
        assert "error" not in reply, reply
        return reply["result"]

    def height(self) -> int:
        """Height of the top block. A daemon that has just been started cuts a connection now and then."""
        for _ in range(10):
            with contextlib.suppress(ConnectionResetError, http.client.RemoteDisconnected):
                return int(self.ask("get_info")["height"]) - 1
            time.sleep(0.2)
        return int(self.ask("get_info")["height"]) - 1

    def block_hash(self, height: int) -> str:
        """Id of the block of the main chain at `height`."""
        return str(self.ask("get_block_header_by_height", {"height": height})["block_header"]["hash"])

    def generate(self, count: int = 1) -> None:
        """Have the daemon itself mine `count` blocks, as another miner would."""
        self.ask("generateblocks", {"amount_of_blocks": count, "wallet_address": WALLET, "starting_nonce": 0})

    def _command(self) -> list[str]:
        host = "127.0.0.1"
        return [
            "monerod", "--regtest", "--offline", "--no-igd", "--hide-my-port", "--no-zmq",
            "--data-dir", str(self.folder / "chain"), "--fixed-difficulty", str(self.difficulty),
            "--rpc-bind-ip", host, "--rpc-bind-port", str(self.rpc_port),
            "--p2p-bind-ip", host, "--p2p-bind-port", str(self.p2p_port),
            "--disable-rpc-ban", "--max-concurrency", "1", "--non-interactive", "--log-level", "0", *self.options,
        ]  # fmt: skip

    def _is_answering(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.rpc_port}/get_height", timeout=5):
                return True
        except urllib.error.HTTPError as error:
            return error.code == 401
        except OSError:
            return False

    def _log_tail(self) -> str:
        return (self.folder / "monerod.out").read_text(errors="replace")[-500:]


def start_monerod(
    tmp_path: Path,
    *,
    difficulty: int,
    seed_epoch: tuple[int, int] | None = None,
    options: tuple[str, ...] = (),
) -> Monerod:
    """Start a regtest daemon under `tmp_path`. `seed_epoch` (blocks, lag), powers of two, makes the seed change often.

    Without monerod the test is skipped by name; in CI it fails. The caller stops it.
    """
    if shutil.which("monerod") is None:
        reason = "monerod is not installed (apt-get install monero)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    environment: dict[str, str] = {}
    if seed_epoch is not None:
        environment = {"SEEDHASH_EPOCH_BLOCKS": str(seed_epoch[0]), "SEEDHASH_EPOCH_LAG": str(seed_epoch[1])}
    folder = tmp_path / "monerod"
    folder.mkdir(parents=True, exist_ok=True)
    rpc_port, p2p_port = free_ports(2)
    monerod = Monerod(folder, rpc_port, p2p_port, difficulty, environment, options)
    try:
        monerod.start()
    except BaseException:
        monerod.stop()
        raise
    return monerod


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports

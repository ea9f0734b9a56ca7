"""Start a real litecoind in regtest with a peer on free loopback ports, ask it simple questions, stop it by its id."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mining.engine.plan import Endpoint
from tests.support.monerod import free_ports
from tests.support.process_facts import until
from tests.support.with_the_tests import ends_with_the_tests

USER, PASSWORD = "miner", "geheim"
LEGACY = "mwXn5Vhicdav8Av3KMokx4YNuHoGRKxtWs"
P2SH = "Qa5bZ5x8ZTAzMBYvhLezG7BuZuxtYPfSHJ"
BECH32 = "rltc1qw508d6qejxtdg4y5r3zarvary0c5xw7k693xs3"
MWEB_HEIGHT = 432
START_DEADLINE_S = 60.0
STOP_DEADLINE_S = 30.0
_COINS_TO_PEG_IN = 1


class RefusedCallError(Exception):
    """litecoind answered a call with an error."""


@dataclass
class _Node:
    """One process of litecoind."""

    folder: Path
    options: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        words = ["litecoind", "-regtest", f"-datadir={self.folder}", "-dnsseed=0", "-par=1", "-printtoconsole=0"]
        with (self.folder / "out").open("ab") as log:
            self.process = subprocess.Popen(
                [*words, *self.options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=ends_with_the_tests(),
            )

    def check(self) -> None:
        assert self.process is not None
        said = (self.folder / "out").read_text(errors="replace")[-500:]
        assert self.process.poll() is None, f"litecoind ended with {self.process.returncode}: {said}"

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


class Litecoind:
    """A regtest node and a second one as its peer, without which it gives no templates."""

    def __init__(self, folder: Path, *, has_wallet: bool) -> None:
        self.rpc_port, p2p_port, peer_port = free_ports(3)
        self._peer_place = f"127.0.0.1:{peer_port}"
        host, wallet = "127.0.0.1", () if has_wallet else ("-disablewallet",)
        self._node = _Node(
            folder / "node",
            (
                f"-rpcuser={USER}", f"-rpcpassword={PASSWORD}", f"-rpcport={self.rpc_port}", f"-rpcbind={host}",
                f"-rpcallowip={host}", f"-bind={host}:{p2p_port}", "-connect=0", "-fallbackfee=0.001",
                "-rpcthreads=8", *wallet,
            ),
        )  # fmt: skip
        self._peer = _Node(
            folder / "peer", ("-server=0", "-disablewallet", "-connect=0", "-listen=1", f"-bind={self._peer_place}")
        )

    @property
    def endpoint(self) -> Endpoint:
        return self.endpoint_with(PASSWORD)

    @property
    def url(self) -> str:
        return f"daemon+http://{USER}:{PASSWORD}@127.0.0.1:{self.rpc_port}"

    def endpoint_with(self, password: str, user: str = USER) -> Endpoint:
        return Endpoint("daemon+http", "127.0.0.1", self.rpc_port, user, password)

    def start(self, *, with_peer: bool = True) -> None:
        """Start the node, and the peer unless it runs or is not wanted; wait until both know each other."""
        self._node.start()
        until(self._is_answering, START_DEADLINE_S, lambda: "litecoind does not answer")
        if with_peer:
            self.peer_start()

    def peer_start(self) -> None:
        """Start the peer if it does not run, and wait until the node has it."""
        if self._peer.process is None:
            self._peer.start()
        deadline = time.monotonic() + START_DEADLINE_S
        while not self.ask("getconnectioncount"):
            assert time.monotonic() < deadline, "the two nodes do not find each other"
            self._peer.check()
            self.ask("addnode", self._peer_place, "onetry")
            time.sleep(0.1)

    def peer_stop(self) -> None:
        """Stop the peer and wait until the node has seen it."""
        self._peer.stop()
        until(lambda: not self.ask("getconnectioncount"), START_DEADLINE_S, lambda: "the peer is still there")

    def node_stop(self) -> None:
        """Stop the node; the peer stays."""
        self._node.stop()

    def stop(self) -> None:
        """Stop both; stopping twice does nothing."""
        self._node.stop()
        self._peer.stop()

    def ask(self, method: str, *params: object) -> Any:
        """Call a method and return its result. Raises RefusedCallError, OSError."""
        body = json.dumps({"id": 1, "method": method, "params": params}).encode()
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.rpc_port}/", body, {"Authorization": f"Basic {login}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                reply = json.load(answer)
        except urllib.error.HTTPError as error:
            raise RefusedCallError(error.read().decode(errors="replace")) from None
        return reply["result"]

    def height(self) -> int:
        """Height of the tip."""
        return int(self.ask("getblockcount"))

    def block_hash(self, height: int) -> str:
        """Id of the block of the main chain at `height`."""
        return str(self.ask("getblockhash", height))

    def block(self, height: int) -> dict[str, Any]:
        """The block of the main chain at `height`, with its transactions decoded."""
        found: dict[str, Any] = self.ask("getblock", self.block_hash(height), 2)
        return found

    def payee(self, height: int) -> str:
        """The address that the coinbase of the block at `height` pays."""
        outputs = self.block(height)["tx"][0]["vout"]
        return str(outputs[0]["scriptPubKey"]["addresses"][0])

    def generate(self, count: int = 1, address: str = LEGACY) -> None:
        """Have the node itself mine `count` blocks, as another miner would."""
        self.ask("generatetoaddress", count, address)

    def activate_mweb(self) -> None:
        """Build the chain up to the last block before MWEB, with a peg-in that waits for the next one."""
        self.ask("createwallet", "w")
        self.generate(MWEB_HEIGHT - 1 - self.height(), self.ask("getnewaddress", "", "legacy"))
        self.ask("sendtoaddress", self.ask("getnewaddress", "", "mweb"), _COINS_TO_PEG_IN)

    def _is_answering(self) -> bool:
        self._node.check()
        try:
            self.ask("getblockcount")
        except (OSError, RefusedCallError):
            return False
        return True


def make_litecoind(folder: Path, *, has_wallet: bool = False) -> Litecoind:
    """Make a node in `folder`, not started. Without litecoind the test is skipped by name; in CI it fails."""
    if shutil.which("litecoind") is None:
        reason = "litecoind is not installed (apt-get install litecoind)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return Litecoind(folder, has_wallet=has_wallet)

"""A miner of a few lines over a bare socket, with no code of the product's client: it judges the test pools."""

from __future__ import annotations

import json
import socket
import ssl
import time
from typing import Any, Self

from tests.support.pools.hashing import share_hasher
from tests.support.pools.pool import TestPool

WALLET = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
TIMEOUT_S = 5.0
QUIET_S = 0.15

Message = dict[str, Any]


class RawClient:
    """One connection. `session_id` and `job` are those of the last login; `notices` are the jobs pushed since."""

    def __init__(self, pool: TestPool, *, tls: ssl.SSLContext | None = None, server_name: str = "localhost") -> None:
        self.socket: socket.socket = socket.create_connection((pool.host, pool.port), TIMEOUT_S)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=server_name)
        self.pending = b""
        self.notices: list[Message] = []
        self.session_id: str = ""
        self.job: Message = {}
        self._next_id = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, message: Message | bytes) -> None:
        """Send an object as a line, or bytes as they are."""
        data = message if isinstance(message, bytes) else json.dumps(message).encode() + b"\n"
        self.socket.sendall(data)

    def line(self, timeout_s: float = TIMEOUT_S) -> Message | None:
        """The next message; None when the pool has closed. Raises TimeoutError when nothing comes."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self.pending:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except ConnectionError:
                return None
            if not data:
                return None
            self.pending += data
        line, _, self.pending = self.pending.partition(b"\n")
        message: Message = json.loads(line)
        return message

    def answer(self, timeout_s: float = TIMEOUT_S) -> Message | None:
        """The next message that is no notice; None when the pool has closed."""
        while (message := self.line(timeout_s)) is not None and "method" in message:
            self.notices.append(message)
        return message

    def next_notice(self, timeout_s: float = TIMEOUT_S) -> Message:
        """The next notice."""
        while not self.notices:
            message = self.line(timeout_s)
            assert message is not None, "the pool closed"
            if "method" in message:
                self.notices.append(message)
        return self.notices.pop(0)

    def is_silent(self) -> bool:
        """Whether nothing comes, the socket being open."""
        try:
            self.line(QUIET_S)
        except TimeoutError:
            return True
        return False

    def is_closed(self, timeout_s: float = TIMEOUT_S) -> bool:
        """Whether the pool closes within the time; what comes before is read."""
        deadline = time.monotonic() + timeout_s
        try:
            while self.line(max(0.01, deadline - time.monotonic())) is not None:
                pass
        except TimeoutError:
            return False
        return True

    def ask(self, method: str, params: Message | None = None, **changes: Any) -> None:
        """Send a request with the next id; `changes` replace members of it."""
        self.send({"id": self._next_id, "jsonrpc": "2.0", "method": method, "params": params or {}} | changes)
        self._next_id += 1

    def call(self, method: str, params: Message | None = None, **changes: Any) -> Message | None:
        """Send a request and return its answer."""
        self.ask(method, params, **changes)
        return self.answer()

    def log_in(self, login: str = WALLET, password: str = "x", **more: Any) -> Message:
        """Log in; the answer must be good."""
        answer = self.call("login", {"login": login, "pass": password, "agent": "raw/1"} | more)
        assert answer is not None and answer.get("error") is None, answer
        self.session_id, self.job = answer["result"]["id"], answer["result"]["job"]
        return answer

    def share(self, job: Message | None = None, *, first: int = 0, **changes: Any) -> Message:
        """Find a share of a job by hashing, and return the params of its submit."""
        job = job or self.job
        blob, algorithm = bytearray.fromhex(job["blob"]), job.get("algo", "rx/0")
        hasher, seed = share_hasher(algorithm), bytes.fromhex(job["seed_hash"])
        limit = _t64(job["target"])
        for nonce in range(first, 1 << 24):
            blob[39:42] = nonce.to_bytes(3, "little")
            hashed = hasher.hash(algorithm, seed, bytes(blob)).result(TIMEOUT_S)
            if int.from_bytes(hashed.result[24:], "little") < limit:
                break
        params = {"id": self.session_id, "job_id": job["job_id"], "nonce": blob[39:43].hex()}
        if algorithm == "rx/2":
            params["commitment"] = hashed.raw_hash.hex()
        return params | {"result": hashed.result.hex()} | changes

    def submit(self, params: Message) -> str:
        """Send a share; return "OK", the error's text, "closed" or "silence"."""
        try:
            answer = self.call("submit", params)
        except TimeoutError:
            return "silence"
        if answer is None:
            return "closed"
        if answer.get("error") is not None:
            return str(answer["error"]["message"])
        return str(answer["result"]["status"])


def _t64(target: str) -> int:
    value = int.from_bytes(bytes.fromhex(target), "little")
    return value if len(target) == 16 else (2**64 - 1) // ((2**32 - 1) // value)

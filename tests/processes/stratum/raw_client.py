"""A miner of a few lines over a bare socket, with no code of the product's client: it judges the test pools."""

from __future__ import annotations

import ssl
from typing import Any

from tests.processes.stratum.line_client import LineClient, Message
from tests.support.pools.hashing import share_hasher
from tests.support.pools.pool import TestPool

WALLET = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
HASH_S = 60.0  # a new cache on a busy machine


class RawClient(LineClient):
    """One connection. `session_id` and `job` are those of the last login; `notices` are the jobs pushed since."""

    def __init__(self, pool: TestPool, *, tls: ssl.SSLContext | None = None, server_name: str = "localhost") -> None:
        super().__init__(pool, tls=tls, server_name=server_name)
        self.session_id: str = ""
        self.job: Message = {}

    def ask(self, method: str, params: Message | None = None, **changes: Any) -> None:
        """Send a request with the next id; `changes` replace members of it."""
        self.send({"id": self.next_id, "jsonrpc": "2.0", "method": method, "params": params or {}} | changes)
        self.next_id += 1

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
            hashed = hasher.hash(algorithm, seed, bytes(blob)).result(HASH_S)
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

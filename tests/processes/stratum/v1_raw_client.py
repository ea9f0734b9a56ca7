"""A Stratum V1 miner of a few lines over a bare socket: its own header assembly, with no code of the product."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Callable
from typing import Any

from tests.processes.stratum.line_client import LineClient, Message
from tests.support.pools.records import Offence
from tests.support.pools.v1.pool import V1TestPool

USER = "LTestWallet.rig1"
_ONE = 0xFFFF << 224

EASY = 0.0003  # 20 hashes a share

Share = list[str]
StartV1 = Callable[..., V1TestPool]


class V1RawClient(LineClient):
    """`job`, `difficulty`, `extranonce1`, `size` are what the pool said last. Requests are numbered from 1."""

    job: list[Any]
    difficulty: float = 1.0
    extranonce1: str = ""
    size: int = 0
    session_id: str = ""
    _extranonce2 = 0

    def ask(self, method: str, params: list[Any], **changes: Any) -> None:
        """Send a request with the next id; `changes` replace members of it."""
        self.send({"id": self.next_id, "method": method, "params": params} | changes)
        self.next_id += 1

    def call(self, method: str, params: list[Any], **changes: Any) -> Message | None:
        """Send a request and return its answer; None when the pool has closed."""
        self.ask(method, params, **changes)
        return self.answer()

    def subscribe(self, *resume: str) -> Message:
        """Subscribe, perhaps to an old session."""
        answer = self.call("mining.subscribe", ["raw/1", *resume])
        assert answer is not None and answer["error"] is None, answer
        subscriptions, self.extranonce1, self.size = answer["result"]
        pairs = {name: session for name, session in subscriptions}
        self.session_id = pairs["mining.notify"]
        return answer

    def authorize(self, user: str = USER) -> Message | None:
        """Log in; return the answer."""
        return self.call("mining.authorize", [user, "x"])

    def log_in(self, *resume: str) -> None:
        """Subscribe, authorize, and take the first job."""
        self.subscribe(*resume)
        answer = self.authorize()
        assert answer is not None and answer["result"] is True, answer
        self.next_job()

    def next_job(self) -> list[Any]:
        """Take notices up to the next job, and return it."""
        while True:
            notice = self.next_notice()
            params: list[Any] = notice["params"]
            match notice["method"]:
                case "mining.set_difficulty":
                    self.difficulty = params[0]
                case "mining.set_extranonce":
                    self.extranonce1, self.size = params
                case "mining.notify":
                    self.job = params
                    return params

    def read_welcome(self, pool: V1TestPool) -> None:
        """Take what a pool says after the first job, so that nothing more is on its way."""
        if pool.behaviour.welcome:
            assert self.next_notice()["method"] == "client.show_message"

    def share(self, *, is_good: bool = True) -> Share:
        """Find the next share of the job by hashing, or a hash that is none, and return the params of its submit."""
        return self.share_between(self.difficulty) if is_good else self.share_between(0.0, self.difficulty)

    def share_between(self, least: float, most: float = math.inf) -> Share:
        """Find the next hash that meets the difficulty `least` and not `most`, and return the params of its submit."""
        while True:
            extranonce2 = self._extranonce2.to_bytes(self.size, "big").hex()
            self._extranonce2 += 1
            header = header_of(self.job, self.extranonce1 + extranonce2)
            for nonce in range(2000):
                data = header + struct.pack("<I", nonce)
                hashed = hashlib.scrypt(data, salt=data, n=1024, r=1, p=1, dklen=32)
                if least <= _ONE / max(int.from_bytes(hashed, "little"), 1) < most:
                    return [USER, self.job[0], extranonce2, self.job[7], f"{nonce:08x}"]

    def submit(self, share: Share) -> str:
        """Send a share; return "OK", "code text" of a refusal, "closed" or "silence"."""
        try:
            answer = self.call("mining.submit", share)
        except TimeoutError:
            return "silence"
        if answer is None:
            return "closed"
        error = answer.get("error") or answer.get("reject-reason")
        if isinstance(error, list):
            return f"{error[0]} {error[1]}"
        return str(error) if error else {True: "OK", False: "false"}[answer["result"]]


def header_of(job: list[Any], extranonce: str) -> bytes:
    """The 76 bytes before the nonce, of the params of a notify and the hex of both extranonces."""
    _, previous, first, second, branches, version, nbits, ntime, _ = job
    root = _twice(bytes.fromhex(first + extranonce + second))
    for branch in branches:
        root = _twice(root + bytes.fromhex(branch))
    words = b"".join(bytes.fromhex(previous[at : at + 8])[::-1] for at in range(0, 64, 8))
    return bytes.fromhex(version)[::-1] + words + root + bytes.fromhex(ntime)[::-1] + bytes.fromhex(nbits)[::-1]


def _twice(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


ConnectV1 = Callable[..., V1RawClient]


def offences(pool: V1TestPool) -> set[Offence]:
    """What the clients of a pool did that they must never do."""
    return {violation.offence for violation in pool.violations}

"""The Verifier: re-hashes candidates apart from the memory, the core and the code that found them.

Forked by the Host. Requests and answers are packets on a socket pair. How an algorithm is re-hashed is its Judge's
affair: `randomx_judge.py`, `scrypt_judge.py`.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mining.engine.processes import die_with_parent, set_title

_REQUEST = struct.Struct("<QIQ32s")  # id, algorithm, core of the finder, claimed result; the blob follows
_ANSWER = struct.Struct("<QB32s32s")  # id, is valid, result, raw hash
_PARENT_GONE = 12  # as WorkerExit


@dataclass(frozen=True, slots=True)
class VerifyAnswer:
    """`is_valid`: the claimed result is right. `result`: what the work test compares; `raw_hash`: for rx/2."""

    number: int
    is_valid: bool
    result: bytes
    raw_hash: bytes


class Judge(Protocol):
    """Re-hashes inputs of one family of algorithms."""

    def rehash(self, algorithm: int, blob: bytes, claimed: bytes) -> tuple[bytes, bytes]:
        """Return (result for the work test, raw hash) of `blob`, both 32 bytes.

        A result other than `claimed` must be beyond doubt.
        """


def pack_request(number: int, *, algorithm: int, core: int, claimed: bytes, blob: bytes) -> bytes:
    """Encode one request packet."""
    return _REQUEST.pack(number, algorithm, core, claimed) + blob


def unpack_answer(packet: bytes) -> VerifyAnswer:
    """Decode one answer packet."""
    number, valid, result, raw = _ANSWER.unpack(packet)
    return VerifyAnswer(number, bool(valid), result, raw)


def answer_to(packet: bytes, judge: Judge) -> bytes:
    """Re-hash the candidate of one request packet and return the answer packet."""
    number, algorithm, _core, claimed = _REQUEST.unpack_from(packet)
    result, raw = judge.rehash(algorithm, packet[_REQUEST.size :], claimed)
    return _ANSWER.pack(number, result == claimed, result, raw)


def run_verifier(make_judge: Callable[[], Judge], link: socket.socket, parent_pid: int) -> int:
    """Turn this freshly forked process into the Verifier; returns when the other end is closed."""
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if not die_with_parent(parent_pid):
        return _PARENT_GONE
    set_title("verifier")
    allowed = os.sched_getaffinity(0)
    judge = make_judge()
    link.setblocking(True)
    while True:
        packet = link.recv(4096)
        if not packet:
            return 0
        core = _REQUEST.unpack_from(packet)[2]
        others = allowed - {core}
        if others:
            os.sched_setaffinity(0, others)
        link.send(answer_to(packet, judge))

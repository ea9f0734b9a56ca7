"""The Verifier: re-hashes candidates in light mode, apart from the memory and the core that found them.

Forked by the Host over the 256 MiB cache it keeps. Requests and answers are packets on a socket pair. When the JIT
disagrees with the claimed hash, the interpreter decides.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
from dataclasses import dataclass

from mining.algorithms.randomx.library import Cache, Flag, RandomXLibrary, VirtualMachine
from mining.algorithms.registry import BY_NUMBER
from mining.engine.processes import die_with_parent, set_title

_REQUEST = struct.Struct("<QIQ32s")  # id, algorithm, core of the finder, claimed result; the blob follows
_ANSWER = struct.Struct("<QB32s32s")  # id, is valid, result, raw hash


@dataclass(frozen=True, slots=True)
class VerifyAnswer:
    """`is_valid`: the claimed result is right. `result`: what the work test compares; `raw_hash`: for rx/2."""

    number: int
    is_valid: bool
    result: bytes
    raw_hash: bytes


def pack_request(number: int, *, algorithm: int, core: int, claimed: bytes, blob: bytes) -> bytes:
    """Encode one request packet."""
    return _REQUEST.pack(number, algorithm, core, claimed) + blob


def unpack_answer(packet: bytes) -> VerifyAnswer:
    """Decode one answer packet."""
    number, valid, result, raw = _ANSWER.unpack(packet)
    return VerifyAnswer(number, bool(valid), result, raw)


class Verifier:
    """Light-mode machines over one cache."""

    def __init__(self, library: RandomXLibrary, cache: Cache) -> None:
        self._library = library
        self._cache = cache
        self._machines: dict[tuple[int, bool], VirtualMachine] = {}

    def answer(self, packet: bytes) -> bytes:
        """Re-hash one candidate."""
        number, algorithm, _core, claimed = _REQUEST.unpack_from(packet)
        blob = packet[_REQUEST.size :]
        for is_interpreted in (False, True):
            machine = self._machine(algorithm, is_interpreted)
            raw = machine.hash(blob)
            result = machine.work(blob) if machine.is_v2 else raw
            if result == claimed:
                break
        return _ANSWER.pack(number, result == claimed, result, raw)

    def _machine(self, algorithm: int, is_interpreted: bool) -> VirtualMachine:
        key = (algorithm, is_interpreted)
        if key not in self._machines:
            flags = self._library.vm_flags(is_fast=False, is_v2=BY_NUMBER[algorithm].is_v2)
            if is_interpreted:
                flags &= ~Flag.JIT
            self._machines[key] = VirtualMachine(self._library, flags, cache=self._cache)
        return self._machines[key]


def run_verifier(library: RandomXLibrary, cache: Cache, link: socket.socket, parent_pid: int) -> int:
    """Turn this freshly forked process into the Verifier; returns when the other end is closed."""
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if not die_with_parent(parent_pid):
        return 12
    set_title("verifier")
    allowed = os.sched_getaffinity(0)
    verifier = Verifier(library, cache)
    link.setblocking(True)
    while True:
        packet = link.recv(4096)
        if not packet:
            return 0
        core = _REQUEST.unpack_from(packet)[2]
        others = allowed - {core}
        if others:
            os.sched_setaffinity(0, others)
        link.send(verifier.answer(packet))

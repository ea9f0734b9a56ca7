"""The shared-memory boards: work goes down, counters come up, without a lock and without a system call.

Theory of operation
-------------------
Both boards are memfds, created by the Supervisor, passed to the Host by descriptor and inherited by every Core worker
(never multiprocessing.shared_memory: on 3.11 a process that merely attaches unlinks the segment when it exits).
Everything is an aligned 64-bit little-endian word, stored in one piece, with exactly ONE writer:

* the work board is written by the Supervisor only. A job is many words, so it stands between two copies of its
  generation under a sequence word that is odd while a write is under way (seqlock), and a checksum covers the payload:
  on a machine with weakly ordered stores a torn read fails the checksum and is read again. `GENERATION` is stored last;
  it is the one word that a worker looks at between two hashes.
* each slot of the work board carries a command word (serial << 8 | Command), an intensity, a word that forbids our
  own kernel to the slot's next workers, and two lease entries. Lease
  `n` stands in entry n % 2; it may be overwritten by lease n + 2 once the worker has published that it works on n + 1.
  So one lease is always ready ahead and a worker never waits for the Supervisor's next round. An entry carries its
  generation, serial and a check word: a half-written one is not a lease.
* each slot of the counter board is written by that slot's worker only. `CURSOR` is the next nonce that may be started
  and is stored BEFORE the hash starts: a worker forked in place of a dead one goes on there, so a nonce is never hashed
  twice; what was in flight at a kill is lost, not repeated. `SETTLED` repeats a command word once everything hashed
  before it is counted and its candidates are in the pipe. `TAKEN_NS` is when the worker took up its `GENERATION`.

`hashes` are absolute and survive the worker. Times are CLOCK_MONOTONIC nanoseconds (one clock for all processes).
"""

from __future__ import annotations

import ctypes
import mmap
import os
import zlib
from dataclasses import dataclass
from enum import IntEnum

MAX_SLOTS = 1024
MAX_BLOB_BYTES = 512
MAGIC = 0x4D43_4F4E_424F_4152
LAYOUT_VERSION = 3
CHECK = 0x9E37_79B9_7F4A_7C15
MASK = (1 << 64) - 1

_JOB_WORDS = 8 + 4 + MAX_BLOB_BYTES // 8
_HEADER_WORDS = 16
_PROBES = 4
_PROBE_WORDS = 9
_PROBE_AT = _HEADER_WORDS + _JOB_WORDS
_SLOTS_AT = ((_PROBE_AT + _PROBES * _PROBE_WORDS) + 7) // 8 * 8
_SLOT_WORDS = 16
_NO_KERNEL_AT = 2
_LEASE_AT = 4
_LEASE_WORDS = 5
COUNTER_WORDS = 24  # three cache lines, so that no two workers write into one

_SEQUENCE, GENERATION_AT, _SLOTS = 2, 3, 4


class Command(IntEnum):
    """What a worker shall do (low byte of its command word)."""

    PARK = 0
    RUN = 1
    EXIT = 2


class WorkerState(IntEnum):
    """What a worker does (its own word)."""

    OFF = 0
    STARTING = 1
    HASHING = 2
    PARKED = 3
    STARVED = 4
    SLEEPING = 5


class Kernel(IntEnum):
    """What computes the hashes of a worker (its own word)."""

    LIBRARY = 0  # the RandomX library, or for Scrypt hashlib: somebody else's code, the fallback
    OWN = 1
    OWN_FAILED = 2  # our kernel failed a self-test on this core, or a find of it was disproved; the fallback computes
    OWN_IN_TEST = 3  # our kernel computes the probe; in the row of a dead worker: that killed it
    OWN_REFUSED = 4  # no machine of our kernel could be made; the fallback computes


class Counter(IntEnum):
    """Words of one counter slot."""

    CURSOR = 0
    HASHES = 1
    LAST_HASH_NS = 2
    BEAT_NS = 3
    STATE = 4
    ERRORS = 5
    SETTLED = 6
    LEASE = 7
    GENERATION = 8
    PID = 9
    CPU_NS = 10
    XOR = 11
    HUGE_SCRATCHPAD = 12
    VERIFIED_EPOCH = 13
    CANDIDATES = 14
    FIRST_HASH_NS = 15
    TAKEN_NS = 16
    KERNEL = 17


@dataclass(frozen=True, slots=True)
class BoardJob:
    """A job as workers see it. `blob` empty: nothing to hash. `epoch` names the dataset that must be live."""

    generation: int
    algorithm: int
    epoch: int
    blob: bytes
    nonce_offset: int
    nonce_size: int
    target: int


@dataclass(frozen=True, slots=True)
class Lease:
    """Nonces [start, end) of one generation, granted to one slot as its lease number `serial`."""

    generation: int
    serial: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Probe:
    """A hash computed in light mode, to be reproduced through the dataset of `epoch`. `data` has 32 bytes."""

    epoch: int
    data: bytes
    expected: bytes


def _check_of(*words: int) -> int:
    value = CHECK
    for word in words:
        value = ((value ^ word) * 0x100_0000_01B3) & MASK
    return value


class _Board:
    """A memfd mapped as 64-bit words."""

    def __init__(self, fd: int, words: int) -> None:
        self.fd = fd
        self._map = mmap.mmap(fd, words * 8)
        self.words = memoryview(self._map).cast("Q")

    @property
    def address(self) -> int:
        """Where the words lie in this process; valid until `close`."""
        return ctypes.addressof(ctypes.c_uint64.from_buffer(self._map))

    def close(self) -> None:
        """Unmap and close the descriptor."""
        self.words.release()
        self._map.close()
        os.close(self.fd)


def _make_memfd(name: str, words: int) -> int:
    fd = os.memfd_create(name, os.MFD_CLOEXEC)
    os.ftruncate(fd, words * 8)
    return fd


class WorkBoard(_Board):
    """Jobs, probes, commands and leases; written by the Supervisor, read by all workers."""

    def __init__(self, fd: int, slots: int) -> None:
        super().__init__(fd, _SLOTS_AT + slots * _SLOT_WORDS)
        self.slots = slots

    @classmethod
    def create(cls, slots: int) -> WorkBoard:
        """Make an empty board for `slots` workers (at most MAX_SLOTS)."""
        board = cls(_make_memfd("minerconsole-work", _SLOTS_AT + slots * _SLOT_WORDS), slots)
        board.words[0], board.words[1], board.words[_SLOTS] = MAGIC, LAYOUT_VERSION, slots
        return board

    def publish(self, job: BoardJob) -> None:
        """Replace the job. Leases of its generation must stand already."""
        if len(job.blob) > MAX_BLOB_BYTES:
            raise ValueError(f"a blob of {len(job.blob)} bytes does not fit the board ({MAX_BLOB_BYTES})")
        words = self.words
        words[_SEQUENCE] += 1
        at = _HEADER_WORDS
        words[at], words[at + 1], words[at + 2] = job.generation, job.algorithm, job.epoch
        words[at + 3], words[at + 4], words[at + 5] = len(job.blob), job.nonce_offset, job.nonce_size
        for index in range(4):
            words[at + 8 + index] = (job.target >> (64 * index)) & MASK
        raw = job.blob.ljust(MAX_BLOB_BYTES, b"\0")
        for index in range(MAX_BLOB_BYTES // 8):
            words[at + 12 + index] = int.from_bytes(raw[index * 8 : index * 8 + 8], "little")
        words[at + 6] = zlib.crc32(words[at : at + 6].tobytes() + words[at + 8 : at + _JOB_WORDS].tobytes())
        words[_SEQUENCE] += 1
        words[GENERATION_AT] = job.generation

    @property
    def generation(self) -> int:
        """The newest generation; a worker compares it with its own between two hashes."""
        return self.words[GENERATION_AT]

    def read_job(self) -> BoardJob | None:
        """Return the job, or None while it is being written (read again)."""
        words, at = self.words, _HEADER_WORDS
        before = words[_SEQUENCE]
        if before & 1:
            return None
        raw = words[at : at + _JOB_WORDS].tobytes()
        if words[_SEQUENCE] != before:
            return None
        head = [int.from_bytes(raw[i * 8 : i * 8 + 8], "little") for i in range(8)]
        if head[6] != zlib.crc32(raw[: 6 * 8] + raw[8 * 8 :]):
            return None
        blob = raw[12 * 8 : 12 * 8 + head[3]]
        target = int.from_bytes(raw[8 * 8 : 12 * 8], "little")
        return BoardJob(head[0], head[1], head[2], blob, head[4], head[5], target)

    def write_probes(self, probes: list[Probe]) -> None:
        """Store up to four probes of one dataset; call only while the workers are parked or gone."""
        for index in range(_PROBES):
            at = _PROBE_AT + index * _PROBE_WORDS
            probe = probes[index % len(probes)]
            payload = probe.data[:32].ljust(32, b"\0") + probe.expected
            for word in range(8):
                self.words[at + 1 + word] = int.from_bytes(payload[word * 8 : word * 8 + 8], "little")
            self.words[at] = probe.epoch

    def read_probe(self, slot: int) -> Probe:
        """Return the probe that `slot` must reproduce."""
        at = _PROBE_AT + (slot % _PROBES) * _PROBE_WORDS
        raw = self.words[at : at + _PROBE_WORDS].tobytes()
        return Probe(int.from_bytes(raw[:8], "little"), raw[8:40], raw[40:72])

    def command_at(self, slot: int) -> int:
        """Index of the slot's command word (workers read the word directly)."""
        return _SLOTS_AT + slot * _SLOT_WORDS

    def write_command(self, slot: int, command: Command) -> int:
        """Give a command and return its word, which SETTLED will repeat. The same command again is not rewritten."""
        at = self.command_at(slot)
        word = self.words[at]
        if word & 0xFF == command and word:
            return word
        word = (((word >> 8) + 1) << 8) | command
        self.words[at] = word
        return word

    def write_intensity(self, slot: int, percent: int) -> None:
        """Store the share of time this slot may use, in percent."""
        self.words[self.command_at(slot) + 1] = percent

    def read_intensity(self, slot: int) -> int:
        """Percent for this slot."""
        return self.words[self.command_at(slot) + 1]

    def forbid_kernel(self, slot: int) -> None:
        """Have the workers that will be forked for this slot hash with the fallback."""
        self.words[self.command_at(slot) + _NO_KERNEL_AT] = 1

    def is_kernel_forbidden(self, slot: int) -> bool:
        """Whether a new worker of this slot must hash with the fallback."""
        return self.words[self.command_at(slot) + _NO_KERNEL_AT] != 0

    def write_lease(self, slot: int, lease: Lease) -> None:
        """Store a lease in its entry; the check word makes a torn entry unreadable."""
        at = self.command_at(slot) + _LEASE_AT + (lease.serial % 2) * _LEASE_WORDS
        words = self.words
        words[at + 4] = 0
        words[at], words[at + 1], words[at + 2], words[at + 3] = lease.generation, lease.serial, lease.start, lease.end
        words[at + 4] = _check_of(lease.generation, lease.serial, lease.start, lease.end)

    def read_lease(self, slot: int, serial: int) -> Lease | None:
        """Return lease number `serial` of the slot, or None while it is not granted."""
        at = self.command_at(slot) + _LEASE_AT + (serial % 2) * _LEASE_WORDS
        generation, number, start, end, check = self.words[at : at + _LEASE_WORDS].tolist()
        if number != serial or check != _check_of(generation, number, start, end):
            return None
        return Lease(generation, number, start, end)


class CounterBoard(_Board):
    """One row of counters per slot, written by that slot's worker."""

    def __init__(self, fd: int, slots: int) -> None:
        super().__init__(fd, slots * COUNTER_WORDS)
        self.slots = slots

    @classmethod
    def create(cls, slots: int) -> CounterBoard:
        """Make a board of zeros."""
        return cls(_make_memfd("minerconsole-counters", slots * COUNTER_WORDS), slots)

    def row(self, slot: int) -> memoryview:
        """The slot's words as a writable view (indexed by Counter)."""
        return self.words[slot * COUNTER_WORDS : (slot + 1) * COUNTER_WORDS]

    def read(self, slot: int, counter: Counter) -> int:
        """One word of a slot."""
        return self.words[slot * COUNTER_WORDS + counter]

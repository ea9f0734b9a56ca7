"""What the Supervisor and a Host say to each other: small JSON packets. Values only."""

from __future__ import annotations

import msgspec

from mining.decoding import ready_to_decode

MAX_PACKET = 65536


class HostConfig(msgspec.Struct, frozen=True):
    """What the Supervisor tells a new Host on its command line. Descriptors are inherited.

    `algorithm`: its number in the registry. `library`, `jit`, `native` (our hash loop), `is_fast`, `memory_kind`,
    `dataset_fd` and `large_pages` concern RandomX; `scrypt_n`, `scratchpad_limit` (bytes that one core may take),
    `most_lanes` (of its kernel; 0: the widest) and `wants_huge_pages` Scrypt. `kernel`: our own kernel for the
    algorithm, "" for none.
    """

    parent_pid: int
    algorithm: int
    link_fd: int
    work_fd: int
    counter_fd: int
    slots: int
    priority: str
    library: str = ""
    is_fast: bool = False
    memory_kind: str = "none"
    dataset_fd: int = -1
    large_pages: bool = False
    jit: str = "writable"
    native: str = ""
    kernel: str = ""
    scrypt_n: int = 0
    scratchpad_limit: int = 0
    most_lanes: int = 0
    wants_huge_pages: bool = True


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """Supervisor to Host. `op`: prepare_seed, start_worker, kill_worker, start_verifier, exit."""

    op: str
    epoch: int = 0
    seed: str = ""
    threads: int = 1
    is_built: bool = False
    slot: int = 0
    core: int = 0
    signal: int = 0


class HostEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """Host to Supervisor. `event`: ready, progress, seed_ready, worker_started, worker_exited, verifier_started,
    verifier_exited, failed. `probes` are pairs of hex (input, hash)."""

    event: str
    pid: int = 0
    slot: int = 0
    exit_code: int = 0
    signal: int = 0
    epoch: int = 0
    done: float = 0.0
    seconds: float = 0.0
    probes: list[tuple[str, str]] = []
    sentence: str = ""


ready_to_decode(HostConfig, Order, HostEvent)

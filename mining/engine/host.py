"""The Host process of RandomX: holds the cache and the dataset, forks Core workers and the Verifier.

`python -m mining.engine.host CONFIG` in a session of its own. No Django, no sockets but the pair to the Supervisor,
and one thread whenever it forks (asserted): the threads that build a dataset are joined first. Orders and events are
JSON packets; orders that hand over a pipe or socket carry its descriptor.
"""

from __future__ import annotations

import array
import contextlib
import gc
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

from mining.algorithms.randomx.library import Cache, Dataset, RandomXLibrary, VirtualMachine
from mining.algorithms.randomx.selftest import run_known_answers
from mining.engine.boards import CounterBoard, WorkBoard
from mining.engine.memory import MappedDataset
from mining.engine.processes import die_with_parent, set_priority, set_title, thread_count
from mining.engine.verifier import run_verifier
from mining.engine.worker import WorkerContext, WorkerExit, run_worker
from mining.native.hash_loop import NativeLoop
from mining.native.randomx_kernel import RandomXKernel

MAX_PACKET = 65536
_SLICE_ITEMS = 1 << 14
_PROBES = 4
_Loaded = TypeVar("_Loaded")


class HostConfig(msgspec.Struct, frozen=True):
    """What the Supervisor tells a new Host on its command line. Descriptors are inherited."""

    parent_pid: int
    library: str
    algorithm: int
    is_fast: bool
    memory_kind: str
    link_fd: int
    work_fd: int
    counter_fd: int
    dataset_fd: int
    slots: int
    large_pages: bool
    priority: str
    jit: str
    native: str = ""
    kernel: str = ""


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


def loaded(kind: Callable[[str], _Loaded], path: str) -> _Loaded | None:
    """Return the shared object of ours at `path`; None without a path, or where the file cannot be loaded any more."""
    try:
        return kind(path) if path else None
    except (OSError, AttributeError):
        return None


class Host:
    """State of the Host: memory, children and the link to the Supervisor."""

    def __init__(self, config: HostConfig) -> None:
        self._config = config
        self._link = socket.socket(fileno=config.link_fd)
        self._library = RandomXLibrary(config.library, config.jit)
        self._work = WorkBoard(config.work_fd, config.slots)
        self._counters = CounterBoard(config.counter_fd, config.slots)
        self._native = loaded(NativeLoop, config.native)
        self._kernel = loaded(RandomXKernel, config.kernel)
        self._cache: Cache | None = None
        self._epoch = 0
        self._mapped: MappedDataset | None = None
        self._dataset: Dataset | None = None
        self._pipes: dict[int, int] = {}
        self._workers: dict[int, int] = {}
        self._verifiers: set[int] = set()
        self._is_ending = False
        self._is_checked = False
        if config.is_fast:
            self._mapped = MappedDataset(config.memory_kind, config.dataset_fd)
            self._dataset = Dataset(self._library, self._mapped.address)

    def run(self) -> int:
        """Serve orders until told to exit or the Supervisor is gone."""
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        os.set_blocking(wake_read, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._tell(HostEvent("ready", pid=os.getpid()))
        poll = select.poll()
        poll.register(self._link, select.POLLIN)
        poll.register(wake_read, select.POLLIN)
        while not self._is_ending:
            for fd, _ in poll.poll():
                if fd == wake_read:
                    with contextlib.suppress(BlockingIOError):
                        os.read(wake_read, 4096)
                    self._reap()
                elif not self._serve():
                    return 0
        return 0

    def _tell(self, event: HostEvent) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._link.send(msgspec.json.encode(event))

    def _serve(self) -> bool:
        """Carry out one order; False when the Supervisor has closed the link."""
        space = socket.CMSG_SPACE(array.array("i", [0]).itemsize)
        packet, ancillary, _, _ = self._link.recvmsg(MAX_PACKET, space)
        if not packet:
            return False
        received = array.array("i")
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                received.frombytes(data)
        order = msgspec.json.decode(packet, type=Order)
        match order.op:
            case "prepare_seed":
                self._prepare_seed(order)
            case "start_worker":
                self._start_worker(order, received[0] if received else None)
            case "kill_worker":
                if order.slot in self._workers:
                    os.kill(self._workers[order.slot], order.signal)
            case "start_verifier":
                self._start_verifier(received[0])
            case "exit":
                self._is_ending = True
            case _:
                self._tell(HostEvent("failed", sentence=f"unknown order {order.op!r}"))
        return True

    # --- memory -----------------------------------------------------------------------------------------------

    def _prepare_seed(self, order: Order) -> None:
        started = time.monotonic()
        seed = bytes.fromhex(order.seed)
        try:
            self._check_library()
            if self._cache is None:
                self._cache = Cache(self._library)
            self._cache.initialise(seed)
        except (MemoryError, RuntimeError) as error:
            self._tell(HostEvent("failed", sentence=str(error)))
            return
        probes = self._make_probes(order.epoch)
        if self._dataset is not None and not order.is_built and not self._build(max(1, order.threads)):
            return
        self._epoch = order.epoch
        seconds = time.monotonic() - started
        self._tell(HostEvent("seed_ready", epoch=order.epoch, seconds=seconds, probes=probes))

    def _check_library(self) -> None:
        """Once per Host: the library that is loaded here still gives known answers. Raises RuntimeError."""
        if not self._is_checked:
            wrong = run_known_answers(self._library, "abc")
            if wrong:
                raise RuntimeError(f"{self._config.library} fails its known answers ({', '.join(wrong)})")
            self._is_checked = True

    def _make_probes(self, epoch: int) -> list[tuple[str, str]]:
        is_v2 = self._config.algorithm == 2
        machine = VirtualMachine(self._library, self._library.vm_flags(is_fast=False, is_v2=is_v2), cache=self._cache)
        probes = []
        for index in range(_PROBES):
            data = b"minerconsole probe".ljust(24, b"\0") + (epoch * _PROBES + index).to_bytes(8, "little")
            probes.append((data.hex(), machine.hash(data).hex()))
        machine.destroy()
        return probes

    def _build(self, threads: int) -> bool:
        """Compute the dataset with `threads` threads, telling the progress; False when the Supervisor is gone."""
        assert self._dataset is not None and self._cache is not None
        dataset, cache, total = self._dataset, self._cache, self._dataset.item_count
        lock, cursor, is_cancelled = threading.Lock(), [0], threading.Event()

        def fill() -> None:
            set_priority(self._config.priority)  # of this thread only (Linux); the Host itself stays responsive
            while not is_cancelled.is_set():
                with lock:
                    start = cursor[0]
                    cursor[0] = min(total, start + _SLICE_ITEMS)
                if start >= total:
                    return
                dataset.initialise(cache, start, min(_SLICE_ITEMS, total - start))

        crew = [threading.Thread(target=fill, daemon=True) for _ in range(threads)]
        for thread in crew:
            thread.start()
        while any(thread.is_alive() for thread in crew):
            crew[0].join(0.25)
            if self._is_link_closed():
                is_cancelled.set()
            self._tell(HostEvent("progress", done=cursor[0] / total))
            self._reap()
        for thread in crew:
            thread.join()
        return not is_cancelled.is_set()

    def _is_link_closed(self) -> bool:
        """Whether the Supervisor went away or wants an end while the dataset is being built."""
        try:
            packet = self._link.recv(MAX_PACKET, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        return not packet or msgspec.json.decode(packet, type=Order).op == "exit"

    # --- children ---------------------------------------------------------------------------------------------

    def _start_worker(self, order: Order, pipe: int | None) -> None:
        if pipe is not None:
            old = self._pipes.pop(order.slot, None)
            if old is not None:
                os.close(old)
            self._pipes[order.slot] = pipe
        if order.slot in self._workers:
            return
        config = self._config
        context = WorkerContext(
            library=self._library,
            work=self._work,
            counters=self._counters,
            algorithm=config.algorithm,
            is_fast=config.is_fast,
            epoch=self._epoch,
            dataset=self._dataset,
            cache=self._cache,
            large_pages=config.large_pages,
            transparent_pages=config.memory_kind not in ("none", "shmem"),  # these: off by setting, or switched off
            priority=config.priority,
            native=self._native,
            kernel=self._kernel,
        )
        parent = os.getpid()
        pid = self._fork()
        if pid == 0:
            code = int(WorkerExit.FAILED)
            try:
                self._close_for_worker(order.slot)
                if self._mapped is not None:
                    self._mapped.protect()
                fd = self._pipes[order.slot]
                code = run_worker(context, slot=order.slot, core=order.core, candidate_fd=fd, parent_pid=parent)
            finally:
                os._exit(code)
        self._workers[order.slot] = pid
        self._tell(HostEvent("worker_started", slot=order.slot, pid=pid))

    def _start_verifier(self, fd: int) -> None:
        assert self._cache is not None
        parent = os.getpid()
        pid = self._fork()
        if pid == 0:
            code = int(WorkerExit.FAILED)
            try:
                self._close_for_worker(None)
                if self._mapped is not None:
                    self._mapped.unmap()
                code = run_verifier(self._library, self._cache, socket.socket(fileno=fd), parent)
            finally:
                os._exit(code)
        os.close(fd)
        self._verifiers.add(pid)
        self._tell(HostEvent("verifier_started", pid=pid))

    def _fork(self) -> int:
        deadline = time.monotonic() + 1.0
        while (threads := thread_count()) != 1 and time.monotonic() < deadline:
            time.sleep(0.001)  # a joined thread leaves the kernel's list a moment after join() has returned
        if threads != 1:
            raise AssertionError(f"the Host has {threads} threads at a fork")
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
        return pid

    def _close_for_worker(self, slot: int | None) -> None:
        """Close what a child must not hold: the link, and the pipes of other slots."""
        os.close(self._link.detach())
        for other, fd in self._pipes.items():
            if other != slot:
                os.close(fd)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0
            if pid in self._verifiers:
                self._verifiers.discard(pid)
                self._tell(HostEvent("verifier_exited", pid=pid, exit_code=code, signal=number))
                continue
            for slot, known in list(self._workers.items()):
                if known == pid:
                    del self._workers[slot]
                    self._tell(HostEvent("worker_exited", pid=pid, slot=slot, exit_code=code, signal=number))


def main() -> int:
    """Entry of the process."""
    config = msgspec.json.decode(sys.argv[1], type=HostConfig)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not die_with_parent(config.parent_pid):
        return int(WorkerExit.PARENT_GONE)
    set_title("host randomx")
    try:
        return Host(config).run()
    except (OSError, RuntimeError, MemoryError, AttributeError) as error:
        with contextlib.suppress(OSError):
            link = socket.socket(fileno=os.dup(config.link_fd))
            link.send(msgspec.json.encode(HostEvent("failed", sentence=f"the Host could not start: {error}")))
        return int(WorkerExit.FAILED)


if __name__ == "__main__":
    sys.exit(main())

"""The Host process: holds the memory of one algorithm, forks Core workers and the Verifier over it.

`python -m mining.engine.host CONFIG` in a session of its own. No Django, no sockets but the pair to the Supervisor,
and one thread whenever it forks (asserted): the threads that build a dataset are joined first. Orders and events are
JSON packets; orders that hand over a pipe or socket carry its descriptor. What the algorithm needs is its HostMemory.
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
import time

import msgspec

from mining.algorithms.registry import BY_NUMBER
from mining.engine.boards import CounterBoard, WorkBoard
from mining.engine.host_memory import HostMemory
from mining.engine.host_messages import MAX_PACKET, HostConfig, HostEvent, Order
from mining.engine.processes import die_with_parent, set_title, thread_count
from mining.engine.randomx_memory import RandomXMemory
from mining.engine.scrypt_memory import ScryptMemory
from mining.engine.verifier import run_verifier
from mining.engine.worker import WorkerContext, WorkerExit
from mining.engine.worker_process import run_worker

_MEMORIES: dict[str, type[RandomXMemory] | type[ScryptMemory]] = {"randomx": RandomXMemory, "scrypt": ScryptMemory}


class Host:
    """State of the Host: memory, children and the link to the Supervisor."""

    def __init__(self, config: HostConfig) -> None:
        self._config = config
        self._link = socket.socket(fileno=config.link_fd)
        self._work = WorkBoard(config.work_fd, config.slots)
        self._counters = CounterBoard(config.counter_fd, config.slots)
        self._memory: HostMemory = _MEMORIES[BY_NUMBER[config.algorithm].family](config)
        self._epoch = 0
        self._pipes: dict[int, int] = {}
        self._workers: dict[int, int] = {}
        self._verifiers: set[int] = set()
        self._is_ending = False

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
        try:
            probes = self._memory.prepare(order, self._progress)
        except (MemoryError, RuntimeError) as error:
            self._tell(HostEvent("failed", sentence=str(error)))
            return
        if probes is None:
            return
        self._epoch = order.epoch
        pairs = [(data.hex(), value.hex()) for data, value in probes]
        self._tell(HostEvent("seed_ready", epoch=order.epoch, seconds=time.monotonic() - started, probes=pairs))

    def _progress(self, done: float) -> bool:
        """Tell how far a long preparation is; False when it is to be given up."""
        self._tell(HostEvent("progress", done=done))
        self._reap()
        return not self._is_link_closed()

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
        context = WorkerContext(self._work, self._counters, config.algorithm, self._epoch, config.priority)
        parent = os.getpid()
        pid = self._fork()
        if pid == 0:
            code = int(WorkerExit.FAILED)
            try:
                self._close_for_worker(order.slot)
                fd = self._pipes[order.slot]
                code = run_worker(
                    context,
                    lambda: self._memory.make_worker(context, order.slot, fd),
                    slot=order.slot,
                    core=order.core,
                    parent_pid=parent,
                )
            finally:
                os._exit(code)
        self._workers[order.slot] = pid
        self._tell(HostEvent("worker_started", slot=order.slot, pid=pid))

    def _start_verifier(self, fd: int) -> None:
        parent = os.getpid()
        pid = self._fork()
        if pid == 0:
            code = int(WorkerExit.FAILED)
            try:
                self._close_for_worker(None)
                code = run_verifier(self._memory.make_judge, socket.socket(fileno=fd), parent)
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
    set_title(f"host {BY_NUMBER[config.algorithm].family}")
    try:
        return Host(config).run()
    except (OSError, RuntimeError, MemoryError, AttributeError) as error:
        with contextlib.suppress(OSError):
            link = socket.socket(fileno=os.dup(config.link_fd))
            link.send(msgspec.json.encode(HostEvent("failed", sentence=f"the Host could not start: {error}")))
        return int(WorkerExit.FAILED)


if __name__ == "__main__":
    sys.exit(main())

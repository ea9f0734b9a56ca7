"""HostLink: spawns one Host process and speaks with it. Owns the Host's pid and our end of the socket pair.

Spawn only from the main thread: the parent-death signal fires when the spawning thread ends.
"""

from __future__ import annotations

import array
import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable

import msgspec

from mining.child_environment import child_environment
from mining.engine.host_messages import MAX_PACKET, HostConfig, HostEvent, Order


class HostLink:
    """One Host. `on_event` gets each HostEvent; `on_gone` is called once when the link closes."""

    def __init__(self, *, on_event: Callable[[HostEvent], None], on_gone: Callable[[], None]) -> None:
        self._on_event = on_event
        self._on_gone = on_gone
        self._socket: socket.socket | None = None
        self._unsent: deque[tuple[bytes, int | None]] = deque()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The Host's process id, 0 when there is none."""
        return self._process.pid if self._process else 0

    def spawn(self, config: HostConfig) -> None:
        """Start a Host; its `ready` event follows. Its end of the link is made here, and put into `config`."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        config = msgspec.structs.replace(config, link_fd=theirs.fileno())
        descriptors = [fd for fd in (config.link_fd, config.work_fd, config.counter_fd, config.dataset_fd) if fd >= 0]
        environment = child_environment()
        if config.large_pages or config.memory_kind in ("anon_thp", "shmem_thp"):
            environment["GLIBC_TUNABLES"] = "glibc.malloc.hugetlb=1"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mining.engine.host", msgspec.json.encode(config).decode()],
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            env=environment,
        )
        theirs.close()
        ours.setblocking(False)
        self._socket = ours
        asyncio.get_running_loop().add_reader(ours, self._read)

    def order(self, order: Order, fd: int | None = None) -> None:
        """Send an order, with a descriptor where it hands one over. A closed link swallows it: `on_gone` follows."""
        if self._socket is None:
            return
        self._unsent.append((msgspec.json.encode(order), None if fd is None else os.dup(fd)))
        self._send()

    def _send(self) -> None:
        """Send what waits, in order; a full socket (the Host is busy) is tried again when it has room."""
        loop = asyncio.get_running_loop()
        while self._socket is not None and self._unsent:
            packet, fd = self._unsent[0]
            ancillary = [] if fd is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))]
            try:
                self._socket.sendmsg([packet], ancillary)
            except BlockingIOError:
                loop.add_writer(self._socket, self._send)
                return
            except (BrokenPipeError, ConnectionResetError):
                return
            self._unsent.popleft()
            if fd is not None:
                os.close(fd)
        if self._socket is not None:
            loop.remove_writer(self._socket)

    def _read(self) -> None:
        while self._socket is not None:
            try:
                packet = self._socket.recv(MAX_PACKET)
            except BlockingIOError:
                return
            except ConnectionResetError:
                packet = b""
            if not packet:
                self._close_socket()
                self._on_gone()
                return
            self._on_event(msgspec.json.decode(packet, type=HostEvent))

    def _close_socket(self) -> None:
        while self._unsent:
            _, fd = self._unsent.popleft()
            if fd is not None:
                os.close(fd)
        if self._socket is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket)
            loop.remove_writer(self._socket)
            self._socket.close()
            self._socket = None

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Signal the Host if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def reap(self) -> bool:
        """Collect the Host's exit status; True once it has ended."""
        return self._process is None or self._process.poll() is not None

    async def end(self, timeout_s: float = 1.0) -> None:
        """Order an exit, close the link, and make sure the process is gone."""
        self.order(Order("exit"))
        self._close_socket()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while not self.reap():
            if loop.time() > deadline:
                self.kill()
                deadline = loop.time() + timeout_s
            await asyncio.sleep(0.005)

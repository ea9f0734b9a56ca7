"""A network of one's own for a program, whose one link to this computer can be cut (Linux network namespaces)."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
from collections.abc import Iterator

import pytest


class Network:
    """`here`: this computer's address on the link; `there`: the program's. `words`: what a command is put behind."""

    def __init__(self) -> None:
        mark = secrets.token_hex(3)
        number = int(mark, 16) % 16_000 * 4
        base = f"198.18.{number // 256}"  # a range for measuring devices: nobody else's (RFC 2544)
        self.here, self.there = f"{base}.{number % 256 + 1}", f"{base}.{number % 256 + 2}"
        self.name, self._outer, self._inner = f"mc-{mark}", f"mco{mark}", f"mci{mark}"
        self.words = ("ip", "netns", "exec", self.name)

    def make(self) -> None:
        """Make it. Raises CalledProcessError where that is not allowed."""
        _ip("netns", "add", self.name)
        _ip("link", "add", self._outer, "type", "veth", "peer", "name", self._inner)
        _ip("link", "set", self._inner, "netns", self.name)
        _ip("addr", "add", f"{self.here}/30", "dev", self._outer)
        _ip("link", "set", self._outer, "up")
        for words in (("addr", "add", f"{self.there}/30", "dev", self._inner), ("link", "set", self._inner, "up")):
            _ip("-n", self.name, *words)
        _ip("-n", self.name, "link", "set", "lo", "up")

    def cut(self) -> None:
        """From now on nothing passes, and nobody is told."""
        _ip("-n", self.name, "link", "set", self._inner, "down")

    def mend(self) -> None:
        """Let it pass again."""
        _ip("-n", self.name, "link", "set", self._inner, "up")

    def delete(self) -> None:
        """Take it away."""
        for words in (("link", "del", self._outer), ("netns", "del", self.name)):
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip(*words)


@contextlib.contextmanager
def own_network() -> Iterator[Network]:
    """One for a while; the test is skipped by name where networks cannot be made."""
    network = Network()
    try:
        try:
            network.make()
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", "") or error
            reason = f"no network can be made here (needs root and the package iproute2): {said}"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        yield network
    finally:
        with contextlib.suppress(OSError):
            network.delete()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True, timeout=20)

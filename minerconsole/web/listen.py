"""The listening socket of the page: which names reach it, and a busy port is a sentence."""

from __future__ import annotations

import errno
import ipaddress
import socket
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from mining.configuration.endpoints import parse_listen
from mining.configuration.problem import ValueProblem, shown
from mining.errors import CannotStartError, ConfigurationError


def parse_address(text: str) -> tuple[str, int]:
    """Split `host:port`; raises ConfigurationError for nonsense."""
    try:
        host, port = parse_listen(text)
    except ValueProblem as problem:
        raise ConfigurationError(f"--listen {shown(text)} {problem.why}", next_step=problem.next_step) from None
    return host, port


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises CannotStartError when the address is taken or not allowed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise _trouble(host, port, error) from None


def host_names(host: str) -> list[str]:
    """Return the names under which a page that listens on `host` may be asked for, as ALLOWED_HOSTS writes them.

    Listening everywhere: each address of this computer. Names of it are opt-in (MINERCONSOLE_HOSTS), since any web
    site can let a name of its own point here.
    """
    addresses = local_addresses() if host in ("0.0.0.0", "::") else [host]
    return [f"[{address}]" if ":" in address else address for address in addresses]


def local_addresses(root: Path = Path("/proc/net")) -> list[str]:
    """Return the IP addresses of this computer's interfaces, as the kernel lists them."""
    found: list[str] = []
    with suppress(OSError):
        lines = (root / "fib_trie").read_text().splitlines()
        found += [before.split()[-1] for before, line in pairwise(lines) if "/32 host LOCAL" in line]
    with suppress(OSError):
        digits = [line.split()[0] for line in (root / "if_inet6").read_text().splitlines()]
        found += [str(ipaddress.IPv6Address(int(each, 16))) for each in digits]
    return sorted(set(found))


def _trouble(host: str, port: int, error: OSError) -> CannotStartError:
    other = "mining goes on without the page. Choose another with --listen."
    if error.errno == errno.EADDRINUSE:
        return CannotStartError(f"Port {port} on {host} is taken by another program; {other}", code="port_taken")
    why = errno.errorcode.get(error.errno or 0, "")
    reason = "ports below 1024 need root" if error.errno == errno.EACCES and port < 1024 else f"{error.strerror} {why}"
    return CannotStartError(f"Port {port} on {host} cannot be used ({reason.strip()}); {other}", code="port_unusable")

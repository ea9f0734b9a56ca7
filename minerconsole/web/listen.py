"""The listening socket of the page: loopback only, and a busy port is a sentence."""

from __future__ import annotations

import errno
import socket

from mining.configuration.endpoints import is_loopback, parse_listen
from mining.configuration.problem import ValueProblem, shown
from mining.errors import CannotStartError, ConfigurationError


def parse_address(text: str) -> tuple[str, int]:
    """Split `host:port`; raises ConfigurationError for nonsense and for addresses other computers can reach."""
    try:
        host, port = parse_listen(text)
    except ValueProblem as problem:
        raise ConfigurationError(f"--listen {shown(text)} {problem.why}", next_step=problem.next_step) from None
    if not is_loopback(host):
        raise ConfigurationError(
            f"--listen {text} can be reached by other computers: that needs a login, which comes with the console",
            next_step=f"Use 127.0.0.1:{port}.",
            code="not_loopback",
        )
    return host, port


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises CannotStartError when the address is taken or not allowed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise _trouble(host, port, error) from None


def _trouble(host: str, port: int, error: OSError) -> CannotStartError:
    other = "mining goes on without the page. Choose another with --listen."
    if error.errno == errno.EADDRINUSE:
        return CannotStartError(f"Port {port} on {host} is taken by another program; {other}", code="port_taken")
    why = errno.errorcode.get(error.errno or 0, "")
    reason = "ports below 1024 need root" if error.errno == errno.EACCES and port < 1024 else f"{error.strerror} {why}"
    return CannotStartError(f"Port {port} on {host} cannot be used ({reason.strip()}); {other}", code="port_unusable")

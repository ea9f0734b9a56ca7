"""What differs between the programs that one can mine at, as far as their HTTP and the sentences about it go. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DaemonKind:
    """A daemon program. `error_statuses`: HTTP statuses that carry a JSON-RPC error as their body.

    `login_hint` and `forbidden_hint` say where its user and password are, and who may call it (HTTP 403).
    `is_login_basic`: it takes user and password as they are (HTTP Basic); all are asked by digest otherwise.
    """

    name: str
    rpc_port: int
    login_hint: str
    is_login_basic: bool = False
    error_statuses: frozenset[int] = frozenset()
    forbidden_hint: str = ""

    @property
    def port_hint(self) -> str:
        """What to look at when something else answers."""
        return f"Check that this address is the RPC port of {self.name} ({self.rpc_port} unless changed)"


MONEROD = DaemonKind(
    "monerod", 18081, "Give the name and password of its --rpc-login as daemon+http://user:password@host:port"
)
LITECOIND = DaemonKind(
    "litecoind",
    9332,
    "Give rpcuser and rpcpassword of its litecoin.conf as daemon+http://user:password@host:port",
    is_login_basic=True,
    error_statuses=frozenset({400, 404, 500, 503}),
    forbidden_hint="Let this computer call it: rpcallowip in its litecoin.conf",
)

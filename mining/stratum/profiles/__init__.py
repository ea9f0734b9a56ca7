"""Pool profiles: how each kind of pool wants its login written, and how its software behaves. Pure data.

Adding a pool is one row in `table.py` (and one vector in tests/vectors/login_grammar.json); adding a software is one
row in `software.py`.
"""

from mining.stratum.profiles.shape import (
    Behaviour,
    LoginGrammar,
    Piece,
    PoolProfile,
    Standby,
    WalletKind,
    WireDialect,
)
from mining.stratum.profiles.software import SOFTWARE
from mining.stratum.profiles.table import GENERIC, GENERIC_V1, PROFILES, profile_named

__all__ = [
    "GENERIC",
    "GENERIC_V1",
    "PROFILES",
    "SOFTWARE",
    "Behaviour",
    "LoginGrammar",
    "Piece",
    "PoolProfile",
    "Standby",
    "WalletKind",
    "WireDialect",
    "profile_named",
]

"""The shape of a pool profile: login grammar and behaviour. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mining.stratum.bitcoin.reasons import ServerFamily

SEPARATORS = ".+/%~:#,;="
"""Characters that some pool cuts a login or password at; none of them is in a Monero address."""


class WireDialect(StrEnum):
    """The language of a pool's port. Each serves the algorithms of one family (`mining.algorithms.registry`)."""

    CRYPTONOTE = "cryptonote"
    STRATUM_V1 = "stratum v1"

    @property
    def family(self) -> str:
        """The family of algorithms that is mined in this language."""
        return {WireDialect.CRYPTONOTE: "randomx", WireDialect.STRATUM_V1: "scrypt"}[self]

    @property
    def described(self) -> str:
        """What a person reads."""
        return {WireDialect.CRYPTONOTE: "RandomX (CryptoNote Stratum)", WireDialect.STRATUM_V1: "Scrypt (Stratum V1)"}[
            self
        ]


class WalletKind(StrEnum):
    """What a pool takes as the payee."""

    COIN = "an address of the coin"
    COIN_NOT_INTEGRATED = "an address of the coin, but no integrated one"
    NICEHASH = "a NiceHash or Bitcoin address"
    TICKERED = "an address of any coin the pool pays, after its ticker"
    LABEL = "any text: the server pays somebody it was told about elsewhere"


class Standby(StrEnum):
    """How far the connection of a warm standby may go."""

    LOGGED_IN = "logged in"
    CONNECT_ONLY = "connect only"


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a login or password: `joint` (left out at the very start), `before`, the field's value, `after`.

    `field` is a name of `login_grammar`'s values; a piece whose value is empty is left out as a whole.
    """

    field: str
    joint: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class LoginGrammar:
    """How a pool reads `login` and `pass`.

    `form` is the rule for people. `solo` is the prefix that asks for solo mining, "" where the address of the pool
    already means it, None where this login cannot say it (`solo_hint` tells what to do instead).
    `is_difficulty_sure`: the syntax was read in the pool's source, so that it may be used unasked.
    `is_difficulty_suggested`: it is no part of the login, but a request of its own after it.
    """

    form: str
    login: tuple[Piece, ...]
    password: tuple[Piece, ...] = (Piece("password"),)
    forbidden_in_worker: str = SEPARATORS
    solo: str | None = None
    solo_hint: str = "Leave POOL_SOLO out, or mine solo at your own node with daemon+http://host:port."
    difficulty_min: int = 1
    difficulty_max: int = (1 << 53) - 1
    is_difficulty_sure: bool = False
    is_difficulty_suggested: bool = False
    has_rigid: bool = False
    wallet: WalletKind = WalletKind.COIN

    @property
    def fields(self) -> frozenset[str]:
        """The fields that login and password can carry."""
        return frozenset(piece.field for piece in (*self.login, *self.password))

    @property
    def has_difficulty(self) -> bool:
        """Whether a difficulty can be asked for."""
        return self.is_difficulty_suggested or "difficulty" in self.fields

    @property
    def has_email(self) -> bool:
        """Whether a login can carry an e-mail address."""
        return "email" in self.fields


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a pool's software does. Times in seconds; None = no such rule is known.

    `dialect`: the language of its port; `error_family`: whose numbers its errors have, in Stratum V1.
    `is_extranonce_asked`: ask for `mining.set_extranonce` after the login.
    `idle_limit_s`: without a heartbeat for so long the session ends (`is_idle_silent`: it is forgotten while the socket
    stays open). `login_limit_s`: the server closes a connection that has not logged in by then.
    `delayed_refusal_s`: the
    pool holds some refusals back for so long, so that its silence may be a refusal.
    `first_share_limit_s`: without an accepted share so long after the login the pool ends the session.
    `keepalive_every_s`: how often we send `keepalived` (None: never). `getjob_after_s`: send `getjob` after so long
    without a submit, because only that refreshes the pool's timer.
    `jobs_kept`: how many older jobs the pool still credits, with `is_clean_at_new_height` of the newest height only.
    `ban_s`: how long a ban lasts, so how long we stay away.
    """

    key: str
    source: str
    idle_limit_s: int | None = 900
    is_idle_silent: bool = False
    login_limit_s: int | None = None
    delayed_refusal_s: int | None = None
    first_share_limit_s: int | None = None
    keepalive_every_s: int | None = 45
    is_keepalive_answered: bool = True
    is_keepalive_heartbeat: bool = False
    is_getjob_allowed: bool = False
    is_getjob_heartbeat: bool = False
    getjob_after_s: int | None = None
    is_unknown_method_ban: bool = False
    is_session_per_process: bool = False
    jobs_kept: int = 4
    is_clean_at_new_height: bool = False
    standby: Standby = Standby.LOGGED_IN
    ban_s: int = 600
    dialect: WireDialect = WireDialect.CRYPTONOTE
    error_family: ServerFamily = ServerFamily.CLASSIC
    is_extranonce_asked: bool = False

    @property
    def standby_renew_s(self) -> int:
        """After how long a standby goes to a new connection: four fifths of the pool's shortest limit for it."""
        limits = [self.login_limit_s] if self.standby is Standby.CONNECT_ONLY else [self.first_share_limit_s]
        return min(limit for limit in (*limits, self.idle_limit_s, 900) if limit is not None) * 4 // 5


@dataclass(frozen=True, slots=True)
class PoolProfile:
    """One kind of pool: who (`name`), how it reads a login (`grammar`), and how its software behaves.

    `hosts`: suffixes that identify it. `is_tls_on_same_port`: plain and TLS share a port. `source`: S read in source,
    T third-party templates only, ? not verified. `note` is for people.
    """

    key: str
    name: str
    grammar: LoginGrammar
    behaviour: Behaviour
    source: str
    hosts: tuple[str, ...] = ()
    is_tls_on_same_port: bool = False
    note: str = ""

    @property
    def dialect(self) -> WireDialect:
        """The language of its ports."""
        return self.behaviour.dialect

    @property
    def family(self) -> str:
        """The family of algorithms that is mined there: randomx or scrypt."""
        return self.dialect.family

    @property
    def hashes_per_difficulty(self) -> int:
        """Expected hashes of a share of difficulty 1, as this pool counts."""
        return 65537 if self.dialect is WireDialect.STRATUM_V1 else 1

"""What pools say when they refuse, as one table: text → reason → how a share ends and what the session does.

Pools are told apart by their words only: the numeric codes of the CryptoNote dialect are nearly always -1. Texts match
without case, by prefix, the longest first. Owns no reaction: the session carries them out.
Source of every row: pool software named in `docs/PROTOCOLS.md`, error texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from mining.engine.jobs import OutcomeKind


class Reaction(StrEnum):
    """What the session does about a refusal. `Reason.delay_s` belongs to RETRY and LEAVE_POOL."""

    STAY = "stay"  # count it, nothing else
    DROP_JOB = "drop_job"  # hash and send nothing more for the job of this share
    RECONNECT_IF_CURRENT = "reconnect_if_current"  # as DROP_JOB; if it is the current job, as RECONNECT
    RECONNECT = "reconnect"  # a new connection and login at once; the old session is gone
    REBUILD = "rebuild"  # hash again; after 3 in a row pause submits, rebuild the cache, reconnect
    SLOW_DOWN = "slow_down"  # ask for a higher difficulty, send fewer shares
    RETRY = "retry"  # a login: again after the delay (0: the session's own back-off); a share: count and stay
    LEAVE_POOL = "leave_pool"  # another pool; this one not before the delay
    STOP_POOL = "stop_pool"  # not this pool until the configuration changes


@dataclass(frozen=True, slots=True)
class Reason:
    """A named cause. `key` is stable; `meaning` says it to a person, with the next step; `delay_s` is in seconds.

    `outcome` is how a share with this answer ended; `is_invalid`: the pool counts it towards a ban.
    """

    key: str
    outcome: OutcomeKind
    reaction: Reaction
    meaning: str
    delay_s: int = 0
    is_invalid: bool = False

    @property
    def is_permanent(self) -> bool:
        """Whether trying again cannot help before the configuration changes."""
        return self.reaction is Reaction.STOP_POOL


_REJECTED, _STALE, _LOST = OutcomeKind.REJECTED, OutcomeKind.STALE, OutcomeKind.LOST


def _permanent(key: str, meaning: str) -> Reason:
    return Reason(key, _REJECTED, Reaction.STOP_POOL, meaning)


def _banned(key: str, delay_s: int, meaning: str) -> Reason:
    return Reason(key, _REJECTED, Reaction.LEAVE_POOL, meaning, delay_s=delay_s)


OTHER = Reason("other", _REJECTED, Reaction.STAY, "The pool refused for a reason of its own; read its words.")
LOGIN_REFUSED = Reason(
    "login_refused", _REJECTED, Reaction.RETRY, "The pool refused the login; read its words, check wallet and password."
)
UNAUTHENTICATED = Reason(
    "unauthenticated", _LOST, Reaction.RECONNECT, "The pool no longer knows this session; a new one is opened."
)
UNKNOWN_JOB = Reason(
    "unknown_job", _STALE, Reaction.RECONNECT_IF_CURRENT, "The pool has dropped this job, or never gave it out here."
)
STALE = Reason("stale", _STALE, Reaction.DROP_JOB, "The share came after its block was found by someone.")
DUPLICATE = Reason(
    "duplicate", _REJECTED, Reaction.DROP_JOB, "The pool has seen this nonce; the job is left at once.", is_invalid=True
)
MALFORMED = Reason(
    "malformed", _REJECTED, Reaction.STOP_POOL, "The pool cannot read the share: report it as a bug.", is_invalid=True
)
LOW_DIFFICULTY = Reason(
    "low_difficulty",
    _REJECTED,
    Reaction.REBUILD,
    "The pool computes another hash or wants more: the share is hashed again to tell which.",
    is_invalid=True,
)
THROTTLED = Reason(
    "throttled", _REJECTED, Reaction.SLOW_DOWN, "The pool gets shares too often; a higher difficulty is asked for."
)
RATE_LIMITED = Reason(
    "rate_limited",
    _REJECTED,
    Reaction.RETRY,
    "Too many requests from this address; put many miners behind one proxy.",
    delay_s=60,
)
BANNED_65 = _banned("banned", 65, "The pool refuses this address for a minute; another pool is used.")
BANNED_600 = _banned("banned", 600, "The pool refuses this address for ten minutes; another pool is used.")
TOO_MANY_WORKERS = _banned("too_many_workers", 3600, "The wallet has too many connections here; use one proxy.")
NOT_READY = Reason(
    "not_ready", _REJECTED, Reaction.RETRY, "The pool has no block to work on yet; it is asked again.", delay_s=5
)
NOTICE = Reason("notice", _REJECTED, Reaction.RETRY, "The pool wants its message read; then it lets in.", delay_s=5)
BAD_GATEWAY = Reason("bad_gateway", _STALE, Reaction.RETRY, "The proxy has no pool behind it at the moment.")
TOO_MANY_BAD_SHARES = Reason(
    "too_many_bad_shares", _REJECTED, Reaction.REBUILD, "The pool removed this miner for bad shares.", is_invalid=True
)
BAD_WALLET = _permanent("bad_wallet", "The pool cannot use this wallet as it was sent; check it, and the pool's type.")
BAD_PAYMENT_ID = _permanent("bad_payment_id", "Payment ids are not taken this way; use an integrated address.")
BAD_LOGIN_FORMAT = _permanent("permanent_login", "The login has a form that this pool does not know; check its type.")
WALLET_BANNED = _permanent("wallet_banned", "The pool has banned this wallet; ask its operator.")
WRONG_PASSWORD = _permanent("wrong_password", "The proxy wants its access password; set it as the pool's password.")
WRONG_ALGORITHM = _permanent("wrong_algorithm", "The pool mines another algorithm; choose another port or coin.")
PROGRAMMING_ERROR = _permanent("programming_error", "The pool cannot read our request: report it as a bug.")

REASONS_BY_PREFIX: dict[str, Reason] = {
    "Unauthenticated": UNAUTHENTICATED,
    "unauthorized": UNAUTHENTICATED,
    "Invalid job id": UNKNOWN_JOB,
    "invalid jobid": UNKNOWN_JOB,
    "cannot find job with job_id": UNKNOWN_JOB,
    "Block expired": STALE,
    "Block outdated": STALE,
    "Stale share": STALE,
    "Duplicate share": DUPLICATE,
    "Malformed nonce": MALFORMED,
    "nonce not an unsigned long int": MALFORMED,
    "result invalid length": MALFORMED,
    "Attack detected": MALFORMED,
    "Invalid nonce": MALFORMED,
    "Low difficulty share": LOW_DIFFICULTY,
    "Low diff share": LOW_DIFFICULTY,
    "Rejected share: invalid result": LOW_DIFFICULTY,
    "Invalid share": LOW_DIFFICULTY,
    "bad hash": LOW_DIFFICULTY,
    "Invalid PoW": LOW_DIFFICULTY,
    "Throttled down share submission": THROTTLED,
    "Too many share submissions for the current job": THROTTLED,
    "Rate limit exceeded": RATE_LIMITED,
    "IP Address currently banned": BANNED_65,
    "your IP is banned": BANNED_600,
    "New connections from this IP address are temporarily suspended": BANNED_600,
    "Banned": BANNED_600,
    "Temporary (one hour max) ban": TOO_MANY_WORKERS,
    "Invalid payment address provided": BAD_WALLET,
    "Invalid address used for login": BAD_WALLET,
    "Invalid address": BAD_WALLET,
    "invalid login": BAD_WALLET,
    "Legacy Wallet.PaymentID logins are no longer supported": BAD_PAYMENT_ID,
    "Invalid paymentId specified for login": BAD_PAYMENT_ID,
    "Exchange addresses need payment IDs": BAD_PAYMENT_ID,
    "Too many options in the login field": BAD_LOGIN_FORMAT,
    "Too many options in the password field": BAD_LOGIN_FORMAT,
    "Please use monero_address": BAD_LOGIN_FORMAT,
    "Please use worker_name": BAD_LOGIN_FORMAT,
    "Invalid difficulty specified for parent login": BAD_LOGIN_FORMAT,
    "Banned payment address provided": WALLET_BANNED,
    "Permanently banned payment address": WALLET_BANNED,
    "No active block template": NOT_READY,
    "No block template yet": NOT_READY,
    "Job not ready": NOT_READY,
    "Disconnected from P2Pool network": NOT_READY,
    "No login/password specified": PROGRAMMING_ERROR,
    "missing login": PROGRAMMING_ERROR,
    "No params specified": PROGRAMMING_ERROR,
    "No double login is allowed": PROGRAMMING_ERROR,
    "Incorrect hashing protocol in use": WRONG_ALGORITHM,
    "Bad gateway": BAD_GATEWAY,
    "Permission denied": WRONG_PASSWORD,
    "Incorrect algorithm": WRONG_ALGORITHM,
    "No compatible algorithm found": WRONG_ALGORITHM,
    "Algorithm negotiation failed": WRONG_ALGORITHM,
    "Invalid method": PROGRAMMING_ERROR,
    "Unknown RPC method": PROGRAMMING_ERROR,
    "Unknown method": PROGRAMMING_ERROR,
    "Removing client. Too many bad shares": TOO_MANY_BAD_SHARES,
    "Removing client. Message too long": PROGRAMMING_ERROR,
    "Removing client. Invalid JSON": PROGRAMMING_ERROR,
    "Removing client. Unknown method called": PROGRAMMING_ERROR,
}
# MoneroOcean puts any notice before these words.
_NOTICE_END = "(miner will connect after several attempts)"
# Codes of the Bitcoin dialect, which miningcore uses for both; asked only when the words say nothing.
_REASONS_BY_CODE: dict[int, Reason] = {21: UNKNOWN_JOB, 22: DUPLICATE, 23: LOW_DIFFICULTY, 24: UNAUTHENTICATED}
_UNKNOWN_METHOD = re.compile(
    r"(unknown|invalid|illegal|unsupported|no such)( rpc)? method|method (is )?(not|unknown|invalid)"
)
_LONGEST_FIRST = sorted(
    ((text.lower(), reason) for text, reason in REASONS_BY_PREFIX.items()), key=lambda row: -len(row[0])
)


def reason_for(message: str | None, *, code: int | None = None, is_login: bool = False) -> Reason:
    """Return why a pool refused a share, or with `is_login` a login.

    Words that no row knows are OTHER for a share (stay, rejected) and LOGIN_REFUSED for a login (tried again).
    """
    text = (message or "").strip().lower()
    if _NOTICE_END in text:
        return NOTICE
    for prefix, reason in _LONGEST_FIRST:
        if text.startswith(prefix):
            return reason
    if is_login:
        return LOGIN_REFUSED
    return _REASONS_BY_CODE.get(code, OTHER) if code is not None else OTHER


def is_unknown_method(message: str) -> bool:
    """Whether a refusal says that the server does not know the method at all."""
    return _UNKNOWN_METHOD.search(message.lower()) is not None

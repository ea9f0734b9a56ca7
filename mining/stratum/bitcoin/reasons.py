"""What Stratum V1 pools say when they refuse: the words first, then the code, which means different things per family.

The reasons and reactions are those of `mining.stratum.reasons`. Source: docs/PROTOCOLS.md, Stratum V1, errors.
"""

from __future__ import annotations

from enum import StrEnum

from mining.engine.jobs import OutcomeKind
from mining.stratum.reasons import (
    BAD_WALLET,
    BANNED_600,
    DUPLICATE,
    LOGIN_REFUSED,
    LOW_DIFFICULTY,
    MALFORMED,
    OTHER,
    PROGRAMMING_ERROR,
    STALE,
    UNAUTHENTICATED,
    Reaction,
    Reason,
)
from mining.stratum.reasons import reason_for as shared_reason_for


class ServerFamily(StrEnum):
    """Whose codes a pool uses."""

    CLASSIC = "classic"  # slush's pool, node-stratum-pool, miningcore, btcpool
    YIIMP = "yiimp"
    CKPOOL = "ckpool"  # words only


BAD_NTIME = Reason(
    "bad_ntime",
    OutcomeKind.REJECTED,
    Reaction.DROP_JOB,
    "The pool does not take the time in the header; the job is left. If it stays so, report it as a bug.",
    is_invalid=True,
)
WORKER_REFUSED = Reason(
    "worker_refused", OutcomeKind.REJECTED, Reaction.STOP_POOL, "The pool refuses this worker; check wallet and worker."
)
NOT_SUBSCRIBED = Reason(
    "not_subscribed",
    OutcomeKind.LOST,
    Reaction.RECONNECT,
    "The pool has forgotten the subscription; a new one is made.",
)
ALREADY_LOGGED_IN = Reason(
    "already_logged_in",
    OutcomeKind.REJECTED,
    Reaction.RETRY,
    "The pool still sees this worker on another connection; it is tried again in a minute.",
    delay_s=60,
)
SERVER_FULL = Reason(
    "server_full", OutcomeKind.REJECTED, Reaction.LEAVE_POOL, "The pool has no room; another is used.", delay_s=600
)

REASONS_BY_PREFIX: dict[str, Reason] = {
    "Job not found": STALE,
    "Invalid job id": STALE,
    "Invalid jobid": STALE,
    "Stale": STALE,
    "Duplicate": DUPLICATE,
    "Low difficulty": LOW_DIFFICULTY,
    "Above target": LOW_DIFFICULTY,
    "High hash": LOW_DIFFICULTY,
    "Invalid solution": LOW_DIFFICULTY,
    "Incorrect size of": MALFORMED,
    "Invalid nonce": MALFORMED,
    "Invalid extranonce2": MALFORMED,
    "Rolling-version mask": MALFORMED,
    "Version mask": MALFORMED,
    "Ntime out of range": BAD_NTIME,
    "Invalid ntime": BAD_NTIME,
    "Time too old": BAD_NTIME,
    "Time too new": BAD_NTIME,
    "Unauthorized": UNAUTHENTICATED,
    "Not subscribed": NOT_SUBSCRIBED,
    "Authorization failed": WORKER_REFUSED,
    "Invalid username": BAD_WALLET,
    "Worker mismatch": PROGRAMMING_ERROR,
    "Illegal method": PROGRAMMING_ERROR,
    "Illegal param": PROGRAMMING_ERROR,
    "Not supported": PROGRAMMING_ERROR,
    "Already logged": ALREADY_LOGGED_IN,
    "Server full": SERVER_FULL,
    "IP banned": BANNED_600,
    "Banned": BANNED_600,
}
REASONS_BY_CODE: dict[ServerFamily, dict[int, Reason]] = {
    ServerFamily.CLASSIC: {
        21: STALE,
        22: DUPLICATE,
        23: LOW_DIFFICULTY,
        24: UNAUTHENTICATED,
        25: NOT_SUBSCRIBED,
        26: PROGRAMMING_ERROR,
        27: PROGRAMMING_ERROR,
        28: BANNED_600,
        29: BAD_WALLET,
        31: BAD_NTIME,
        32: BAD_NTIME,
        33: MALFORMED,
    },
    ServerFamily.YIIMP: {
        20: MALFORMED,
        21: STALE,
        22: DUPLICATE,
        23: BAD_NTIME,
        24: MALFORMED,
        25: LOW_DIFFICULTY,
        26: LOW_DIFFICULTY,
        27: MALFORMED,
    },
    ServerFamily.CKPOOL: {},
}
_LONGEST_FIRST = sorted(
    ((text.lower(), reason) for text, reason in REASONS_BY_PREFIX.items()), key=lambda row: -len(row[0])
)


def reason_for(
    message: str | None,
    *,
    code: int | None = None,
    family: ServerFamily = ServerFamily.CLASSIC,
    is_login: bool = False,
    is_first_share: bool = False,
) -> Reason:
    """Return why a pool refused a share, or with `is_login` a worker.

    A bare refusal of a worker, without words and code, is permanent, and so is an unauthorized worker at the first
    share of a session (`is_first_share`). What nothing tells is OTHER for a share and LOGIN_REFUSED for a worker.
    """
    reason = _reason(message or "", code, family)
    if reason is None and is_login:
        return LOGIN_REFUSED if message or code is not None else WORKER_REFUSED
    if reason is UNAUTHENTICATED and (is_login or is_first_share):
        return WORKER_REFUSED
    return reason or OTHER


def _reason(message: str, code: int | None, family: ServerFamily) -> Reason | None:
    text = message.strip().lower()
    for prefix, reason in _LONGEST_FIRST:
        if text.startswith(prefix):
            return reason
    shared = shared_reason_for(message)
    if shared is not OTHER:
        return shared
    return None if code is None else REASONS_BY_CODE[family].get(code)

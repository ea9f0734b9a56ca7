"""Why a link to a pool could not be made or was lost: one class, with a stable cause and a sentence for people."""

from __future__ import annotations

import re

from mining.addresses.masking import mask_address
from mining.errors import SourceUnavailableError
from mining.stratum.login_grammar import RenderedLogin
from mining.stratum.profiles import Behaviour, WireDialect
from mining.stratum.reasons import Reaction, Reason

_LONG = 24
_WRONG_ALGORITHM_LEAVE_S = 600.0


class LinkError(SourceUnavailableError):
    """The network or the pool's end of a session failed; trying again can help.

    `code` is the cause: unknown_host, refused, unreachable, connect_timeout, tls_failed, tls_certificate,
    tls_fingerprint, login_timeout, closed_by_pool, reset, no_answer, silent, garbage, unauthenticated, replaced,
    renewed, redirected, wrong_algorithm, wrong_dialect, rejects, banned, not_ready, refused_login.
    `leave_s`: stay away from this endpoint at least so long, seconds.
    """

    default_code = "link_lost"

    def __init__(self, thing: str, *, next_step: str = "", code: str, leave_s: float = 0.0) -> None:
        super().__init__(thing, next_step=next_step, code=code)
        self.leave_s = leave_s


class StoppedPoolError(LinkError):
    """This pool will refuse this configuration for ever: wrong wallet, wrong password, banned address."""

    is_retryable = False


def problem_of_login(message: str, reason: Reason, pool: str, login: RenderedLogin, behaviour: Behaviour) -> LinkError:
    """Return what a refused login means; the address is shortened, also where the pool repeats it in `message`."""
    said = message.replace(login.login, login.masked)
    for part in sorted(filter(None, re.split(r"[.+/:#@]", login.login)), key=len, reverse=True):
        said = said.replace(part, mask_address(part)) if len(part) > _LONG else said
    thing = f"{pool} refused the login {login.masked}: {said!r}"
    if reason.is_permanent:
        return StoppedPoolError(thing, next_step=reason.meaning, code=reason.key)
    leave_s = float(reason.delay_s)
    if reason.reaction is Reaction.LEAVE_POOL:
        leave_s = max(leave_s, float(behaviour.ban_s))
    return LinkError(thing, next_step=reason.meaning, code=reason.key, leave_s=leave_s)


def problem_of_dialect(sign: str, pool: str, algorithm: str, ours: WireDialect) -> LinkError:
    """Return that a port serves the other family of algorithms; `sign` is what it said."""
    theirs = other_than(ours)
    return StoppedPoolError(
        f"{pool} speaks {theirs.described}, as its {sign!r} tells, but {algorithm} is mined, with {ours.described}",
        next_step="Choose a port for the coin that is mined, or set COIN to one that is mined there.",
        code="wrong_dialect",
    )


def other_than(ours: WireDialect) -> WireDialect:
    """The dialect that a wrong port most likely speaks."""
    return WireDialect.STRATUM_V1 if ours is WireDialect.CRYPTONOTE else WireDialect.CRYPTONOTE


def problem_of_algorithm(theirs: str, pool: str, ours: str) -> LinkError:
    """Return that a pool sent a job of another algorithm."""
    return LinkError(
        f"{pool} sent a {theirs} job, but {ours} is mined",
        next_step="Check that this pool and port are for the chosen coin.",
        code="wrong_algorithm",
        leave_s=_WRONG_ALGORITHM_LEAVE_S,
    )


def silence_hint(behaviour: Behaviour) -> str:
    """What a login may mean that was not answered, or answered by the end of the connection: nothing is certain."""
    delay_s, other = behaviour.delayed_refusal_s, other_than(behaviour.dialect)
    hint = f"This kind of pool delays a refusal by up to {delay_s} s. " if delay_s else ""
    return (
        f"{hint}It may have banned this address for a while, or the port may be for {other.described}: "
        "if it stays so, check host and port."
    )

"""Why a link to a pool could not be made or was lost: one class, with a stable cause and a sentence for people."""

from __future__ import annotations

import re

from mining.addresses.masking import mask_address
from mining.errors import SourceUnavailableError
from mining.stratum.cryptonote.events import LoginRefused
from mining.stratum.login_grammar import RenderedLogin
from mining.stratum.profiles import Behaviour
from mining.stratum.reasons import Reaction, reason_for

_LONG = 24


class LinkError(SourceUnavailableError):
    """The network or the pool's end of a session failed; trying again can help.

    `code` is the cause: unknown_host, refused, unreachable, connect_timeout, tls_failed, tls_certificate,
    tls_fingerprint, login_timeout, closed_by_pool, reset, no_answer, silent, garbage, unauthenticated, replaced,
    renewed, redirected, wrong_algorithm, rejects, banned, not_ready, refused_login.
    `leave_s`: stay away from this endpoint at least so long, seconds.
    """

    default_code = "link_lost"

    def __init__(self, thing: str, *, next_step: str = "", code: str, leave_s: float = 0.0) -> None:
        super().__init__(thing, next_step=next_step, code=code)
        self.leave_s = leave_s


class StoppedPoolError(LinkError):
    """This pool will refuse this configuration for ever: wrong wallet, wrong password, banned address."""

    is_retryable = False


def problem_of_login(refused: LoginRefused, pool: str, login: RenderedLogin, behaviour: Behaviour) -> LinkError:
    """Return what a refused login means; the address is shortened, also where the pool repeats it."""
    reason = reason_for(refused.message, code=refused.code, is_login=True)
    said = refused.message.replace(login.login, login.masked)
    for part in sorted(filter(None, re.split(r"[.+/:#@]", login.login)), key=len, reverse=True):
        said = said.replace(part, mask_address(part)) if len(part) > _LONG else said
    thing = f"{pool} refused the login {login.masked}: {said!r}"
    if reason.is_permanent:
        return StoppedPoolError(thing, next_step=reason.meaning, code=reason.key)
    leave_s = float(reason.delay_s)
    if reason.reaction is Reaction.LEAVE_POOL:
        leave_s = max(leave_s, float(behaviour.ban_s))
    return LinkError(thing, next_step=reason.meaning, code=reason.key, leave_s=leave_s)

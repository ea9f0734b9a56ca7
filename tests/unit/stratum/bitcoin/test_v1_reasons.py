"""The table of Stratum V1 refusals: each text and each code of each family, with its reason and reaction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.engine.jobs import OutcomeKind
from mining.stratum.bitcoin.reasons import REASONS_BY_CODE, REASONS_BY_PREFIX, ServerFamily, reason_for
from mining.stratum.reasons import Reaction

R, S, L = OutcomeKind.REJECTED, OutcomeKind.STALE, OutcomeKind.LOST
CLASSIC, YIIMP, CKPOOL = ServerFamily.CLASSIC, ServerFamily.YIIMP, ServerFamily.CKPOOL
MALFORMED = ("malformed", R, Reaction.STOP_POOL)
LOW = ("low_difficulty", R, Reaction.REBUILD)
STALE = ("stale", S, Reaction.DROP_JOB)
DUPLICATE = ("duplicate", R, Reaction.DROP_JOB)
BAD_NTIME = ("bad_ntime", R, Reaction.DROP_JOB)
UNAUTHENTICATED = ("unauthenticated", L, Reaction.RECONNECT)
NOT_SUBSCRIBED = ("not_subscribed", L, Reaction.RECONNECT)
PROGRAMMING_ERROR = ("programming_error", R, Reaction.STOP_POOL)
BANNED = ("banned", R, Reaction.LEAVE_POOL)
BAD_WALLET = ("bad_wallet", R, Reaction.STOP_POOL)
Expected = tuple[str, OutcomeKind, Reaction]

# Whole texts, as pools send them.
TEXTS: dict[str, Expected] = {
    "incorrect size of extranonce2": MALFORMED,
    "incorrect size of ntime": MALFORMED,
    "incorrect size of nonce": MALFORMED,
    "ntime out of range": BAD_NTIME,
    "rolling-version mask violation": MALFORMED,
    "Version mask violation": MALFORMED,
    "job not found": STALE,
    "Job not found (=stale)": STALE,
    "duplicate share": DUPLICATE,
    "low difficulty share of 1.5": LOW,
    "Low difficulty share": LOW,
    "High hash": LOW,
    "unauthorized worker": UNAUTHENTICATED,
    "Authorization failed": ("worker_refused", R, Reaction.STOP_POOL),
    "not subscribed": NOT_SUBSCRIBED,
    "Illegal method": PROGRAMMING_ERROR,
    "Illegal params": PROGRAMMING_ERROR,
    "IP banned": BANNED,
    "Banned": BANNED,
    "Invalid username": BAD_WALLET,
    "Time too old": BAD_NTIME,
    "Time too new": BAD_NTIME,
    "Not supported": PROGRAMMING_ERROR,
    "Invalid nonce size": MALFORMED,
    "Invalid job id": STALE,
    "Already logged": ("already_logged_in", R, Reaction.RETRY),
    "Server full": ("server_full", R, Reaction.LEAVE_POOL),
    "Invalid ntime": BAD_NTIME,
    "Invalid extranonce2 size": MALFORMED,
    "Invalid solution": LOW,
    "Invalid nonce2": MALFORMED,
    "Invalid nonce2 length": MALFORMED,
    "Worker mismatch": PROGRAMMING_ERROR,
    "Invalid JobID": STALE,
    "Stale": STALE,
    "Ntime out of range": BAD_NTIME,
    "Duplicate": DUPLICATE,
    "Above target": LOW,
}
CODES: dict[tuple[ServerFamily, int], Expected] = {
    (CLASSIC, 20): ("other", R, Reaction.STAY),
    (CLASSIC, 21): STALE,
    (CLASSIC, 22): DUPLICATE,
    (CLASSIC, 23): LOW,
    (CLASSIC, 24): UNAUTHENTICATED,
    (CLASSIC, 25): NOT_SUBSCRIBED,
    (CLASSIC, 26): PROGRAMMING_ERROR,
    (CLASSIC, 27): PROGRAMMING_ERROR,
    (CLASSIC, 28): BANNED,
    (CLASSIC, 29): BAD_WALLET,
    (CLASSIC, 30): ("other", R, Reaction.STAY),
    (CLASSIC, 31): BAD_NTIME,
    (CLASSIC, 32): BAD_NTIME,
    (CLASSIC, 33): MALFORMED,
    (YIIMP, 20): MALFORMED,
    (YIIMP, 21): STALE,
    (YIIMP, 22): DUPLICATE,
    (YIIMP, 23): BAD_NTIME,
    (YIIMP, 24): MALFORMED,
    (YIIMP, 25): LOW,
    (YIIMP, 26): LOW,
    (YIIMP, 27): MALFORMED,
    (CKPOOL, 21): ("other", R, Reaction.STAY),
}


@pytest.mark.parametrize("family", list(ServerFamily))
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_has_its_reason_in_every_family_whatever_the_code(text: str, family: ServerFamily) -> None:
    for code in (None, 20, 22, 25):
        for words in (text, text.upper(), f"  {text} "):
            reason = reason_for(words, code=code, family=family)
            assert (reason.key, reason.outcome, reason.reaction) == TEXTS[text]


@pytest.mark.parametrize(("family", "code"), CODES)
def test_a_code_counts_when_the_words_say_nothing(family: ServerFamily, code: int) -> None:
    for words in (None, "", "nope"):
        reason = reason_for(words, code=code, family=family)
        assert (reason.key, reason.outcome, reason.reaction) == CODES[family, code]


def test_every_row_is_tested() -> None:
    missed = [prefix for prefix in REASONS_BY_PREFIX if not any(t.lower().startswith(prefix.lower()) for t in TEXTS)]
    assert missed == []
    assert {(family, code) for family, rows in REASONS_BY_CODE.items() for code in rows} <= set(CODES)


def test_a_bare_refusal_of_a_worker_is_permanent_and_unknown_words_are_tried_again() -> None:
    assert reason_for("", is_login=True).key == "worker_refused" and reason_for("", is_login=True).is_permanent
    assert reason_for("come back later", is_login=True).key == "login_refused"
    assert reason_for("unauthorized worker", code=24, is_login=True).is_permanent


def test_an_unauthorized_worker_is_permanent_only_at_the_first_share() -> None:
    assert reason_for("", code=24, is_first_share=True).key == "worker_refused"
    assert reason_for("", code=24).reaction is Reaction.RECONNECT
    assert reason_for("", code=24, family=YIIMP, is_first_share=True).key == "malformed"


def test_words_of_the_shared_table_are_known_here_too() -> None:
    assert reason_for("your IP is banned").delay_s == 600


@given(st.text(max_size=80), st.none() | st.integers(), st.sampled_from(ServerFamily), st.booleans())
def test_any_words_have_a_reason(text: str, code: int | None, family: ServerFamily, is_login: bool) -> None:
    assert reason_for(text, code=code, family=family, is_login=is_login).key

"""The table of refusals: every text that pool software is known to send, with its reason and reaction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.engine.jobs import OutcomeKind
from mining.stratum.reasons import REASONS_BY_PREFIX, Reaction, reason_for

R, S, L = OutcomeKind.REJECTED, OutcomeKind.STALE, OutcomeKind.LOST

# Whole texts, as pools send them: key, outcome of a share, reaction, delay in seconds.
ROWS: dict[str, tuple[str, OutcomeKind, Reaction, int]] = {
    "Unauthenticated": ("unauthenticated", L, Reaction.RECONNECT, 0),
    "unauthorized": ("unauthenticated", L, Reaction.RECONNECT, 0),
    "Invalid job id": ("unknown_job", S, Reaction.RECONNECT_IF_CURRENT, 0),
    "invalid jobid": ("unknown_job", S, Reaction.RECONNECT_IF_CURRENT, 0),
    "cannot find job with job_id": ("unknown_job", S, Reaction.RECONNECT_IF_CURRENT, 0),
    "Block expired": ("stale", S, Reaction.DROP_JOB, 0),
    "Block outdated": ("stale", S, Reaction.DROP_JOB, 0),
    "Stale share": ("stale", S, Reaction.DROP_JOB, 0),
    "block expired": ("stale", S, Reaction.DROP_JOB, 0),
    "Duplicate share": ("duplicate", R, Reaction.DROP_JOB, 0),
    "Duplicate share1": ("duplicate", R, Reaction.DROP_JOB, 0),
    "Duplicate share4": ("duplicate", R, Reaction.DROP_JOB, 0),
    "Malformed nonce": ("malformed", R, Reaction.STOP_POOL, 0),
    "malformed nonce": ("malformed", R, Reaction.STOP_POOL, 0),
    "nonce not an unsigned long int": ("malformed", R, Reaction.STOP_POOL, 0),
    "result invalid length": ("malformed", R, Reaction.STOP_POOL, 0),
    "Attack detected": ("malformed", R, Reaction.STOP_POOL, 0),
    "Invalid nonce; is miner not compatible with NiceHash?": ("malformed", R, Reaction.STOP_POOL, 0),
    "Low difficulty share": ("low_difficulty", R, Reaction.REBUILD, 0),
    "Low diff share": ("low_difficulty", R, Reaction.REBUILD, 0),
    "Rejected share: invalid result": ("low_difficulty", R, Reaction.REBUILD, 0),
    "Invalid share": ("low_difficulty", R, Reaction.REBUILD, 0),
    "bad hash": ("low_difficulty", R, Reaction.REBUILD, 0),
    "low difficulty share (4711.5)": ("low_difficulty", R, Reaction.REBUILD, 0),
    "Invalid PoW": ("low_difficulty", R, Reaction.REBUILD, 0),
    "Throttled down share submission (please increase difficulty)": ("throttled", R, Reaction.SLOW_DOWN, 0),
    "Too many share submissions for the current job, slow down": ("throttled", R, Reaction.SLOW_DOWN, 0),
    "Rate limit exceeded for login requests": ("rate_limited", R, Reaction.RETRY, 60),
    "Rate limit exceeded for submit requests": ("rate_limited", R, Reaction.RETRY, 60),
    "Rate limit exceeded for keepalive requests": ("rate_limited", R, Reaction.RETRY, 60),
    "IP Address currently banned": ("banned", R, Reaction.LEAVE_POOL, 65),
    "your IP is banned": ("banned", R, Reaction.LEAVE_POOL, 600),
    "New connections from this IP address are temporarily suspended from mining": (
        "banned", R, Reaction.LEAVE_POOL, 600,
    ),
    "Banned": ("banned", R, Reaction.LEAVE_POOL, 600),
    "Temporary (one hour max) ban since you connected too many workers": (
        "too_many_workers", R, Reaction.LEAVE_POOL, 3600,
    ),
    "Invalid payment address provided": ("bad_wallet", R, Reaction.STOP_POOL, 0),
    "Invalid payment address provided: 4abc. Please use …": ("bad_wallet", R, Reaction.STOP_POOL, 0),
    "Invalid address used for login": ("bad_wallet", R, Reaction.STOP_POOL, 0),
    "invalid address used for login": ("bad_wallet", R, Reaction.STOP_POOL, 0),
    "Invalid address": ("bad_wallet", R, Reaction.STOP_POOL, 0),
    "Invalid address network type": ("bad_wallet", R, Reaction.STOP_POOL, 0),
    "Invalid address type": ("bad_wallet", R, Reaction.STOP_POOL, 0),
    "invalid login": ("bad_wallet", R, Reaction.STOP_POOL, 0),
    "Legacy Wallet.PaymentID logins are no longer supported": ("bad_payment_id", R, Reaction.STOP_POOL, 0),
    "Invalid paymentId specified for login, your IP is banned": ("bad_payment_id", R, Reaction.STOP_POOL, 0),
    "Exchange addresses need payment IDs": ("bad_payment_id", R, Reaction.STOP_POOL, 0),
    "Too many options in the login field": ("permanent_login", R, Reaction.STOP_POOL, 0),
    "Too many options in the password field": ("permanent_login", R, Reaction.STOP_POOL, 0),
    "Please use monero_address[.payment_id]": ("permanent_login", R, Reaction.STOP_POOL, 0),
    "Please use worker_name[:email_or_pass]": ("permanent_login", R, Reaction.STOP_POOL, 0),
    "Invalid difficulty specified for parent login": ("permanent_login", R, Reaction.STOP_POOL, 0),
    "Banned payment address provided": ("wallet_banned", R, Reaction.STOP_POOL, 0),
    "Permanently banned payment address 4abc": ("wallet_banned", R, Reaction.STOP_POOL, 0),
    "No active block template": ("not_ready", R, Reaction.RETRY, 5),
    "No block template yet. Please wait.": ("not_ready", R, Reaction.RETRY, 5),
    "Job not ready": ("not_ready", R, Reaction.RETRY, 5),
    "Disconnected from P2Pool network": ("not_ready", R, Reaction.RETRY, 5),
    "No login/password specified": ("programming_error", R, Reaction.STOP_POOL, 0),
    "missing login": ("programming_error", R, Reaction.STOP_POOL, 0),
    "Missing login": ("programming_error", R, Reaction.STOP_POOL, 0),
    "No params specified": ("programming_error", R, Reaction.STOP_POOL, 0),
    "No double login is allowed": ("programming_error", R, Reaction.STOP_POOL, 0),
    "Incorrect hashing protocol in use. Please upgrade": ("wrong_algorithm", R, Reaction.STOP_POOL, 0),
    "Bad gateway": ("bad_gateway", S, Reaction.RETRY, 0),
    "Permission denied": ("wrong_password", R, Reaction.STOP_POOL, 0),
    "Incorrect algorithm": ("wrong_algorithm", R, Reaction.STOP_POOL, 0),
    "No compatible algorithm found": ("wrong_algorithm", R, Reaction.STOP_POOL, 0),
    "Algorithm negotiation failed": ("wrong_algorithm", R, Reaction.STOP_POOL, 0),
    "Invalid method": ("programming_error", R, Reaction.STOP_POOL, 0),
    "Unknown RPC method": ("programming_error", R, Reaction.STOP_POOL, 0),
    "Read the news! (miner will connect after several attempts)": ("notice", R, Reaction.RETRY, 5),
    "Removing client. Too many bad shares.": ("too_many_bad_shares", R, Reaction.REBUILD, 0),
    "Removing client. Message too long.": ("programming_error", R, Reaction.STOP_POOL, 0),
    "Removing client. Invalid JSON.": ("programming_error", R, Reaction.STOP_POOL, 0),
    "Removing client. Unknown method called.": ("programming_error", R, Reaction.STOP_POOL, 0),
}  # fmt: skip


@pytest.mark.parametrize("text", ROWS)
def test_a_known_text_has_its_reason_and_reaction(text: str) -> None:
    for message in (text, text.upper(), f"  {text.lower()} and more"):
        reason = reason_for(message)
        assert (reason.key, reason.outcome, reason.reaction, reason.delay_s) == ROWS[text]
        assert reason_for(message, is_login=True) is reason


@pytest.mark.parametrize("prefix", REASONS_BY_PREFIX)
def test_no_row_of_the_table_is_untested_or_out_of_reach(prefix: str) -> None:
    assert reason_for(prefix) is REASONS_BY_PREFIX[prefix]
    assert prefix == "Unknown method" or any(text.lower().startswith(prefix.lower()) for text in ROWS)


def test_unknown_words_are_counted_and_change_nothing() -> None:
    for message in ("something new", "", None, "share duplicate share"):
        reason = reason_for(message)
        assert (reason.key, reason.outcome, reason.reaction) == ("other", R, Reaction.STAY)


def test_a_login_refused_in_unknown_words_is_tried_again() -> None:
    reason = reason_for("come back later", is_login=True)
    assert (reason.key, reason.reaction, reason.is_permanent) == ("login_refused", Reaction.RETRY, False)


@pytest.mark.parametrize(
    ("code", "key"),
    [(21, "unknown_job"), (22, "duplicate"), (23, "low_difficulty"), (24, "unauthenticated"), (-1, "other")],
)
def test_a_code_speaks_only_where_the_words_say_nothing(code: int, key: str) -> None:
    assert reason_for("?", code=code).key == key
    assert reason_for("Block expired", code=code).key == "stale"
    assert reason_for("?", code=code, is_login=True).key == "login_refused"


def test_only_answers_that_lead_to_bans_count_as_invalid() -> None:
    invalid = {reason.key for reason in REASONS_BY_PREFIX.values() if reason.is_invalid}
    assert invalid == {"duplicate", "malformed", "low_difficulty", "too_many_bad_shares"}


def test_a_reason_says_one_sentence_and_how_long_to_stay_away() -> None:
    for reason in REASONS_BY_PREFIX.values():
        assert reason.meaning.endswith(".") and "\n" not in reason.meaning
        assert reason.delay_s >= 0 and (reason.reaction is not Reaction.LEAVE_POOL or reason.delay_s > 0)
        assert reason.is_permanent == (reason.reaction is Reaction.STOP_POOL)


@given(st.text(max_size=100), st.none() | st.integers(), st.booleans())
def test_any_words_have_a_reason(message: str, code: int | None, is_login: bool) -> None:
    assert reason_for(message, code=code, is_login=is_login).key

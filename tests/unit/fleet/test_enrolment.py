"""What a node and its console say when it joins: proofs that hold for one joining, and fingerprints people compare."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest

from mining.engine.signed_plan import public_key_of
from mining.fleet.enrolment import (
    EnrolmentError,
    Statement,
    encode_statement,
    fingerprint,
    is_fingerprint_of,
    is_join_proof,
    join_proof,
    opened_statement,
    sign_statement,
    token_digest,
)

KEY, CONSOLE = bytes(range(32)), bytes(range(32, 64))
NODE, OTHER = "01JDXXXXXXXXXXXXXXXXXXXXXX", "01JDYYYYYYYYYYYYYYYYYYYYYY"
DIGEST = token_digest("mcj_something")
TOLD = Statement(DIGEST, NODE, "cellar", "owner", "redis://node:secret@broker/0", 1_800_000_000.0)


def test_a_token_with_blanks_around_it_is_the_same_token() -> None:
    assert token_digest(" mcj_something\n") == DIGEST != token_digest("mcj_other")


def test_a_proof_holds_for_its_key_token_and_node_only() -> None:
    public, proof = public_key_of(KEY), join_proof(KEY, digest=DIGEST, node_id=NODE)
    assert is_join_proof(public, proof, digest=DIGEST, node_id=NODE)
    assert not is_join_proof(public, proof, digest=token_digest("x"), node_id=NODE)
    assert not is_join_proof(public, proof, digest=DIGEST, node_id=OTHER)
    assert not is_join_proof(public_key_of(os.urandom(32)), proof, digest=DIGEST, node_id=NODE)
    assert not is_join_proof(b"short", proof, digest=DIGEST, node_id=NODE)


def test_a_statement_is_taken_from_the_console_that_was_shown() -> None:
    data = encode_statement(TOLD)
    signature = sign_statement(CONSOLE, data)
    assert opened_statement(public_key_of(CONSOLE), data, signature, digest=DIGEST, node_id=NODE) == TOLD


@pytest.mark.parametrize(
    "told",
    [replace(TOLD, node_id=OTHER), replace(TOLD, token_digest=token_digest("x")), replace(TOLD, broker="")],
)
def test_a_statement_for_another_joining_is_refused(told: Statement) -> None:
    data = encode_statement(told)
    with pytest.raises(EnrolmentError, match="not for this joining"):
        opened_statement(public_key_of(CONSOLE), data, sign_statement(CONSOLE, data), digest=DIGEST, node_id=NODE)


@pytest.mark.parametrize("broker", ["", 5, None])
def test_a_statement_without_a_broker_is_refused(broker: Any) -> None:
    data = encode_statement(replace(TOLD, broker=broker))
    with pytest.raises(EnrolmentError, match="not for this joining"):
        opened_statement(public_key_of(CONSOLE), data, sign_statement(CONSOLE, data), digest=DIGEST, node_id=NODE)


def test_a_statement_of_somebody_between_node_and_console_is_refused() -> None:
    data = encode_statement(replace(TOLD, broker="redis://node:secret@elsewhere/0"))
    for key in (KEY, os.urandom(32)):
        with pytest.raises(EnrolmentError) as refused:
            opened_statement(public_key_of(CONSOLE), data, sign_statement(key, data), digest=DIGEST, node_id=NODE)
        assert refused.value.code == "bad_statement"


@pytest.mark.parametrize("broker", ["rediss://a:b@c:1/0?ssl_cert_reqs=none", "http://c/0", "redis://"])
def test_a_broker_whose_certificate_would_not_be_checked_is_refused(broker: str) -> None:
    data = encode_statement(replace(TOLD, broker=broker))
    with pytest.raises(EnrolmentError, match="is not taken here") as refused:
        opened_statement(public_key_of(CONSOLE), data, sign_statement(CONSOLE, data), digest=DIGEST, node_id=NODE)
    assert refused.value.code == "bad_broker" and "a:b" not in str(refused.value)


def test_a_fingerprint_is_compared_as_people_copy_it() -> None:
    shown = fingerprint(bytes(32))
    assert shown == "6668-7aad-f862-bd77-6c8f-c18b-8e9f-8e20"  # SHA-256 of 32 zero bytes
    assert is_fingerprint_of(shown.upper().replace("-", " "), bytes(32))
    assert not is_fingerprint_of(shown[:-1], bytes(32))
    assert not is_fingerprint_of("", bytes(32))


def test_the_password_in_a_statement_is_in_no_log() -> None:
    assert "secret" not in repr(TOLD) and "cellar" in repr(TOLD)

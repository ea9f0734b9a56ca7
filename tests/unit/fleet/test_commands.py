"""Commands of a console: signed for one node, alive for a time, done once."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.engine.signed_plan import PlanDocument, encode_document, public_key_of, sign
from mining.fleet.commands import (
    CLOCKS_DIFFER_S,
    LONGEST_TTL_S,
    OPS,
    CommandDocument,
    CommandRefusedError,
    Ledger,
    decode_command,
    encode_command,
    opened_command,
    sign_command,
)

KEY = bytes(range(32))
NODE, OTHER = "01JDXXXXXXXXXXXXXXXXXXXXXX", "01JDYYYYYYYYYYYYYYYYYYYYYY"
NOON = 1_800_000_000
STOP = CommandDocument("01JDZZZZZZZZZZZZZZZZZZZZZZ", NODE, "stop", NOON, 60)


def _code(document: CommandDocument, ledger: Ledger, now: float) -> str:
    with pytest.raises(CommandRefusedError) as refused:
        ledger.check(document, now)
    assert document.op in refused.value.sentence
    return refused.value.code


def test_the_bytes_are_as_written_down() -> None:
    known = (
        b'{"arguments":{},"format":1,"id":"01JDZZZZZZZZZZZZZZZZZZZZZZ","issued_at":1800000000,'
        b'"node":"01JDXXXXXXXXXXXXXXXXXXXXXX","op":"stop","ttl_s":60}'
    )
    assert encode_command(STOP) == known
    assert decode_command(known) == STOP


def test_a_signed_command_is_opened_by_its_node() -> None:
    data = encode_command(STOP)
    assert opened_command(public_key_of(KEY), data, sign_command(KEY, data), node_id=NODE) == STOP


def test_a_command_of_another_key_for_another_node_or_changed_by_a_bit_is_refused_by_name() -> None:
    data, public = encode_command(STOP), public_key_of(KEY)
    signature = sign_command(KEY, data)
    cases = {
        "bad_signature": (data, sign_command(os.urandom(32), data), NODE),
        "wrong_node": (data, signature, OTHER),
    }
    for code, (bytes_, signed, node) in cases.items():
        with pytest.raises(CommandRefusedError) as refused:
            opened_command(public, bytes_, signed, node_id=node)
        assert refused.value.code == code
    for changed in (data.replace(b'"stop"', b'"start"'), data + b" ", data[:-1]):
        with pytest.raises(CommandRefusedError, match="not signed"):
            opened_command(public, changed, signature, node_id=NODE)


def test_a_signed_plan_is_no_command_whatever_is_in_it() -> None:
    data = encode_command(STOP)
    with pytest.raises(CommandRefusedError, match="not signed"):
        opened_command(public_key_of(KEY), data, sign(KEY, data), node_id=NODE)
    plan = encode_document(PlanDocument(NODE, 1, {}))
    with pytest.raises(CommandRefusedError, match="cannot be read"):
        opened_command(public_key_of(KEY), plan, sign_command(KEY, plan), node_id=NODE)


@pytest.mark.parametrize(
    ("name", "value"),
    [("op", "execute"), ("ttl_s", 0), ("ttl_s", LONGEST_TTL_S + 1), ("issued_at", 1.5), ("id", "1"), ("node", 7),
     ("arguments", {"a": 1}), ("arguments", []), ("format", 2), ("ttl_s", True)],
)  # fmt: skip
def test_what_is_no_command_is_not_read(name: str, value: object) -> None:
    content = json.loads(encode_command(STOP)) | {name: value}
    with pytest.raises(CommandRefusedError):
        decode_command(json.dumps(content, sort_keys=True, separators=(",", ":")).encode())


@given(data=st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_in_another_way(data: bytes) -> None:
    with pytest.raises(CommandRefusedError):
        decode_command(data)


@given(
    op=st.sampled_from(OPS),
    ttl_s=st.integers(1, LONGEST_TTL_S),
    arguments=st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=4),
)
def test_what_is_written_is_read_back(op: str, ttl_s: int, arguments: dict[str, str]) -> None:
    document = CommandDocument(STOP.id, NODE, op, NOON, ttl_s, arguments)
    assert decode_command(encode_command(document)) == document


def test_a_command_lives_as_long_as_it_says_by_the_clock_that_counts() -> None:
    ledger = Ledger()
    ledger.check(STOP, NOON - CLOCKS_DIFFER_S)
    ledger.check(STOP, NOON + 60 + CLOCKS_DIFFER_S)
    assert _code(STOP, ledger, NOON + 61 + CLOCKS_DIFFER_S) == "expired"
    assert _code(STOP, ledger, NOON + 86_400) == "expired"  # a node that was away for a day
    assert _code(STOP, ledger, NOON - CLOCKS_DIFFER_S - 1) == "from_the_future"


def test_each_command_is_done_once_however_often_it_comes() -> None:
    ledger = Ledger().with_done(STOP)
    assert ledger.has(STOP)
    assert not ledger.has(replace(STOP, id="01JDZZZZZZZZZZZZZZZZZZZZZ0"))


def test_an_old_command_is_not_done_again_when_the_clock_is_set_back() -> None:
    later = replace(STOP, id="01JDZZZZZZZZZZZZZZZZZZZZZ1", issued_at=NOON + 2 * LONGEST_TTL_S)
    ledger = Ledger().with_done(STOP).with_done(later)
    assert not ledger.has(STOP)  # forgotten, so that the ledger does not grow
    assert _code(STOP, ledger, now=NOON) == "expired"


def test_the_ledger_forgets_only_what_it_would_refuse_anyway() -> None:
    ledger = Ledger()
    for number in range(200):
        command = replace(STOP, id=f"{number:026d}", issued_at=NOON + 60 * number)
        ledger = ledger.with_done(command)
        assert all(at >= ledger.newest - LONGEST_TTL_S for at in ledger.done.values())
    assert len(ledger.done) == LONGEST_TTL_S // 60 + 1

"""Templates that are not sound are refused by name; those of a real litecoind are not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.solo.litecoin_block import COMMITMENT_START, id_bytes, merkle_branch, witness_commitment
from mining.solo.litecoin_template import TemplateAnswer, TemplateError, template_from_answer
from mining.solo.litecoin_transaction import is_hogex
from tests.unit.solo.litecoin_vectors import BIP_143, BIP_143_HASH, BIP_143_ID, BLOCKS, answer_of

ROWS: list[dict[str, str]] = BLOCKS["mweb"]["template"]["transactions"]
SWAPPED = [ROWS[1], ROWS[0], ROWS[2]]
Z = "00" * 32
FIELDS = sorted(field.name for field in msgspec.structs.fields(TemplateAnswer))


@pytest.mark.parametrize("name", BLOCKS)
def test_a_real_template_is_read(name: str) -> None:
    raw = BLOCKS[name]["template"]
    template = template_from_answer(answer_of(name))
    assert (template.height, template.time, template.previous_id) == (
        raw["height"], raw["curtime"], raw["previousblockhash"],
    )  # fmt: skip
    assert template.target == int(raw["target"], 16) and f"{template.bits:08x}" == raw["bits"]
    assert template.mweb.hex() == raw.get("mweb", "") and template.long_poll_id == raw["longpollid"]


def test_only_the_last_transaction_of_a_block_with_mweb_is_the_hogex() -> None:
    template = template_from_answer(answer_of("mweb"))
    assert [is_hogex(each) for each in template.transactions] == [False, False, True]


@pytest.mark.parametrize(
    "field", sorted(field.name for field in msgspec.structs.fields(TemplateAnswer) if field.required)
)
def test_a_missing_field_is_named(field: str) -> None:
    raw = {name: value for name, value in BLOCKS["plain"]["template"].items() if name != field}
    with pytest.raises(msgspec.ValidationError, match=f"missing required field `{field}`"):
        msgspec.convert(raw, TemplateAnswer)


def _with_row(number: int, **changes: str) -> dict[str, Any]:
    rows = [dict(row) for row in ROWS]
    rows[number].update(changes)
    return {"transactions": rows}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rules": ["csv", "!segwit", "!newfork\x1b"]}, 'asks for the rule "newfork.", which this miner does not know'),
        ({"previousblockhash": "ab"}, "previous block id that is no hash"),
        ({"previousblockhash": Z.replace("0", "G")}, "previous block id that is no hash"),
        ({"version": 2**31}, r"version out of range \(2147483648\)"),
        ({"coinbasevalue": -1}, "coinbase value out of range"),
        ({"coinbasevalue": 84_000_001 * 10**8}, "coinbase value out of range"),
        ({"height": 0}, "height out of range"),
        ({"curtime": 2**32}, "time out of range"),
        ({"curtime": 5, "mintime": 6}, "time 5, before its own earliest one 6"),
        ({"bits": "207ffff"}, 'bits that are no target \\("207ffff"\\)'),
        ({"bits": "ff7fffff"}, "bits that are no target"),
        ({"bits": "207ffffe"}, "a target that its bits do not say"),
        ({"target": "zz"}, "a target that its bits do not say"),
        ({"mweb": "0"}, "MWEB part that is not hexadecimal"),
        ({"mweb": ""}, "the transaction of an MWEB part without that part"),
        ({"default_witness_commitment": "xx"}, "witness commitment that is not hexadecimal"),
        ({"default_witness_commitment": "6a24aa21a9ed" + Z}, "witness commitment that is not to its transactions"),
        ({"default_witness_commitment": ""}, "witness commitment that is not to its transactions"),
        ({"transactions": SWAPPED}, "witness commitment that is not to its transactions"),
        ({"transactions": ROWS[:2]}, "an MWEB part without the transaction that belongs to it"),
        ({"transactions": []}, "an MWEB part without the transaction that belongs to it"),
        ({"transactions": [ROWS[2], *ROWS]}, "the transaction of its MWEB part before others"),
        (_with_row(0, data="00"), "a transaction 1 of 1 bytes"),
        (_with_row(1, data="0q"), "transaction 2 that is not hexadecimal"),
        (_with_row(0, hash=Z), "a transaction 1 that does not hash to its own hash"),
        (_with_row(2, hash=Z), "a transaction 3 that does not hash to its own hash"),
        (_with_row(1, txid=Z), "a transaction 2 that does not hash to its own id"),
        (_with_row(2, txid=Z), "a transaction 3 that does not hash to its own id"),
        (_with_row(2, txid="7"), "transaction id that is no hash"),
        (_with_row(0, hash="7"), "transaction hash that is no hash"),
    ],
)
def test_an_unsound_template_is_refused_by_name(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        template_from_answer(answer_of("mweb", **changes))


@given(name=st.sampled_from(sorted(BLOCKS)), field=st.sampled_from(FIELDS), data=st.data())
def test_whatever_a_field_holds_it_is_read_or_refused_and_nothing_else(
    name: str, field: str, data: st.DataObject
) -> None:
    value = BLOCKS[name]["template"].get(field, "")
    strange = {
        int: st.integers(),
        str: st.text() | st.text("0123456789abcdef ", max_size=80),
        list: st.lists(st.sampled_from(ROWS), max_size=4) | st.lists(_strange_row(), max_size=2),
    }[type(value)]
    if field == "rules":
        strange = st.lists(st.text())
    answer = answer_of(name, **{field: data.draw(strange)})
    try:
        template_from_answer(answer)
    except TemplateError as error:
        assert str(error).isprintable() and len(str(error)) < 200


def _strange_row() -> st.SearchStrategy[dict[str, str]]:
    text = st.text() | st.binary(max_size=40).map(bytes.hex)
    return st.fixed_dictionaries({"data": text, "txid": text, "hash": text})


@pytest.mark.parametrize(("txid", "is_sound"), [(BIP_143_ID, True), (BIP_143_HASH, False), (Z, False)])
def test_the_id_of_a_transaction_with_a_witness_is_held_against_its_bytes(txid: str, is_sound: bool) -> None:
    row = {"data": BIP_143.hex(), "txid": txid, "hash": BIP_143_HASH}
    commitment = COMMITMENT_START + witness_commitment(merkle_branch((id_bytes(BIP_143_HASH),)))
    answer = answer_of("plain", transactions=[row], default_witness_commitment=commitment.hex())
    if is_sound:
        assert template_from_answer(answer).txids == (id_bytes(BIP_143_ID),)
        return
    with pytest.raises(TemplateError, match="a transaction 1 that does not hash to its own id"):
        template_from_answer(answer)


def test_an_mweb_part_in_a_block_without_its_transaction_is_refused() -> None:
    with pytest.raises(TemplateError, match="without the transaction that belongs to it"):
        template_from_answer(answer_of("plain", mweb="00"))

"""One JSON object per line: what is read, what is refused, and what is never sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.stratum.errors import MessageError, StratumError, UseError
from mining.stratum.json_lines import clean_text, decode_object, encode_line, wire_id

GARBAGE = {
    "no object": b"[1]",
    "a number": b"1",
    "not JSON": b"HTTP/1.1 400 Bad Request",
    "a TLS alert": b"\x15\x03\x01\x00\x02\x02",
    "NaN": b'{"a":NaN}',
    "infinity": b'{"a":1e999}',
    "a huge number": b'{"a":' + b"9" * 5000 + b"}",
    "a lone surrogate": b'{"a":"\\ud800"}',
    "a surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "not UTF-8": b'{"a":"\xff"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "deep nesting": b'{"a":' + b"[" * 500_000,
    "two objects": b"{}{}",
    "half an object": b'{"a":"',
}


@pytest.mark.parametrize("name", GARBAGE)
def test_what_is_not_one_json_object_is_refused(name: str) -> None:
    with pytest.raises(MessageError) as caught:
        decode_object(GARBAGE[name])
    assert caught.value.code == "bad_message" and caught.value.is_retryable
    assert caught.value.sentence.isprintable() and len(caught.value.sentence) < 250


def test_of_a_key_given_twice_the_last_value_counts() -> None:
    assert decode_object(b'{"id":1,"id":2}') == {"id": 2}


def test_a_line_ends_once_and_can_be_read_back() -> None:
    line = encode_line({"id": 1, "method": "login\n"})
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert decode_object(line[:-1]) == {"id": 1, "method": "login\n"}


def test_a_text_that_is_not_unicode_is_not_sent() -> None:
    with pytest.raises(UseError):
        encode_line({"login": "\udcff"})


@pytest.mark.parametrize("value", ["0", "aGk+/w==", 0, -1, (1 << 64) - 1, "x" * 256])
def test_an_id_keeps_its_type(value: object) -> None:
    assert wire_id(value) is value


@pytest.mark.parametrize("value", ["", "x" * 257, "\x00" * 200, "é" * 200, 1 << 64, True, None, 1.0, [], {}])
def test_what_cannot_be_echoed_is_no_id(value: object) -> None:
    assert wire_id(value) is None


def test_a_pool_cannot_write_to_a_terminal() -> None:
    assert clean_text("\x1b[2Jhi\r\n\u202e") == "?[2Jhi???"
    assert len(clean_text("a" * 10_000)) == 301


@given(st.binary(max_size=200))
def test_any_bytes_give_an_object_or_a_typed_error(data: bytes) -> None:
    try:
        assert isinstance(decode_object(data), dict)
    except StratumError as error:
        assert error.sentence

"""A console's plan: what a Node follows, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.engine.signed_plan import (
    CONSOLE_KEY,
    PlanDocument,
    PlanRefusedError,
    decode_document,
    digest_of,
    encode_document,
    opened,
    private_key_of,
    public_key_of,
    sign,
    trust_console,
    trusted_console,
)

# RFC 8032, chapter 7.1, test 1: the key pair.
PRIVATE = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
NODE = "01JDXXXXXXXXXXXXXXXXXXXXXX"
DOCUMENT = PlanDocument(NODE, 3, {"COIN": "XMR", "CORES": "0,1", "WORKER": "größe"})


def refusal(data: bytes, signature: bytes, *, node_id: str = NODE, newer_than: int = 0) -> str:
    with pytest.raises(PlanRefusedError) as caught:
        opened(PUBLIC, data, signature, node_id=node_id, newer_than=newer_than)
    return caught.value.code


def test_the_public_key_is_that_of_the_rfc() -> None:
    assert public_key_of(PRIVATE) == PUBLIC


def test_a_signed_plan_is_opened_by_its_node() -> None:
    data = encode_document(DOCUMENT)
    assert opened(PUBLIC, data, sign(PRIVATE, data), node_id=NODE, newer_than=2) == DOCUMENT


def test_canonical_bytes_and_digest_stay_as_they_are() -> None:
    data = encode_document(DOCUMENT)
    assert data.decode() == (
        '{"format":1,"node":"01JDXXXXXXXXXXXXXXXXXXXXXX","values":{"COIN":"XMR","CORES":"0,1","WORKER":"größe"},'
        '"version":3}'
    )
    assert digest_of(data) == digest_of(encode_document(decode_document(data)))


def test_every_changed_bit_is_refused() -> None:
    data = encode_document(DOCUMENT)
    signature = sign(PRIVATE, data)
    for position in range(len(data) * 8):
        changed = bytearray(data)
        changed[position // 8] ^= 1 << position % 8
        assert refusal(bytes(changed), signature) == "bad_signature"
    for position in range(len(signature) * 8):
        other = bytearray(signature)
        other[position // 8] ^= 1 << position % 8
        assert refusal(data, bytes(other)) == "bad_signature"


def test_a_plan_of_another_node_or_an_older_version_is_refused() -> None:
    data = encode_document(DOCUMENT)
    signature = sign(PRIVATE, data)
    assert refusal(data, signature, node_id="01JDYYYYYYYYYYYYYYYYYYYYYY") == "wrong_node"
    assert refusal(data, signature, newer_than=3) == "old_version"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_document_or_a_refusal(data: bytes) -> None:
    try:
        assert encode_document(decode_document(data)) == data
    except PlanRefusedError as error:
        assert error.code == "bad_document"


@pytest.mark.parametrize(
    "text",
    [
        '{"format":1,"node":"A","values":{},"version":0}',
        '{"format":1,"node":"A","values":{"COIN":1},"version":1}',
        '{"format":1,"node":"A","values":[],"version":1}',
        '{"format":2,"node":"A","values":{},"version":1}',
        '{"format":1, "node":"A","values":{},"version":1}',
        '{"format":1,"node":"A","values":{},"version":true}',
    ],
)
def test_a_document_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(PlanRefusedError):
        decode_document(text.encode())


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    first = private_key_of(tmp_path, CONSOLE_KEY)
    assert private_key_of(tmp_path, CONSOLE_KEY) == first
    path = tmp_path / "secrets" / CONSOLE_KEY
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_node_without_a_console_says_so(tmp_path: Path) -> None:
    with pytest.raises(PlanRefusedError) as caught:
        trusted_console(tmp_path)
    assert caught.value.code == "no_console"
    trust_console(tmp_path, PUBLIC)
    assert trusted_console(tmp_path) == PUBLIC

"""What of an address may be shown, and what looks like a secret."""

from __future__ import annotations

import pytest

from mining.addresses import looks_like_secret, mask_address

FUND = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
WIF = "T5MZ5z9WqJxzVxYyVPecTJUSDkzDWrUYe1JuSX2AqJ9jKmLJrvTE"  # Litecoin Core src/test/data/key_io_valid.json
WORDS = "abbey acquire bamboo cactus dazed eagle fabrics gadget habitat icing jackets kangaroo lagoon"


def test_an_address_is_shown_by_its_first_six_and_last_two_characters() -> None:
    assert mask_address(FUND) == "44AFFq…3A"


@pytest.mark.parametrize("text", ["", "4", "44AFFq53A"])
def test_a_text_too_short_to_be_an_address_stays_whole(text: str) -> None:
    assert mask_address(text) == text


@pytest.mark.parametrize(
    "text",
    ["0f" * 32, "0x" + "0F" * 32, f"  {'0f' * 32} ", f'"{"0f" * 32}"', "0f" * 64, WORDS, WORDS.replace(" ", ", "),
     " ".join(WORDS.split()[:12]), (WORDS + " ") * 2],
    ids=["key", "key with 0x", "key in spaces", "key in quotes", "two keys", "13 words", "commas", "12 words", "26"],
)  # fmt: skip
def test_a_key_or_seed_phrase_is_recognised(text: str) -> None:
    assert looks_like_secret(text)


@pytest.mark.parametrize(
    "text", [WIF, f" {WIF}\n", f"p2wpkh:{WIF}", WIF[:-1] + "1", "6P" + WIF + "1111",
             "xprv" + "1" * 107, "Ltpv" + "1" * 107],
    ids=["WIF", "in spaces", "from Electrum", "mistyped", "BIP 38", "xprv", "Ltpv"],
)  # fmt: skip
def test_a_base58_key_is_recognised_without_a_right_checksum(text: str) -> None:
    assert looks_like_secret(text)


@pytest.mark.parametrize(
    "text",
    ["", FUND, FUND[:52], WIF[:49], "xpub" + "1" * 107, "0f" * 31, "rig-1", " ".join(WORDS.split()[:11]), "1 " * 25],
)
def test_what_is_no_secret_is_not_taken_for_one(text: str) -> None:
    assert not looks_like_secret(text)

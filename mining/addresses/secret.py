"""Recognises what must never be typed into a miner: private keys and seed phrases."""

from __future__ import annotations

import re

_HEX_KEY = re.compile(r"(?:0x)?[0-9a-f]{64,}", re.IGNORECASE)
_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
_WIF_KEY = re.compile(rf"(?:p2[a-z-]+:)?[5KL6TQ9c]{_BASE58}{{50,51}}")
_ENCRYPTED_KEY = re.compile(rf"6P{_BASE58}{{56}}")
_EXTENDED_KEY = re.compile(rf"(?:[a-zA-Z]prv|[a-zA-Z]tpv|dgpv){_BASE58}{{100,}}")
_BASE58_KEYS = (_WIF_KEY, _ENCRYPTED_KEY, _EXTENDED_KEY)
_WORD = re.compile(r"[^\W\d_]{2,}")
_WORDS_OF_A_SEED = 12


def looks_like_secret(text: str) -> bool:
    """Whether `text` looks like a private key (hex, WIF, BIP 38, extended) or a seed phrase (12 words or more).

    Monero: keys of 64 hex digits, seeds of 25 (13 short, 16 polyseed) words; BIP 39 and Electrum: 12 to 24 words.
    WIF: 51 or 52 characters that start with 5, K, L (Bitcoin), 6, T (Litecoin), 6, Q (Dogecoin) or 9, c (tests), also
    with Electrum's "p2wpkh:" before them. Extended (BIP 32, SLIP 132): xprv and its kin, Ltpv, Mtpv, ttpv, dgpv.
    No checksum is asked for, because a mistyped key is a secret too.
    """
    stripped = text.strip().strip("\"'").strip()
    if _HEX_KEY.fullmatch(stripped) or any(kind.fullmatch(stripped) for kind in _BASE58_KEYS):
        return True
    words = [word for word in re.split(r"[\s,]+", stripped) if word]
    return len(words) >= _WORDS_OF_A_SEED and all(_WORD.fullmatch(word) for word in words)

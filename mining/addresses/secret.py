"""Recognises what must never be typed into a miner: private keys and seed phrases."""

from __future__ import annotations

import re

_HEX_KEY = re.compile(r"(?:0x)?[0-9a-f]{64,}", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_WORDS_OF_A_SEED = 12


def looks_like_secret(text: str) -> bool:
    """Whether `text` looks like a private key (64 hex digits or more) or a seed phrase (12 words or more).

    Monero: keys of 64 hex digits, seeds of 25 (13 short, 16 polyseed) words; BIP 39 and Electrum: 12 to 24 words.
    """
    stripped = text.strip().strip("\"'").strip()
    if _HEX_KEY.fullmatch(stripped):
        return True
    words = [word for word in re.split(r"[\s,]+", stripped) if word]
    return len(words) >= _WORDS_OF_A_SEED and all(_WORD.fullmatch(word) for word in words)

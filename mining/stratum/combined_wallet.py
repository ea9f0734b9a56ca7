"""Recognises a wallet with more in it, as miners' guides write it (ADDR.worker+10000), and takes it apart. Pure.

Source of the order of the rules: RainbowMiner's import of combined user names: a payment id is `[+./]` and 16 or more
hex digits, a difficulty is `[+./]` and up to 15 digits at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mining.addresses import mask_address

_SOLO = re.compile(r"(solo|prop):", re.IGNORECASE)
_EMAIL = re.compile(r"[/:]([^/:@\s]+@[^/:@\s]+)$")
_DIFFICULTY = re.compile(r"[+./](\d{1,15})$")
_PAYMENT_ID = re.compile(r"[+./]([a-fA-F0-9]{16,})(?=[+./:]|$)")
_WORKER = re.compile(r"[+./:]([^+./:]+)$")
SHORT_PAYMENT_ID = 16
_HEAD = re.compile(r"[A-Za-z0-9]{20,}")


@dataclass(frozen=True, slots=True)
class CombinedWallet:
    """The parts of a combined wallet; "" and False where there is none."""

    wallet: str
    payment_id: str = ""
    worker: str = ""
    difficulty: str = ""
    email: str = ""
    is_solo: bool = False

    @property
    def settings(self) -> str:
        """The same as configuration keys, the address masked and without a dead long payment id: for a next step."""
        parts = [f"WALLET={mask_address(self.wallet)}"]
        payment_id = self.payment_id if len(self.payment_id) == SHORT_PAYMENT_ID else ""
        named = (("PAYMENT_ID", payment_id), ("WORKER", self.worker), ("POOL_DIFFICULTY", self.difficulty))
        parts += [f"{key}={value}" for key, value in (*named, ("POOL_EMAIL", self.email)) if value]
        return ", ".join([*parts, *(["POOL_SOLO=on"] if self.is_solo else [])])


def split_combined(text: str) -> CombinedWallet | None:
    """Return the parts of a wallet that holds more than an address, or None. A guess for people, never sent."""
    solo = _SOLO.match(text)
    rest = text[solo.end() :] if solo else text
    head = _HEAD.match(rest)
    if head is None or (not solo and head.end() == len(rest)) or rest[head.end() : head.end() + 1] not in "+./:":
        return None
    tail = rest[head.end() :]
    email, tail = _cut(_EMAIL, tail)
    payment_id, tail = _cut(_PAYMENT_ID, tail)
    difficulty, tail = _cut(_DIFFICULTY, tail)
    worker, _ = _cut(_WORKER, tail)
    is_solo = solo is not None and solo[1].lower() == "solo"
    return CombinedWallet(head[0], payment_id, worker, difficulty, email, is_solo)


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    match = pattern.search(text)
    return (match[1], text[: match.start()] + text[match.end() :]) if match else ("", text)

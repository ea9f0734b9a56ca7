"""What differs between two plans, and what the change costs while it is made. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from mining.coins import COINS, DEFAULT_COIN
from mining.configuration.keys import KEYS
from mining.services.shown_values import shown_values

_LIVE = ("INTENSITY", "CORES", "THREADS")
_MEMORY = ("ALGORITHM", "MODE", "HUGE_PAGES", "PRIORITY")

NOBODY = ("", "", "")


class Cost(Enum):
    """What a change costs, in words for people."""

    NOTHING = "takes effect at once; the other cores hash on"
    CONNECTION = "a new connection; hashing goes on until its first job is there"
    RESTART = "workers and memory are made anew; hashing stops for some seconds"


@dataclass(frozen=True, slots=True)
class Change:
    """One key. `old` and `new` are texts for people, "" for not set (the default)."""

    key: str
    old: str
    new: str
    cost: Cost


def plan_changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    """Return what differs, in the order of the table of keys. `old` and `new`: values of plans, without secrets."""
    is_other_algorithm = algorithm_of(old) != algorithm_of(new)
    before, after = shown_values(old), shown_values(new)
    return [
        Change(key, before.get(key, ""), after.get(key, ""), _cost(key, is_other_algorithm=is_other_algorithm))
        for key in KEYS
        if old.get(key, "") != new.get(key, "")
    ]


def algorithm_of(values: Mapping[str, str]) -> str:
    """Return the algorithm that the values lead to."""
    coin = COINS.get(values.get("COIN", DEFAULT_COIN), COINS[DEFAULT_COIN])
    return values.get("ALGORITHM") or coin.algorithm


def payee_of(values: Mapping[str, str]) -> tuple[str, str, str]:
    """Return (coin, address, payment id) that the values pay; three empty texts when nothing is earned.

    A payment id is a part of the payee: at an exchange the address is everybody's, and the id says whose account.
    """
    wallet = values.get("WALLET", "")
    return (values.get("COIN", DEFAULT_COIN), wallet, values.get("PAYMENT_ID", "")) if wallet else NOBODY


def _cost(key: str, *, is_other_algorithm: bool) -> Cost:
    if key in _MEMORY or (key in ("COIN", "OFFLINE") and is_other_algorithm):
        return Cost.RESTART
    return Cost.NOTHING if key in _LIVE else Cost.CONNECTION

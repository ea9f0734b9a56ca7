"""The vectors of login grammars, with the addresses put in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mining.stratum.login_grammar import LoginFields

_FOLDER = Path(__file__).parents[2] / "vectors"
_ADDRESSES = json.loads((_FOLDER / "addresses_monero.json").read_text(encoding="utf-8"))["valid"]
_BY_NAME = {row["name"]: row["address"] for row in _ADDRESSES}
VECTORS = json.loads((_FOLDER / "login_grammar.json").read_text(encoding="utf-8"))

MAIN = _BY_NAME["main"]
INTEGRATED = _BY_NAME["integrated"]
# The General Fund's keys with the payment id 8a125052fe6f3877 under the prefix of integrated addresses; the same keys
# and payment id are the stagenet row "stagenet integrated" of addresses_monero.json.
MERGED = "4DrvGduF3ynBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVPqbxKqK3sMyEUfsTmA"
PLACES = {"INTEGRATED": INTEGRATED, "MERGED": MERGED, "MAIN": MAIN, "SUB": _BY_NAME["sub"]}


def with_addresses(text: str) -> str:
    """The text with its placeholders replaced."""
    for name, address in PLACES.items():
        text = text.replace(name, address)
    return text


def fields_of(row: dict[str, Any]) -> LoginFields:
    """The fields of a row of the vectors."""
    return LoginFields(**{**row["fields"], "wallet": with_addresses(row["fields"]["wallet"])})


def row_name(row: dict[str, Any]) -> str:
    """The name of a row for pytest."""
    return f"{row['profile']}: {row['name']}"

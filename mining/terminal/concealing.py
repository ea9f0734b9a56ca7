"""What must not leave the computer with a line of the log: whole addresses, tokens, login links, passwords.

The views shorten what is ours. This is for what others say of it: a pool may repeat a login in its answer. Pure.
"""

from __future__ import annotations

import re

from mining.addresses.masking import mask_address

_BASE58 = "1-9A-HJ-NP-Za-km-z"
_ADDRESSES = re.compile(
    rf"(?<![0-9A-Za-z])(?:[1-9AB][{_BASE58}]{{94,105}}|[LM3DA9mn2Q][{_BASE58}]{{25,34}}"
    r"|(?:ltc|tltc|rltc)1[02-9ac-hj-np-z]{8,87})(?![0-9A-Za-z])",
)
_SECRETS = (
    (re.compile(r"\bmc_[A-Za-z0-9_-]{8,}"), "mc_…"),
    (re.compile(r"(/login/)[A-Za-z0-9_-]{8,}"), r"\1…"),
    (re.compile(r"(://)[^/\s]+@"), r"\1…@"),
    (re.compile(r"(?i)(pass(?:word)?|secret|token|api[_-]?key)([\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]+"), r"\1\2…"),
)


def conceal(text: str) -> str:
    """Return `text` with addresses shortened and secrets left out. What is not one may be shortened too."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return _ADDRESSES.sub(lambda found: mask_address(found[0]), text)

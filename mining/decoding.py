"""Types that are decoded from JSON are looked at when their module is imported, before there are threads.

msgspec does so at the first use, and marks a type as known before it is through with it: of two threads that decode the
same type for the first time at once, one takes what is not there yet, and the process crashes (msgspec 0.22, a null
pointer in `convert`). Importing is done by one thread at a time.
"""

from __future__ import annotations

from typing import Any

import msgspec


def ready_to_decode(*types: Any) -> None:
    """Have msgspec look at `types` (classes of msgspec.Struct, or unions of them) and all that they hold."""
    for each in types:
        msgspec.json.Decoder(each)

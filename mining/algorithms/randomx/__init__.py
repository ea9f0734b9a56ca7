"""RandomX through the C API of tevador's library: loader, binding, self-tests and the pyrx-compatible call.

`get_rx_hash(blob, seed_hash, height)` is loaded on first use, so that the Host imports the bare binding only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mining.algorithms.randomx.pyrx import get_rx_hash

__all__ = ["get_rx_hash"]


def __getattr__(name: str) -> object:
    if name == "get_rx_hash":
        from mining.algorithms.randomx.pyrx import get_rx_hash

        return get_rx_hash
    raise AttributeError(name)

"""A request on its way: the line to write, and the id by which its answer is known."""

from __future__ import annotations

from typing import NamedTuple


class Request(NamedTuple):
    """A line to send, and the id that its answer will carry."""

    request_id: int
    line: bytes

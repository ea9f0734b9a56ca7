"""Cuts a stream of bytes into lines, with bounded memory.

A line ends with `\\n` (a `\\r` before it is tolerated); empty lines are skipped; one
read may carry several lines, or a part of one.
"""

from __future__ import annotations

from typing import NoReturn

from mining.stratum.errors import LineTooLongError

LINE_LIMIT = 1 << 20


class LineBuffer:
    """The unfinished line of one connection.

    `limit` counts the bytes of a line before its `\\n`. Work is linear in the bytes fed; at most `limit` bytes are kept
    between two reads.
    """

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self._limit = limit
        self._pending = bytearray()
        self._is_failed = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take what one read gave; return the lines that are complete, without their ends.

        Raises LineTooLongError once a line passes the limit, and at every call after that. How the bytes were cut into
        reads never changes the lines: those before the long one are in the error.
        """
        if self._is_failed:
            raise LineTooLongError(self._limit, [])
        if b"\n" not in data:
            self._keep(data, [])
            return []
        first, *rest = data.split(b"\n")
        lines: list[bytes] = []
        if self._pending:
            if len(self._pending) + len(first) > self._limit:
                self._fail(lines)
            self._pending += first
            first = bytes(self._pending)
            self._pending = bytearray()
        tail = rest.pop()
        for line in (first, *rest):
            if len(line) > self._limit:
                self._fail(lines)
            if line and not line.isspace():
                lines.append(line.removesuffix(b"\r"))
        self._keep(tail, lines)
        return lines

    def _keep(self, tail: bytes, lines: list[bytes]) -> None:
        if len(self._pending) + len(tail) > self._limit:
            self._fail(lines)
        self._pending += tail

    def _fail(self, lines: list[bytes]) -> NoReturn:
        self._is_failed = True
        self._pending = bytearray()
        raise LineTooLongError(self._limit, lines)

"""The requests of a Stratum V1 client: numbered lines, and what each open number asked for. No I/O."""

from __future__ import annotations

from enum import Enum

from mining.stratum.errors import RequestTooLongError
from mining.stratum.json_lines import encode_line
from mining.stratum.request import Request

LONGEST_REQUEST = 1000  # bytes with the line end
_MOST_OPEN = 4096  # requests that a server never answers must not add up for days


class Method(Enum):
    """What a client asks."""

    CONFIGURE = "mining.configure"
    SUBSCRIBE = "mining.subscribe"
    EXTRANONCE_SUBSCRIBE = "mining.extranonce.subscribe"
    AUTHORIZE = "mining.authorize"
    SUGGEST_DIFFICULTY = "mining.suggest_difficulty"
    SUBMIT = "mining.submit"

    @property
    def is_optional(self) -> bool:
        """Whether a pool may leave it unanswered."""
        return self in (Method.CONFIGURE, Method.EXTRANONCE_SUBSCRIBE, Method.SUGGEST_DIFFICULTY)


class OpenRequests:
    """Numbers requests from 1 and remembers the newest 4096 without an answer."""

    def __init__(self) -> None:
        self._next_id = 1
        self._open: dict[int, Method] = {}

    def add(self, method: Method, params: list[object]) -> Request:
        """Write a request. Raises RequestTooLongError, and UseError for texts that are not Unicode."""
        number = self._next_id
        line = encode_line({"id": number, "method": method.value, "params": params})
        if len(line) > LONGEST_REQUEST:
            raise RequestTooLongError(
                f"The {method.value} is {len(line)} bytes long, and pools read at most {LONGEST_REQUEST}",
                next_step="Shorten worker or password.",
            )
        self._next_id += 1
        if len(self._open) >= _MOST_OPEN:
            del self._open[next(iter(self._open))]
        self._open[number] = method
        return Request(number, line)

    def close(self, number: int | None) -> Method | None:
        """Return what the answered request asked, once; None if no open one has the number."""
        return None if number is None else self._open.pop(number, None)

    def close_only(self, method: Method) -> int | None:
        """Close the open request of a method, if nothing optional is open that could be meant instead."""
        if any(asked.is_optional for asked in self._open.values()):
            return None
        number = next((number for number, asked in self._open.items() if asked is method), None)
        if number is not None:
            del self._open[number]
        return number

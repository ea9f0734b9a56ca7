"""What can go wrong on a Stratum line, split by whose fault it is. Each kind has a stable code and one sentence."""

from __future__ import annotations

from mining.errors import MinerConsoleError

_SHOWN = 60


class StratumError(MinerConsoleError):
    """Any failure of the codec."""

    default_code = "stratum"


class PeerError(StratumError):
    """The other side broke the protocol: leave this connection; another one may do better."""

    is_retryable = True
    default_code = "peer_protocol"


class LineTooLongError(PeerError):
    """A line passed the limit. `lines` are the complete ones received before it, in the same read."""

    default_code = "line_too_long"

    def __init__(self, limit: int, lines: list[bytes]) -> None:
        super().__init__(
            f"The other side sent more than {limit} bytes without a line end",
            next_step="The connection is closed; check that the port speaks Stratum.",
        )
        self.lines = lines


class MessageError(PeerError):
    """A line that is not one JSON object, or an object without the shape of a message."""

    default_code = "bad_message"


class TargetError(PeerError):
    """A target that cannot be read, or that nothing can meet."""

    default_code = "bad_target"


class JobError(PeerError):
    """A job that cannot be mined."""

    default_code = "bad_job"


class UseError(StratumError):
    """This program asked for something that must not be sent."""

    default_code = "protocol_use"


class RequestTooLongError(UseError):
    """A request over the length that every known pool reads."""

    default_code = "request_too_long"


def shown(value: object) -> str:
    """Return a value of the other side as short printable ASCII for a sentence."""
    text = value[: 2 * _SHOWN] if isinstance(value, str | bytes) else value
    if isinstance(text, bytes):
        text = text.decode("ascii", "backslashreplace")
    if isinstance(text, int) and not isinstance(text, bool) and text.bit_length() > 4 * _SHOWN:
        return "a huge number"
    if not isinstance(text, str | int | float | None):
        return f"a {type(text).__name__}"
    line = ascii(text)
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"

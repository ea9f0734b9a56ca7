"""What a Stratum V1 server asks and says besides jobs, and the lines that it wants back. Pure."""

from __future__ import annotations

from mining.stratum.bitcoin.events import Ignored, MessageShown, ReconnectRequested
from mining.stratum.errors import shown
from mining.stratum.json_lines import clean_text, encode_line, wire_id

_LONGEST_HOST = 253
_LONGEST_WAIT_S = 3600
_NO_SUCH_METHOD = [20, "Not supported.", None]


def reconnect_request(params: object) -> ReconnectRequested | Ignored:
    """Read `client.reconnect`: params [host, port, wait], each may be missing; the port is a number or a text."""
    if params is None or params == []:
        return ReconnectRequested(None, None, 0)
    if not isinstance(params, list):
        return Ignored("The server asks to reconnect without saying where", b"")
    host, port, wait = (*params[:3], None, None)[:3]
    number = _number(port)
    is_port = port is None or (number is not None and 0 < number < 1 << 16)
    if host is not None and not isinstance(host, str):
        return Ignored(f"The server asks to reconnect to {shown(host)}, which is no host", b"")
    if not is_port or not _is_host(host or ""):
        return Ignored(f"The server asks to reconnect to {shown(host)}:{shown(port)}, which is no host and port", b"")
    wait_s = _number(wait)
    return ReconnectRequested(host or None, number, min(max(wait_s or 0, 0), _LONGEST_WAIT_S))


def shown_message(params: object) -> MessageShown:
    """Read `client.show_message`: params ["text"]."""
    return MessageShown(clean_text(params[0] if isinstance(params, list) and params else params), None)


def answered(message: dict[str, object], method: str, result: object) -> Ignored:
    """A request that is answered, and nothing else; one without an id gets no answer."""
    return Ignored(f"The server called {shown(method)}", answer_line(message, result))


def unknown(message: dict[str, object], method: str) -> Ignored:
    """An unknown method: an error for a request with an id, silence for a notification."""
    sentence = f"The server sent the method {shown(method)}, which a Stratum V1 miner does not know"
    number = wire_id(message.get("id"))
    if number is None:
        return Ignored(sentence, b"")
    return Ignored(sentence, encode_line({"id": number, "result": None, "error": _NO_SUCH_METHOD}))


def answer_line(message: dict[str, object], result: object) -> bytes:
    """Return the answer to a request of the server, b"" if it has no id."""
    number = wire_id(message.get("id"))
    return b"" if number is None else encode_line({"id": number, "result": result, "error": None})


def _is_host(host: str) -> bool:
    return len(host) <= _LONGEST_HOST and host.isascii() and host.isprintable() and " " not in host


def _number(value: object) -> int | None:
    """A small whole number, also as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 6:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= 32:
        return value
    return None

"""What a CryptoNote server sends unasked, besides jobs. Pure."""

from __future__ import annotations

from mining.stratum.cryptonote.events import MessageIgnored, NoticeReceived, ReconnectRequested
from mining.stratum.errors import shown
from mining.stratum.json_lines import clean_text, encode_line, wire_id

_LONGEST_HOST = 253
_NO_SUCH_METHOD = {"code": -32601, "message": "Method not found"}


def reconnect_request(message: dict[str, object]) -> ReconnectRequested | MessageIgnored:
    """Read `client.reconnect`: params ["host", "port"], both texts; empty params mean the same server again."""
    params = message.get("params")
    if params is None or params == []:
        return ReconnectRequested(None, None)
    if not isinstance(params, list) or not 1 <= len(params) <= 3:
        return MessageIgnored("The server asks to reconnect without saying where", b"")
    host, port = params[0], _port(params[1]) if len(params) > 1 else None
    if not isinstance(host, str) or not _is_host(host) or (len(params) > 1 and port is None):
        return MessageIgnored(f"The server asks to reconnect to {shown(host)}, which is no host and port", b"")
    return ReconnectRequested(host or None, port)


def notice(message: dict[str, object]) -> NoticeReceived:
    """Read `client.show_message`: params ["text"]."""
    params = message.get("params")
    return NoticeReceived(clean_text(params[0] if isinstance(params, list) and params else params), None)


def ignored(message: dict[str, object], method: str) -> MessageIgnored:
    """Answer an unknown method as JSON-RPC wants: an error for a request with an id, silence for a notification."""
    sentence = f"The server sent the method {shown(method)}, which a CryptoNote miner does not know"
    number = wire_id(message.get("id"))
    if number is None:
        return MessageIgnored(sentence, b"")
    return MessageIgnored(sentence, encode_line({"id": number, "jsonrpc": "2.0", "error": _NO_SUCH_METHOD}))


def _is_host(host: str) -> bool:
    return len(host) <= _LONGEST_HOST and host.isascii() and host.isprintable() and " " not in host


def _port(value: object) -> int | None:
    number = (
        int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 6 else value
    )
    if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 1 << 16:
        return number
    return None

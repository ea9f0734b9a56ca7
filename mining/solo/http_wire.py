"""HTTP/1.1 as bytes on a stream: write a request, read an answer within limits. Knows nothing of JSON or of daemons.

Whatever a misbehaving server sends ends in `HttpWireError`, never in an endless read: lines, number of headers and body
are capped here, time is capped by the caller.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

MAX_LINE_BYTES = 8192
MAX_HEADERS = 100
MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_INTERIM_ANSWERS = 5
_CHUNK_BYTES = 65536


class HttpWireError(Exception):
    """The server did not speak HTTP as expected. The text completes "the daemon answered with …"."""


class ClosedBeforeAnswerError(HttpWireError):
    """The server closed the connection before the first byte of an answer."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One answer. Header names are lower case; `authenticate` has every WWW-Authenticate value."""

    status: int
    reason: str
    content_type: str
    authenticate: tuple[str, ...]
    body: bytes
    is_reusable: bool


def request_bytes(method: str, path: str, *, host: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Encode one request with its body."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def answer_read(reader: asyncio.StreamReader) -> HttpAnswer:
    """Read one whole answer. Raises HttpWireError, or OSError from the stream."""
    for _ in range(MAX_INTERIM_ANSWERS):
        version, status, reason = await _status_read(reader)
        headers = await _headers_read(reader)
        if status >= 200:
            break
    else:
        raise HttpWireError(f"more than {MAX_INTERIM_ANSWERS} interim answers")
    fields = {name: value for name, value in headers}
    body, is_delimited = await _body_read(reader, status, fields)
    is_kept = version == "HTTP/1.1" and fields.get("connection", "").lower() != "close"
    return HttpAnswer(
        status=status,
        reason=reason,
        content_type=fields.get("content-type", ""),
        authenticate=tuple(value for name, value in headers if name == "www-authenticate"),
        body=body,
        is_reusable=is_delimited and is_kept,
    )


async def _status_read(reader: asyncio.StreamReader) -> tuple[str, int, str]:
    line = await _line_read(reader, is_first=True)
    parts = line.split(" ", 2)
    is_status = len(parts) >= 2 and parts[0] in ("HTTP/1.1", "HTTP/1.0") and len(parts[1]) == 3
    if not is_status or not (parts[1].isascii() and parts[1].isdigit()):
        raise HttpWireError(f"something that is not HTTP ({excerpt(line)})")
    return parts[0], int(parts[1]), parts[2].strip() if len(parts) > 2 else ""


async def _headers_read(reader: asyncio.StreamReader) -> list[tuple[str, str]]:
    headers: list[tuple[str, str]] = []
    while line := await _line_read(reader):
        name, colon, value = line.partition(":")
        if not colon:
            raise HttpWireError(f"a malformed HTTP header ({excerpt(line)})")
        headers.append((name.strip().lower(), value.strip()))
        if len(headers) > MAX_HEADERS:
            raise HttpWireError(f"more than {MAX_HEADERS} HTTP headers")
    return headers


async def _body_read(reader: asyncio.StreamReader, status: int, fields: dict[str, str]) -> tuple[bytes, bool]:
    """Return (body, whether its end was marked, so that the connection can be used again)."""
    if status in (204, 304):
        return b"", True
    if fields.get("transfer-encoding", "").lower() == "chunked":
        return await _chunks_read(reader), True
    if "content-length" not in fields:
        return await _rest_read(reader), False
    text = fields["content-length"]
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise HttpWireError(f"an invalid Content-Length ({excerpt(text)})")
    if int(text) > MAX_BODY_BYTES:
        raise HttpWireError(f"{int(text)} bytes, more than {MAX_BODY_BYTES}")
    return await _exactly(reader, int(text)), True


async def _chunks_read(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        line = (await _line_read(reader)).partition(";")[0].strip()
        try:
            size = int(line, 16) if len(line) <= 8 else MAX_BODY_BYTES + 1
        except ValueError:
            raise HttpWireError(f"a malformed chunk ({excerpt(line)})") from None
        if size < 0 or len(body) + size > MAX_BODY_BYTES:
            raise HttpWireError(f"more than {MAX_BODY_BYTES} bytes")
        if size == 0:
            await _headers_read(reader)
            return bytes(body)
        body += await _exactly(reader, size)
        if await _line_read(reader):
            raise HttpWireError("a chunk longer than it says")


async def _rest_read(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while piece := await reader.read(_CHUNK_BYTES):
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise HttpWireError(f"more than {MAX_BODY_BYTES} bytes")
    return bytes(body)


async def _exactly(reader: asyncio.StreamReader, count: int) -> bytes:
    try:
        return await reader.readexactly(count)
    except asyncio.IncompleteReadError as error:
        raise HttpWireError(f"a truncated answer ({len(error.partial)} of {count} bytes)") from None


async def _line_read(reader: asyncio.StreamReader, *, is_first: bool = False) -> str:
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        if is_first and not error.partial:
            raise ClosedBeforeAnswerError("nothing: it closed the connection") from None
        raise HttpWireError(f"a truncated answer ({excerpt(error.partial)})") from None
    except asyncio.LimitOverrunError:
        raise HttpWireError(f"a line of more than {MAX_LINE_BYTES} bytes") from None
    return line.decode("latin-1").rstrip("\r\n")


def excerpt(seen: str | bytes, limit: int = 40) -> str:
    """A short quoted piece of what was seen, for a sentence."""
    text = seen.decode("latin-1") if isinstance(seen, bytes) else seen
    return f'"{printable(text[:limit])}…"' if len(text) > limit else f'"{printable(text)}"'


def printable(text: str) -> str:
    """`text` of a stranger with everything that could steer a terminal or break a line replaced by dots."""
    return "".join(char if char.isascii() and char.isprintable() else "." for char in text)

"""PNG pictures with a palette: a third of the bytes for pages, whose colours are few."""

from __future__ import annotations

import struct
import zlib
from collections import Counter

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = 256
Pixel = bytes


def as_palette(picture: bytes) -> bytes:
    """Encode an 8-bit RGB or RGBA picture anew with the 256 colours that it uses most; others become the nearest."""
    width, height, channels, body = _parts(picture)
    pixels = _pixels(body, width, height, channels)
    counts = Counter(pixels)
    palette = [colour for colour, _ in counts.most_common(_COLOURS)]
    place = {colour: number for number, colour in enumerate(palette)}
    for colour in counts:
        if colour not in place:
            place[colour] = _nearest(colour, palette)
    rows = bytearray()
    for row in range(height):
        rows.append(0)
        rows += bytes(place[colour] for colour in pixels[row * width : (row + 1) * width])
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def _parts(picture: bytes) -> tuple[int, int, int, bytes]:
    assert picture.startswith(_SIGNATURE), "not a PNG"
    at, data = len(_SIGNATURE), b""
    width = height = kind = 0
    while at < len(picture):
        (size,), name = struct.unpack(">I", picture[at : at + 4]), picture[at + 4 : at + 8]
        content = picture[at + 8 : at + 8 + size]
        if name == b"IHDR":
            width, height, _, kind = struct.unpack(">IIBB", content[:10])
        elif name == b"IDAT":
            data += content
        at += size + 12
    return width, height, {2: 3, 6: 4}[kind], zlib.decompress(data)


def _pixels(body: bytes, width: int, height: int, channels: int) -> list[Pixel]:
    """Undo the filters (PNG specification, section 9) and drop what tells of opacity."""
    size = width * channels
    before, pixels = bytearray(size), []
    for row in range(height):
        start = row * (size + 1)
        line = bytearray(body[start + 1 : start + 1 + size])
        _unfilter(body[start], line, before, channels)
        before = line
        pixels += [bytes(line[at : at + 3]) for at in range(0, size, channels)]
    return pixels


def _unfilter(kind: int, line: bytearray, before: bytearray, channels: int) -> None:
    if kind == 0:
        return
    for at in range(len(line)):
        left = line[at - channels] if at >= channels else 0
        corner = before[at - channels] if at >= channels else 0
        guess = (0, left, before[at], (left + before[at]) // 2, _paeth(left, before[at], corner))[kind]
        line[at] = (line[at] + guess) & 0xFF


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    distances = (abs(guess - left), abs(guess - above), abs(guess - corner))
    return (left, above, corner)[distances.index(min(distances))]


def _nearest(colour: Pixel, palette: list[Pixel]) -> int:
    def distance(number: int) -> int:
        return sum((one - other) ** 2 for one, other in zip(colour, palette[number], strict=True))

    return min(range(len(palette)), key=distance)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

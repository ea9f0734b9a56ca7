"""What the recorder of a console asks of the broker: shipments, Frames, and what it says back. No rows.

Reads many Nodes in one call, and no more of each than one step can record. A Node may write what it likes below its
own keys: what is no stream there, or too large to be read, is deleted, and the others are read all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from redis.exceptions import ResponseError

from mining.fleet.keys import ACKED, FRAMES, JOURNAL, node_key
from mining.fleet.unfit_streams import MOST_STREAM_BYTES
from mining.fleet.wire import Shipment, message_of, place_text, shipment_of
from mining.telemetry.journal_tail import Place

_NODES_AT_ONCE = 100
_SHIPMENTS_AT_ONCE = 4
_FRAMES_AT_ONCE = 32
# Asked before each look at the streams of all Nodes, so by one call for many of them. All entries are counted: a Node
# could make those small that a sample looks at.
_TOO_LARGE = """
local found = {}
for _, key in ipairs(KEYS) do
  if (redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0) or 0) > tonumber(ARGV[1]) then found[#found + 1] = key end
end
return found
"""


def waiting_shipments(client: Any, ulids: Sequence[str]) -> Iterator[dict[str, tuple[list[bytes], list[Shipment]]]]:
    """Yield, for some Nodes at a time, the entries that wait (their ids) and the shipments in them, oldest first."""
    for some in _slices(ulids):
        streams = {node_key(ulid, JOURNAL): "0-0" for ulid in some}
        answer = _read(client, streams, _SHIPMENTS_AT_ONCE)
        found = {}
        for key, entries in answer:
            read = [shipment_of(fields) for _, fields in entries]
            known = [shipment for shipment in read if shipment is not None]
            found[_ulid_of(key)] = ([entry_id for entry_id, _ in entries], known)
        if found:
            yield found


def new_frames(client: Any, places: Mapping[str, str]) -> Iterator[tuple[str, str, bytes]]:
    """Yield Node, entry id and Frame of all that came behind `places`; an empty Frame is an entry of another kind."""
    for some in _slices(list(places)):
        streams = {node_key(ulid, FRAMES): places[ulid] for ulid in some}
        for key, entries in _read(client, streams, _FRAMES_AT_ONCE):
            ulid = _ulid_of(key)
            for entry_id, fields in entries:
                message = message_of(fields)
                yield ulid, entry_id.decode(), message.frame if message is not None else b""


def broker_time(client: Any) -> float:
    """The broker's clock, Unix seconds."""
    seconds, micros = client.time()
    return float(seconds) + float(micros) / 1e6


def empty_large(client: Any, ulids: Sequence[str], most_bytes: int = MOST_STREAM_BYTES) -> list[str]:
    """Delete the streams that nobody could read without filling our memory; returns whose they were."""
    found: list[str] = []
    for some in _slices(ulids):
        keys = [node_key(ulid, name) for ulid in some for name in (JOURNAL, FRAMES)]
        large = client.eval(_TOO_LARGE, len(keys), *keys, most_bytes)
        if large:
            client.unlink(*large)
        found += [_ulid_of(key) for key in large]
    return found


def empty_frames(client: Any, ulid: str) -> None:
    """Delete a Node's stream of Frames: the ids in it are of no use."""
    client.delete(node_key(ulid, FRAMES))


def frames_at(client: Any, places: Mapping[str, str]) -> dict[str, bytes]:
    """Return the Frames that stand exactly at `places`, of those Nodes whose stream still has them."""
    found = {}
    ulids = list(places)
    with client.pipeline(transaction=False) as asking:
        for ulid in ulids:
            asking.xrange(node_key(ulid, FRAMES), min=places[ulid], max=places[ulid], count=1)
        for ulid, entries in zip(ulids, _answers(asking), strict=True):
            message = message_of(entries[0][1]) if entries else None
            if message is not None and message.frame:
                found[ulid] = message.frame
    return found


def acknowledge(client: Any, places: Mapping[str, Place], read: Mapping[str, Sequence[bytes]]) -> None:
    """Tell the Nodes what is in rows, and take out of their streams what was `read`. In this order."""
    with client.pipeline(transaction=False) as telling:
        for ulid, place in places.items():
            telling.set(node_key(ulid, ACKED), place_text(place))
        for ulid, entries in read.items():
            if entries:
                telling.xdel(node_key(ulid, JOURNAL), *entries)
        _answers(telling)


def _read(client: Any, streams: dict[Any, Any], count: int) -> list[Any]:
    """What XREAD answers. One key that is no stream makes the broker refuse all: then each is asked for itself."""
    try:
        return list(client.xread(streams, count=count))
    except ResponseError as error:
        if not _is_wrong_type(error):
            raise
    with client.pipeline(transaction=False) as asking:
        for key, place in streams.items():
            asking.xread({key: place}, count=count)
        answers = asking.execute(raise_on_error=False)
    found: list[Any] = []
    for key, answer in zip(streams, answers, strict=True):
        if isinstance(answer, ResponseError) and _is_wrong_type(answer):
            client.delete(key)
        elif isinstance(answer, Exception):
            raise answer
        else:
            found += answer
    return found


def _answers(pipeline: Any) -> list[Any]:
    """Send it; None is the answer of a key that is of another type than it should be. Raises BROKER_ERRORS."""
    answers: list[Any] = pipeline.execute(raise_on_error=False)
    for answer in answers:
        if isinstance(answer, Exception) and not _is_wrong_type(answer):
            raise answer
    return [None if isinstance(answer, Exception) else answer for answer in answers]


def _is_wrong_type(error: Exception) -> bool:
    return str(error).startswith("WRONGTYPE")


def _slices(ulids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ulids[at : at + _NODES_AT_ONCE] for at in range(0, len(ulids), _NODES_AT_ONCE))


def _ulid_of(key: bytes) -> str:
    return key.decode("ascii", "replace").split(":")[2]

"""Looks at the beats of all machines: who is alive, how far its clock is off, and whether two machines are one Node.

The broker dates beats. What is kept of that in rows is by the console's clock, as everything there: the difference is
measured with each look. No beat is from before its machine joined, because joining empties the stream.
"""

from __future__ import annotations

import logging
import math
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError, transaction

from mining.fleet.clones import Beat, clones_among
from mining.fleet.keys import BEATS, node_key
from mining.fleet.unfit_streams import ask_sizes, unfit_keys
from mining.models import MemberState, NodeAccess
from mining.services.actors import SYSTEM
from mining.services.events import event_record
from mining.services.fleet_access import access_change
from mining.services.fleet_broker import MOST_BYTES, broker_client

if TYPE_CHECKING:
    import redis

_CHUNK = 200
_MOST_AHEAD_S = 5.0
"""A beat dated further ahead of the broker's clock than this was dated by its machine, not by the broker."""
log = logging.getLogger(__name__)
Entry = tuple[bytes, dict[bytes, bytes]]


def beats_look() -> int:
    """Read the beats of all members and note what they say; returns how many clones were found. Raises ConflictError
    when the broker is away."""
    rows = list(NodeAccess.objects.filter(state=MemberState.MEMBER).select_related("node"))
    found = 0
    with broker_client() as client:
        for first in range(0, len(rows), _CHUNK):
            some = rows[first : first + _CHUNK]
            keys = [node_key(access.node.ulid, BEATS) for access in some]
            answers = _beats_of(client, keys)
            seconds, micros = client.time()
            ahead_s = seconds + micros / 1e6 - time.time()
            for access, key, entries in zip(some, keys, answers, strict=True):
                if any(_sent_ms(each) > _latest_ms(seconds) for each in entries):
                    log.warning("Beats of %s are not believed: they are dated later than now", access.node)
                    client.delete(key)
                    continue
                found += _heard_safely(access, entries, ahead_s)
    return found


def _latest_ms(broker_s: int) -> float:
    return (broker_s + 1 + _MOST_AHEAD_S) * 1000


def _heard_safely(access: NodeAccess, entries: list[Entry], ahead_s: float) -> bool:
    """Note the beats of one machine; what cannot be kept of them is no trouble of the others. `ahead_s`: the broker's
    clock less ours. Raises OperationalError when nothing can be written."""
    try:
        with transaction.atomic():
            return _heard(access, entries, ahead_s)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # a machine may send anything
        log.warning("Beats of %s are not noted (%s: %.200s)", access.node, type(error).__name__, error)
        return False


def _beats_of(client: redis.Redis, keys: list[str]) -> list[Any]:
    """The beats of some machines, in two round trips. Raises BROKER_ERRORS."""
    with client.pipeline(transaction=False) as asking:
        ask_sizes(asking, keys)
        for key in unfit_keys(keys, asking.execute(), MOST_BYTES):
            asking.delete(key)
        asking.execute()
        for key in keys:
            asking.xrange(key)
        found: list[Any] = asking.execute(raise_on_error=False)
    return [each if isinstance(each, list) else [] for each in found]


def _heard(access: NodeAccess, entries: list[Entry], ahead_s: float) -> bool:
    """Note the beats of one machine; True when it is a clone."""
    if not entries or not _noted(access, entries[-1], ahead_s):
        return False
    clones = clones_among(_beat(entry) for entry in entries)
    last = entries[-1]
    if b"left" in last[1]:
        access_change(access, MemberState.LEFT, "its owner had it leave")
        sentence = f"{access.node} left the fleet: its owner had it leave"
        event_record(SYSTEM, kind="fleet.left", sentence=sentence, node=access.node, target=access.node)
        return False
    if clones is None:
        return False
    one, other = clones
    reason = f"on {one.host or one.machine} and {other.host or other.machine}"
    access_change(access, MemberState.CLONED, reason)
    event_record(
        SYSTEM, kind="fleet.cloned", level="error", node=access.node, target=access.node,
        sentence=f"Two machines use the identity of {access.node} at once, {reason}: it is given no plans",
        new={"runs": [one.run, other.run], "machines": [one.machine, other.machine]},
    )  # fmt: skip
    return True


def _noted(access: NodeAccess, last: Entry, ahead_s: float) -> bool:
    """Keep what the newest beat says; False when the machine joined again or was removed while it was read."""
    sent_at = _sent_ms(last) / 1000
    known: dict[str, Any] = {
        "run": _text(last, b"r", 26),
        "machine": _text(last, b"m", 16),
        "heard_at": datetime.fromtimestamp(sent_at - ahead_s, UTC),
    }
    if (node_at := _seconds(_text(last, b"n", 32))) is not None:
        known["clock_offset_s"] = round(sent_at - node_at, 1)
    as_read = NodeAccess.objects.filter(pk=access.pk, joined_at=access.joined_at, state=MemberState.MEMBER)
    return as_read.update(**known) == 1


def _beat(entry: Entry) -> Beat:
    return Beat(_text(entry, b"r", 26), _text(entry, b"m", 16), _text(entry, b"h", 64))


def _seconds(text: str) -> float | None:
    """A number of seconds; None for what is none."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _sent_ms(entry: Entry) -> int:
    return int(entry[0].partition(b"-")[0])


def _text(entry: Entry, name: bytes, most: int) -> str:
    """A field as text that may be shown: a machine wrote it."""
    text = entry[1].get(name, b"").decode("utf-8", "replace")[:most]
    return "".join(each for each in text if each.isprintable())

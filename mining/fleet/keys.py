"""The names in Redis: everything of a Node lies below its own prefix. Pure."""

from __future__ import annotations

CONSOLE_PREFIX = "mc:console:"
"""Keys that only the console touches."""
CONSOLE_PULSE = f"{CONSOLE_PREFIX}pulse"
"""There as long as the console's worker does what its beat tells it: for the check of a container's health."""
CONSOLE_RULES = f"{CONSOLE_PREFIX}rules"
"""Digest of the rules by which the users of all Nodes were given."""
FRAMES = "frames"
JOURNAL = "journal"
ACKED = "acked"
BEATS = "beats"
ANSWERS = "answers"
WRITTEN_BY_NODE = (FRAMES, JOURNAL, BEATS, ANSWERS)
"""Streams that a Node fills and the console reads."""


def node_prefix(ulid: str) -> str:
    """Return what all keys of a Node begin with, those of its queue as well."""
    return f"mc:node:{ulid}:"


def node_key(ulid: str, name: str) -> str:
    """Return the key `name` of a Node."""
    return node_prefix(ulid) + name


def node_queue(ulid: str) -> str:
    """Return the name of a Node's queue of tasks, below its prefix."""
    return f"node.{ulid}"


def node_user(ulid: str) -> str:
    """Return the name of a Node's user of the broker."""
    return f"node-{ulid}"

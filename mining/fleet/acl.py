"""What a Node may do at the broker: one user a Node, a closed list of keys and of commands (Redis 7 ACL). Pure.

A password that leaks opens the queue and the streams of one Node, nothing else: neither other keys, nor their names,
nor any command that looks at the server. No scripts either: one without an end would keep the broker from everybody.
What the console acknowledged can be read, not written.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from mining.fleet.keys import ACKED, WRITTEN_BY_NODE, node_key, node_prefix, node_queue, node_user

COMMANDS = (
    # the connection
    "auth", "hello", "ping", "reset", "client|setname", "client|id", "time",
    # the queue, as kombu reads it
    "brpop", "rpop", "lpush", "rpush", "llen", "sadd", "srem", "smembers", "zadd", "zrem", "zrange",
    "hset", "hget", "hdel", "hlen", "get", "del", "exists", "multi", "exec", "discard", "watch", "unwatch",
    # the streams
    "xadd", "xlen", "xtrim", "xrange", "xrevrange", "xread", "xdel",
)  # fmt: skip
_PASSWORD_DIGEST = re.compile(r"[0-9a-f]{64}")
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


def password_digest(password: str) -> str:
    """Return what is kept of a broker password: its SHA-256, 64 hex digits, as Redis keeps it."""
    return hashlib.sha256(password.encode()).hexdigest()


def node_rules(ulid: str, digest: str, db: int = 0) -> list[str]:
    """Return the words of ACL SETUSER for a Node, without its user's name. Raises ValueError for what is no ULID or
    digest: nothing that a stranger chose gets into a rule. `db`: the one database that it may select."""
    if not _ULID.fullmatch(ulid) or not _PASSWORD_DIGEST.fullmatch(digest):
        raise ValueError("not a ULID and a digest")
    prefix = node_prefix(ulid)
    written = [node_key(ulid, name) for name in WRITTEN_BY_NODE]
    written += [f"{prefix}{node_queue(ulid)}*", f"{prefix}_kombu.*", f"{prefix}unacked*"]
    return [
        "reset", "on", f"#{digest}", "resetchannels", "-@all", *(f"+{command}" for command in COMMANDS),
        f"+select|{db:d}", *(f"%RW~{key}" for key in written), f"%R~{node_key(ulid, ACKED)}",
    ]  # fmt: skip


def rules_digest(db: int = 0) -> str:
    """Return what changes when the rules do: users that were given other ones must be given anew."""
    return hashlib.sha256(" ".join(node_rules("0" * 26, "0" * 64, db)).encode()).hexdigest()


def acl_lines(nodes: Mapping[str, str], db: int = 0) -> list[str]:
    """Return the lines of an ACL file for nodes (ULID → password digest), in the order of their names."""
    return [f"user {node_user(ulid)} {' '.join(node_rules(ulid, nodes[ulid], db))}" for ulid in sorted(nodes)]


def merged_file(present: str, nodes: Mapping[str, str], db: int = 0) -> str:
    """Return an ACL file: the lines of `present` that are no Node's, then those of `nodes`."""
    kept = [line for line in present.splitlines() if line.strip() and not _is_of_node(line)]
    return "".join(f"{line}\n" for line in (*kept, *acl_lines(nodes, db)))


def strangers(users: Iterable[str], nodes: Iterable[str]) -> list[str]:
    """Return the users of the broker that look like a Node's and are none of `nodes` (ULIDs) any more."""
    wanted = {node_user(ulid) for ulid in nodes}
    return sorted(user for user in users if user.startswith(node_user("")) and user not in wanted)


def _is_of_node(line: str) -> bool:
    words = line.split()
    return len(words) > 1 and words[0] == "user" and words[1].startswith(node_user(""))

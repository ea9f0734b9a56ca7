"""The broker as the console uses it: its address, the users of the nodes, and its troubles as refusals."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings

from mining.configuration.broker_url import with_user, without_own_certificate
from mining.fleet.acl import merged_file, node_rules, rules_digest, strangers
from mining.fleet.keys import BEATS, CONSOLE_RULES, node_key, node_prefix, node_user
from mining.models import MemberState, NodeAccess
from mining.services.errors import ConflictError

if TYPE_CHECKING:
    import redis

MOST_BYTES = 8 << 20
"""More than this in a stream that a machine writes is no use of it: it is emptied, not read."""
_CHUNK = 500


def has_fleet() -> bool:
    """Whether this console has a broker."""
    return bool(str(settings.MINERCONSOLE_BROKER))


def broker_of_fleet() -> str:
    """Return the broker's address, with the console's user and password. Raises ConflictError (no_broker)."""
    url = str(settings.MINERCONSOLE_BROKER)
    if not url:
        raise ConflictError(
            "This console has no broker, so no other machine can belong to it",
            next_step="Set BROKER (redis://user:password@host:6379/0) and start the console again.",
            code="no_broker",
        )
    return url


def broker_for_node(ulid: str, password: str) -> str:
    """Return the broker's address for one node. Raises ConflictError (no_broker)."""
    url = str(settings.MINERCONSOLE_BROKER_PUBLIC) or without_own_certificate(broker_of_fleet())
    return with_user(url, node_user(ulid), password)


@contextlib.contextmanager
def broker_client() -> Iterator[redis.Redis]:
    """A client of the console; what goes wrong with it is a ConflictError (broker_away, broker_refused …)."""
    from mining.fleet.connection import BROKER_ERRORS, broker_trouble, connect  # consoles without a fleet have no redis

    url = broker_of_fleet()
    with contextlib.closing(connect(url)) as client:
        try:
            yield client
        except BROKER_ERRORS as error:
            trouble = broker_trouble(url, error)
            raise ConflictError(trouble.sentence, next_step="Try again when it does.", code=trouble.code) from None


def user_grant(client: redis.Redis, ulid: str, digest: str) -> None:
    """Give a node its user at the broker, or give it anew; what it beat before counts no more. Raises BROKER_ERRORS."""
    client.delete(node_key(ulid, BEATS))
    _acl(client, "SETUSER", node_user(ulid), *node_rules(ulid, digest, _database()))
    _save(client)


def user_take(client: redis.Redis, ulid: str) -> None:
    """Take a node's user away, end its connections, and forget its keys. Raises BROKER_ERRORS."""
    _acl(client, "DELUSER", node_user(ulid))
    _save(client)
    for key in client.scan_iter(f"{node_prefix(ulid)}*", count=_CHUNK):
        client.delete(key)


def users_sync() -> tuple[int, int]:
    """Make the users of the broker those of the rows; returns how many were given and taken. A broker that was started
    again, maybe with an older ACL file or none, or that knows them by older rules, is given all anew. Raises
    ConflictError."""
    wanted = wanted_users()
    with broker_client() as client:
        server: Any = client.info("server")
        rules = f"{rules_digest(_database())} {server.get('run_id', '')}"
        present = [_text(each) for each in _acl(client, "USERS")]
        good = set(present) if client.get(CONSOLE_RULES) == rules.encode() else set()
        missing = [ulid for ulid in wanted if node_user(ulid) not in good]
        for ulid in missing:
            _acl(client, "SETUSER", node_user(ulid), *node_rules(ulid, wanted[ulid], _database()))
        extra = strangers(present, wanted)
        if extra:
            _acl(client, "DELUSER", *extra)
        if missing or extra:
            _save(client)
        client.set(CONSOLE_RULES, rules)
    return len(missing), len(extra)


def acl_file_write(path: Path) -> int:
    """Write the nodes' lines into an ACL file and leave the others as they are; returns how many. For a broker that
    reads it at its start, or at ACL LOAD. Raises OSError."""
    nodes = wanted_users()
    text = merged_file(path.read_text() if path.exists() else "", nodes, _database())
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
    with open(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    return len(nodes)


def wanted_users() -> dict[str, str]:
    """ULID → password digest of all machines that may use the broker; a clone's may, so that it is seen."""
    rows = NodeAccess.objects.exclude(state=MemberState.LEFT).values_list("node__ulid", "password_digest")
    return dict(rows)


def _database() -> int:
    """The number of the database that nodes use, from the address that they are given."""
    path = urlsplit(str(settings.MINERCONSOLE_BROKER_PUBLIC) or str(settings.MINERCONSOLE_BROKER)).path.strip("/")
    return int(path) if path.isascii() and path.isdecimal() else 0


def _acl(client: redis.Redis, *words: str) -> Any:
    return client.execute_command("ACL", *words)  # type: ignore[no-untyped-call]


def _save(client: redis.Redis) -> None:
    """Into the broker's own ACL file; one without such a file gets its users again from `users_sync`."""
    from redis.exceptions import ResponseError

    with contextlib.suppress(ResponseError):
        _acl(client, "SAVE")


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)

"""What a leaked password of one node opens at a real Redis: its own queue and streams, nothing of anybody else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
import redis as redis_py
from redis.exceptions import AuthenticationError, NoPermissionError

from mining.engine.ulid import new_ulid
from mining.fleet.connection import connect
from mining.fleet.keys import ACKED, ANSWERS, BEATS, FRAMES, JOURNAL, node_key, node_prefix, node_queue
from tests.support.redis_server import RedisServer


class Thief:
    """A client with the password of node `mine`, which wants that of node `theirs`."""

    def __init__(self, client: redis_py.Redis, mine: str, theirs: str) -> None:
        self.client, self.mine, self.theirs = client, mine, theirs


@pytest.fixture(scope="module")
def thief(redis: RedisServer) -> Iterator[Thief]:
    """Two nodes; the second one has something in every key."""
    mine, theirs = new_ulid(), new_ulid()
    redis.add_node(theirs, "their-secret")
    with contextlib.closing(redis.client()) as console:
        for name in (FRAMES, JOURNAL, BEATS, ANSWERS):
            console.xadd(node_key(theirs, name), {"f": "1"})
        for ulid in (mine, theirs):
            console.set(node_key(ulid, ACKED), "a:1")
        console.lpush(node_prefix(theirs) + node_queue(theirs), "task")
    with contextlib.closing(connect(redis.add_node(mine, "my-secret"))) as client:
        yield Thief(client, mine, theirs)


def _refused(thief: Thief, *words: object) -> bool:
    try:
        thief.client.execute_command(*words)  # type: ignore[no-untyped-call]
    except NoPermissionError:
        return True
    return False


@pytest.mark.parametrize("name", [FRAMES, JOURNAL, BEATS, ANSWERS])
def test_no_stream_of_another_node_is_read_or_written(thief: Thief, name: str) -> None:
    key = node_key(thief.theirs, name)
    many = (
        ("XRANGE", key, "-", "+"), ("XREAD", "STREAMS", key, "0"), ("XADD", key, "*", "f", "2"), ("XLEN", key),
        ("XTRIM", key, "MAXLEN", "0"), ("DEL", key), ("EXISTS", key), ("TYPE", key),
    )  # fmt: skip
    assert [words for words in many if not _refused(thief, *words)] == []


def test_no_task_is_put_into_or_taken_from_the_queue_of_another_node(thief: Thief) -> None:
    queue = node_prefix(thief.theirs) + node_queue(thief.theirs)
    binding = f"{node_prefix(thief.theirs)}_kombu.binding.x"
    many = (
        ("LPUSH", queue, "x"), ("RPUSH", queue, "x"), ("RPOP", queue), ("BRPOP", queue, "1"), ("LLEN", queue),
        ("LRANGE", queue, "0", "-1"), ("SADD", binding, "y"),
    )  # fmt: skip
    assert [words for words in many if not _refused(thief, *words)] == []


def test_keys_of_two_nodes_in_one_call_are_refused_whole(thief: Thief) -> None:
    mine, theirs = (node_prefix(ulid) + node_queue(ulid) for ulid in (thief.mine, thief.theirs))
    assert _refused(thief, "BRPOP", mine, theirs, "1")
    assert _refused(thief, "XREAD", "STREAMS", node_key(thief.mine, FRAMES), node_key(thief.theirs, FRAMES), "0", "0")


def test_what_the_console_acknowledged_is_read_and_not_written(thief: Thief) -> None:
    key = node_key(thief.mine, ACKED)
    assert thief.client.get(key) == b"a:1"
    for words in (("SET", key, "z:9"), ("DEL", key), ("PEXPIRE", key, "1"), ("LPUSH", key, "x")):
        assert _refused(thief, *words), words
    assert _refused(thief, "GET", node_key(thief.theirs, ACKED))


@pytest.mark.parametrize(
    "words",
    [
        "KEYS *", "SCAN 0", "RANDOMKEY", "DBSIZE", "INFO", "CONFIG GET *", "CONFIG SET appendonly yes", "ACL LIST",
        "ACL WHOAMI", "ACL GETUSER console", "CLIENT LIST", "CLIENT KILL USER console", "MONITOR", "FLUSHALL",
        "FLUSHDB", "SHUTDOWN NOSAVE", "SAVE", "MODULE LIST", "REPLICAOF 127.0.0.1 1", "SLOWLOG GET", "MEMORY STATS",
        "SUBSCRIBE x", "PSUBSCRIBE *", "PUBLISH x y", "PUBSUB CHANNELS", "SWAPDB 0 1", "FUNCTION LIST",
        "LATENCY DOCTOR", "COMMAND", "LOLWUT", "SCRIPT FLUSH", "SCRIPT KILL", "WAIT 0 1", "FAILOVER",
    ],
)  # fmt: skip
def test_nothing_of_the_server_itself_is_seen_or_changed(thief: Thief, words: str) -> None:
    assert _refused(thief, *words.split())


def test_no_script_is_loaded_or_run_not_even_one_that_is_there(thief: Thief, redis: RedisServer) -> None:
    """One without an end would keep the broker from all nodes."""
    with contextlib.closing(redis.client()) as console:
        sha = console.script_load("return 1")
    many = (
        ("EVAL", "return 1", "0"), ("EVAL_RO", "return 1", "0"), ("EVALSHA", sha, "0"), ("EVALSHA_RO", sha, "0"),
        ("SCRIPT", "LOAD", "while true do end"), ("SCRIPT", "EXISTS", sha), ("FUNCTION", "LOAD", "x"),
        ("FCALL", "x", "0"), ("FCALL_RO", "x", "0"),
    )  # fmt: skip
    assert [words for words in many if not _refused(thief, *words)] == []


def test_another_database_of_the_server_is_not_selected(thief: Thief) -> None:
    assert _refused(thief, "SELECT", "1")
    thief.client.execute_command("SELECT", "0")  # type: ignore[no-untyped-call]


def test_without_a_password_or_with_a_wrong_one_nothing_opens(redis: RedisServer, thief: Thief) -> None:
    for user, password in (("default", ""), (f"node-{thief.mine}", "wrong"), (f"node-{thief.theirs}", "my-secret")):
        with contextlib.closing(connect(redis.url_of(user, password))) as client, pytest.raises(AuthenticationError):
            client.ping()

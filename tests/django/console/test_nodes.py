"""This computer registers itself: once, whoever asks, and trusts the console of its home."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from mining import __version__
from mining.engine.node_id import node_id_of
from mining.engine.signed_plan import (
    CONSOLE_KEY,
    NODE_KEY,
    PlanDocument,
    encode_document,
    opened,
    private_key_of,
    public_key_of,
    sign,
    trust_console,
    trusted_console,
)
from mining.fleet.membership import Membership, become_member
from mining.models import Event, Node
from mining.selectors.nodes import node_get, node_here, node_list
from mining.services import nodes
from mining.services.actors import COMMAND_LINE
from mining.services.errors import InvalidError, NotFoundError
from mining.services.nodes import hardware_facts, node_local, node_rename, trust_own_console
from tests.support.console import make_node

pytestmark = pytest.mark.django_db


def test_this_computer_registers_itself_once_with_its_key_and_its_facts(tmp_path: Path) -> None:
    node = node_local(tmp_path)
    assert node.ulid == (tmp_path / "node_id").read_text().strip() == node_id_of(tmp_path)
    assert node.public_key == public_key_of(private_key_of(tmp_path, NODE_KEY)).hex()
    assert (node.is_local, node.version) == (True, __version__)
    assert node.hardware["threads"] >= 1 and node.hardware["memory_bytes"] > 1 << 28
    assert node_local(tmp_path) == node == node_here()
    assert Event.objects.filter(kind="node.registered").count() == 1


def test_registering_again_writes_nothing(tmp_path: Path, django_assert_num_queries: Any) -> None:
    node_local(tmp_path)
    with django_assert_num_queries(1):
        node_local(tmp_path)
    assert Node.history.count() == 1


def test_new_facts_are_noted_and_the_name_a_person_gave_stays(tmp_path: Path) -> None:
    node_rename(COMMAND_LINE, node_local(tmp_path), name="cellar")
    Node.objects.update(version="0.0.1", hardware={})
    node = node_local(tmp_path)
    assert (node.name, node.version) == ("cellar", __version__) and node.hardware


def test_a_home_that_moved_to_another_computer_makes_that_one_the_local_node(tmp_path: Path) -> None:
    old = make_node("old", is_local=True)
    node_local(tmp_path)
    old.refresh_from_db()
    assert not old.is_local and Node.objects.filter(is_local=True).count() == 1


def test_the_node_follows_what_the_console_of_its_home_signs(tmp_path: Path) -> None:
    node = node_local(tmp_path)
    data = encode_document(PlanDocument(node.ulid, 1, {"COIN": "XMR"}))
    signature = sign(private_key_of(tmp_path, CONSOLE_KEY), data)
    assert opened(trusted_console(tmp_path), data, signature, node_id=node.ulid).values == {"COIN": "XMR"}
    trust_console(tmp_path, bytes(32))
    node_local(tmp_path)
    opened(trusted_console(tmp_path), data, signature, node_id=node.ulid)


def test_a_node_of_a_fleet_goes_on_to_follow_the_console_that_it_joined(tmp_path: Path) -> None:
    node = node_local(tmp_path)
    member = Membership(node.ulid, "cellar", "https://console", "owner", "redis://broker", 1.0)
    become_member(tmp_path, member, bytes(32))
    node_local(tmp_path)
    assert trusted_console(tmp_path) == bytes(32)
    (tmp_path / "secrets/fleet.json").write_text("damaged")
    node_local(tmp_path)
    assert trusted_console(tmp_path) == bytes(32)


def test_many_that_ask_at_once_agree_on_one_id(tmp_path: Path) -> None:
    found: list[str] = []
    barrier = threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        found.append(node_id_of(tmp_path))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1 and len(found[0]) == 26
    assert [path.name for path in tmp_path.iterdir()] == ["node_id"]


@pytest.mark.parametrize("content", ["", "too short\n", "\x00" * 40])
def test_an_id_file_that_was_cut_short_is_made_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / "node_id").write_text(content)
    first = node_id_of(tmp_path)
    assert len(first) == 26 and node_id_of(tmp_path) == first


def test_two_that_found_no_row_make_one(tmp_path: Path) -> None:
    facts = {"public_key": "", "is_local": True, "version": "1", "hardware": {}}
    first, second = nodes._registered("A" * 26, facts), nodes._registered("A" * 26, facts | {"version": "2"})
    assert first == second and node_here().version == "2"
    assert Event.objects.filter(kind="node.registered").count() == 1


def test_many_threads_that_make_the_keys_at_once_agree_on_them(tmp_path: Path) -> None:
    found: list[bytes] = []
    barrier = threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        found.append(private_key_of(tmp_path, NODE_KEY) + trust_own_console(tmp_path))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    assert trusted_console(tmp_path) == public_key_of(private_key_of(tmp_path, CONSOLE_KEY))
    names = sorted(path.name for path in (tmp_path / "secrets").iterdir())
    assert names == ["console.key", "console.pub", "node.key"]


def test_the_facts_are_read_from_a_given_root(tmp_path: Path) -> None:
    facts = hardware_facts(tmp_path)
    assert facts["cpu"] == "unknown CPU" and facts["memory_bytes"] == 0 and facts["quota"] is None


def test_a_node_is_found_by_its_ulid_or_name(tmp_path: Path) -> None:
    node = make_node("Cellar")
    assert node_get(node.ulid.lower()) == node_get("cellar") == node
    with pytest.raises(NotFoundError, match="Did you mean 'Cellar'"):
        node_get("celar")
    with pytest.raises(NotFoundError, match="no node of the console yet"):
        node_here()
    with pytest.raises(InvalidError, match="Enter a name"):
        node_rename(COMMAND_LINE, node, name=" ")


def test_listing_nodes_takes_one_query_however_many_there_are(django_assert_num_queries: Any) -> None:
    for _ in range(3):
        make_node()
        with django_assert_num_queries(1):
            assert all(node.latest_version is None for node in node_list())  # type: ignore[attr-defined]

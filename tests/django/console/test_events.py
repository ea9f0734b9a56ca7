"""The event log: everything masked that must be, found by what people ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from mining.models import Event
from mining.selectors.events import event_list
from mining.services.actors import COMMAND_LINE, Role
from mining.services.events import event_record, masked_change
from tests.support.console import MONERO_ADDRESSES, make_actor, make_node, make_pool

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("old", "new", "shown_old", "shown_new"),
    [
        ({"password": ""}, {"password": "a"}, {"password": ""}, {"password": "set"}),
        ({"password": "a"}, {"password": "b"}, {"password": "set"}, {"password": "changed"}),
        ({"rpc_password": "a"}, {"rpc_password": ""}, {"rpc_password": "set"}, {"rpc_password": ""}),
        ({"POOL_1_PASSWORD": "a"}, {}, {"POOL_1_PASSWORD": "set"}, {}),
        ({"address": MONERO_ADDRESSES[0]}, {}, {"address": "44AFFq…3A"}, {}),
        ({"WALLET": MONERO_ADDRESSES[0]}, {}, {"WALLET": "44AFFq…3A"}, {}),
        ({"note": "1f" * 32}, {}, {"note": "(not shown)"}, {}),
        ({"tls_fingerprint": "1f" * 32}, {}, {"tls_fingerprint": "1f" * 32}, {}),
        ({"wallet_name": "savings of ann"}, {}, {"wallet_name": "savings of ann"}, {}),
        ({"n": 5, "list": ["a", "1f" * 32], "in": {"token": "x"}}, {},
         {"n": 5, "list": ["a", "(not shown)"], "in": {"token": "set"}}, {}),
    ],
)  # fmt: skip
def test_values_are_masked_by_the_name_of_their_key(
    old: dict[str, Any], new: dict[str, Any], shown_old: dict[str, Any], shown_new: dict[str, Any]
) -> None:
    assert masked_change(old, new) == (shown_old, shown_new)


def test_an_event_says_who_where_from_and_about_what() -> None:
    actor, node, pool = make_actor(Role.OPERATOR), make_node(), make_pool()
    event = event_record(actor, kind="pool.tested", sentence="s" * 500, level="warning", node=node, target=pool)
    event.refresh_from_db()
    assert (event.actor, event.user_id, event.address) == (actor.name, actor.user_id, "127.0.0.1")
    assert (event.target_kind, event.target_id, event.node) == ("pool", str(pool.pk), node)
    assert len(event.sentence) == 400 and abs(timezone.now() - event.at) < timedelta(minutes=1)


def test_events_are_found_by_kind_level_node_actor_target_time_and_text() -> None:
    node = make_node("rig")
    first = event_record(COMMAND_LINE, kind="plan.applied", sentence="one", node=node, target=node)
    second = event_record(COMMAND_LINE, kind="planet.seen", sentence="two", level="error")
    Event.objects.filter(pk=first.pk).update(at=timezone.now() - timedelta(days=2))
    yesterday = timezone.now() - timedelta(days=1)
    assert [list(event_list(**wanted)) for wanted in (
        {"kind": "plan"}, {"kind": "planet.seen"}, {"level": "error"}, {"node": node}, {"text": "ONE"},
        {"since": yesterday}, {"until": yesterday}, {"target_kind": "node", "target_id": str(node.pk)},
        {"actor": "somebody"},
    )] == [[first], [second], [second], [first], [first], [second], [first], [first], []]  # fmt: skip
    assert list(event_list()) == [second, first]


def test_listing_events_takes_one_query_however_many_there_are(django_assert_num_queries: Any) -> None:
    for number in range(3):
        event_record(make_actor(), kind="a.b", sentence=str(number), node=make_node())
        with django_assert_num_queries(1):
            assert all(event.node and event.user for event in event_list(kind="a"))

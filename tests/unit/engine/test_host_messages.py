"""Orders and events between Supervisor and Host: small packets that come back as they were sent."""

from __future__ import annotations

import msgspec
import pytest

from mining.engine.host_messages import MAX_PACKET, HostEvent, Order

ORDERS = [
    Order("prepare_seed", epoch=3, seed="ab" * 32, threads=64, is_built=True),
    Order("start_worker", slot=7, core=12),
    Order("kill_worker", slot=1, signal=9),
    Order("start_verifier", epoch=3),
    Order("exit"),
]
EVENTS = [
    HostEvent("ready", pid=4),
    HostEvent("progress", done=0.5),
    HostEvent("seed_ready", epoch=3, seconds=5.5, probes=[("00" * 32, "11" * 32)] * 4),
    HostEvent("worker_exited", pid=9, slot=2, exit_code=0, signal=11),
    HostEvent("failed", sentence="the RandomX cache (256 MiB) could not be allocated"),
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.op)
def test_an_order_comes_back_as_it_was_sent(order: Order) -> None:
    packet = msgspec.json.encode(order)
    assert msgspec.json.decode(packet, type=Order) == order and len(packet) < MAX_PACKET


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event)
def test_an_event_comes_back_as_it_was_sent(event: HostEvent) -> None:
    packet = msgspec.json.encode(event)
    assert msgspec.json.decode(packet, type=HostEvent) == event and len(packet) < MAX_PACKET

"""Sums of a fleet: live and late Nodes only, per algorithm."""

from __future__ import annotations

import msgspec
import pytest

from mining.fleet.gist import Gist, gist_of
from mining.fleet.presence import Presence
from mining.selectors.fleet_totals import Sight, fleet_totals
from mining.telemetry.frame import Rates, Shares
from tests.support.frames import mining_frame


def _gist(**changes: object) -> Gist:
    data = msgspec.json.encode({"event": "frame", **msgspec.to_builtins(mining_frame())})
    gist = gist_of(data)
    assert gist is not None
    return msgspec.structs.replace(gist, **changes)


def test_rates_of_two_algorithms_are_not_added() -> None:
    sights = [
        Sight("A", 0.5, _gist(hashrate_hps=Rates(100.0, 90.0, None))),
        Sight("B", 9.9, _gist(hashrate_hps=Rates(50.0, None, None))),
        Sight("C", 1.0, _gist(algorithm="scrypt", hashrate_hps=Rates(7.0, 7.0, 7.0))),
    ]
    totals = fleet_totals(sights)
    assert [(each.algorithm, each.nodes, each.s10, each.s60, each.m15) for each in totals.algorithms] == [
        ("rx/0", 2, 150.0, 90.0, None), ("scrypt", 1, 7.0, 7.0, 7.0),
    ]  # fmt: skip


@pytest.mark.parametrize("age_s", [10.1, 61.0, None])
def test_a_node_that_was_not_heard_lately_is_in_no_sum(age_s: float | None) -> None:
    totals = fleet_totals([Sight("A", age_s, _gist()), Sight("B", 1.0, _gist(hashrate_hps=Rates(1.0)))])
    assert [each.s10 for each in totals.algorithms] == [1.0] and totals.nodes == 2


def test_every_state_is_counted_by_name() -> None:
    totals = fleet_totals([Sight(str(age), age) for age in (None, 1.0, 2.0, 5.0, 20.0, 100.0)])
    assert totals.presence == {
        Presence.LIVE: 2, Presence.LATE: 1, Presence.STALE: 1, Presence.OFFLINE: 1, Presence.NEVER: 1,
    }  # fmt: skip
    assert totals.algorithms == []


def test_shares_are_summed_and_demonstrations_and_unmeasured_nodes_are_told() -> None:
    shares = Shares(found=10, accepted=5, rejected=2, stale=1, lost=1, in_flight=1, difficulty_accepted=500)
    (total,) = fleet_totals(
        [
            Sight("A", 1.0, _gist(shares=shares)),
            Sight("B", 1.0, _gist(shares=shares, offline=True, hashrate_hps=Rates())),
        ]
    ).algorithms
    assert (total.found, total.accepted, total.rejected, total.stale, total.lost) == (20, 10, 4, 2, 2)
    assert (total.in_flight, total.difficulty_accepted, total.demonstrations, total.unmeasured) == (2, 1000, 1, 1)
    assert total.found == total.accepted + total.rejected + total.stale + total.lost + total.in_flight


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"v":1}', b"\xff"])
def test_what_is_no_frame_has_no_gist(data: bytes) -> None:
    assert gist_of(data) is None

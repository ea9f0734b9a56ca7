"""LeaseGrants: every wanted core has the lease it works on and the next one, of the ledger's disjoint ranges."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mining.engine.boards import Counter, Lease
from mining.engine.lease_grants import LeaseGrants
from mining.engine.leases import NonceLedger
from tests.unit.engine.fake_crew import FakeCrew


def _grants(crew: FakeCrew, count: int, chunk: int, generation: int = 1) -> LeaseGrants:
    return LeaseGrants(crew.as_crew(), generation, NonceLedger(0, count, chunk=chunk, cores=0))


def _works_on(crew: FakeCrew, slot: int, generation: int, serial: int) -> None:
    row = crew.counters.row(slot)
    row[Counter.LEASE], row[Counter.GENERATION] = serial, generation
    row.release()


def test_every_wanted_core_gets_two_leases_before_it_asks(crew: FakeCrew) -> None:
    assert _grants(crew, 1000, 10).top_up()
    assert [crew.work.read_lease(0, serial) for serial in (0, 1)] == [Lease(1, 0, 0, 10), Lease(1, 1, 10, 20)]
    assert [crew.work.read_lease(1, serial) for serial in (0, 1)] == [Lease(1, 0, 20, 30), Lease(1, 1, 30, 40)]


def test_topping_up_again_without_news_gives_nothing(crew: FakeCrew) -> None:
    ledger = NonceLedger(0, 1000, chunk=10, cores=0)
    grants = LeaseGrants(crew.as_crew(), 1, ledger)
    grants.top_up()
    assert grants.top_up() and ledger.take() == (40, 50)


def test_the_next_lease_stands_while_a_core_works_on_its_last(crew: FakeCrew) -> None:
    grants = _grants(crew, 1000, 10)
    grants.top_up()
    _works_on(crew, 0, generation=1, serial=1)
    grants.top_up()
    assert crew.work.read_lease(0, 2) == Lease(1, 2, 40, 50)
    assert crew.work.read_lease(0, 1) == Lease(1, 1, 10, 20), "the one it works on is not overwritten"


def test_a_core_that_still_works_on_an_older_job_gets_the_first_leases_of_the_new_one(crew: FakeCrew) -> None:
    _works_on(crew, 0, generation=1, serial=9)
    _grants(crew, 1000, 10, generation=2).top_up()
    assert crew.work.read_lease(0, 0) == Lease(2, 0, 0, 10)
    assert crew.work.read_lease(0, 1) == Lease(2, 1, 10, 20)


def test_a_core_that_joins_later_gets_what_nobody_has(crew: FakeCrew) -> None:
    crew.slots[1].is_wanted = False
    grants = _grants(crew, 1000, 10)
    grants.top_up()
    assert crew.work.read_lease(1, 0) is None
    crew.slots[1].is_wanted = True
    grants.top_up()
    assert crew.work.read_lease(1, 0) == Lease(1, 0, 20, 30)


def test_a_used_up_space_is_told_and_nothing_is_granted_twice(crew: FakeCrew) -> None:
    grants = _grants(crew, 30, 10)
    assert not grants.top_up()
    assert not grants.top_up()
    assert crew.work.read_lease(1, 0) == Lease(1, 0, 20, 30) and crew.work.read_lease(1, 1) is None


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=60),
    count=st.integers(1, 400),
    chunk=st.integers(1, 20),
)
def test_no_nonce_is_granted_twice_whatever_cores_do(steps: list[tuple[int, bool]], count: int, chunk: int) -> None:
    crew = FakeCrew(3)
    grants = _grants(crew, count, chunk)
    seen: dict[tuple[int, int], Lease] = {}
    serials = [-1, -1, -1]
    for slot, toggles in steps:
        grants.top_up()
        for at in range(3):
            for serial in range(max(0, serials[at]), serials[at] + 3):
                lease = crew.work.read_lease(at, serial)
                if lease is not None:
                    assert seen.setdefault((at, serial), lease) == lease, "a granted lease never changes"
        if toggles:
            crew.slots[slot].is_wanted = not crew.slots[slot].is_wanted
        elif crew.work.read_lease(slot, serials[slot] + 1) is not None:
            serials[slot] += 1
            _works_on(crew, slot, generation=1, serial=serials[slot])
    ranges = sorted((lease.start, lease.end) for lease in seen.values())
    assert all(before[1] <= after[0] for before, after in pairwise(ranges))
    assert not ranges or ranges[-1][1] <= count
    crew.close()

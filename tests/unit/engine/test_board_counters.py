"""The counter board: rows of their own, absolute, seen by every mapping."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mining.engine.boards import COUNTER_WORDS, Counter, CounterBoard


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(slot=st.integers(0, 3), counter=st.sampled_from(Counter), value=st.integers(0, (1 << 64) - 1))
def test_a_store_changes_one_word_of_one_slot(counters: CounterBoard, slot: int, counter: Counter, value: int) -> None:
    before = counters.words.tolist()
    row = counters.row(slot)
    row[counter] = value
    row.release()
    before[slot * COUNTER_WORDS + counter] = value
    assert counters.words.tolist() == before


def test_what_a_worker_stores_another_mapping_reads(counters: CounterBoard) -> None:
    theirs = CounterBoard(os.dup(counters.fd), counters.slots)
    row = theirs.row(1)
    row[Counter.HASHES] += 3
    row.release()
    assert counters.read(1, Counter.HASHES) == 3 and counters.read(0, Counter.HASHES) == 0
    theirs.close()
    assert counters.read(1, Counter.HASHES) == 3, "counts survive the mapping of a dead worker"

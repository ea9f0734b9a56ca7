"""CpuTimeMeter: achieved intensity from the CPU time of workers that come and go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.telemetry.achieved import CpuTimeMeter

SECOND = 1_000_000_000


@pytest.mark.parametrize("percent", [10, 25, 50, 100])
@pytest.mark.parametrize("cores", [1, 4])
def test_the_percent_is_cpu_time_over_the_time_of_the_chosen_cores(percent: int, cores: int) -> None:
    meter = CpuTimeMeter()
    for second in range(15):
        meter.add(float(second), {slot: second * SECOND * percent // 100 for slot in range(cores)})
    assert meter.percent(cores) == pytest.approx(percent)


def test_a_worker_that_was_forked_anew_counts_from_zero() -> None:
    meter = CpuTimeMeter()
    times = [5.0, 6.0, 0.5, 1.5, 2.5]  # killed between the second and the third sample
    for second, used in enumerate(times):
        meter.add(float(second), {0: int(used * SECOND)})
    assert meter.percent(1) == pytest.approx((1 + 0.5 + 1 + 1) / 4 * 100, abs=0.1)


def test_nothing_is_said_before_it_is_known() -> None:
    meter = CpuTimeMeter()
    assert meter.percent(1) is None
    meter.add(0.0, {0: 1})
    assert meter.percent(1) is None
    meter.add(1.0, {0: SECOND})
    assert meter.percent(0) is None


def test_a_change_begins_anew_and_forgets_no_worker() -> None:
    meter = CpuTimeMeter()
    for second in range(10):
        meter.add(float(second), {0: second * SECOND})
    meter.clear()
    assert meter.percent(1) is None
    meter.add(10.0, {0: 9 * SECOND + SECOND // 2})
    meter.add(11.0, {0: 9 * SECOND + SECOND * 3 // 4})
    assert meter.percent(1) == pytest.approx(25)


@given(samples=st.lists(st.dictionaries(st.integers(0, 3), st.integers(0, 1 << 40)), min_size=2, max_size=20))
def test_the_percent_stays_between_0_and_100_whatever_is_read(samples: list[dict[int, int]]) -> None:
    meter = CpuTimeMeter()
    for second, sample in enumerate(samples):
        meter.add(float(second), sample)
    percent = meter.percent(4)
    assert percent is not None and 0.0 <= percent <= 100.0

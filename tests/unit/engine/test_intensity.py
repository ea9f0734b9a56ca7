"""RestAccount on a simulated clock: the share of time that is used is the share that was asked for."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.engine.intensity import CREDIT_NS, OWED_NS, PIECE_NS, RestAccount

SECOND = 1_000_000_000


class _Core:
    """One core: hashes take time, sleeps last a little longer than asked."""

    def __init__(self, percent: int, seed: int = 0) -> None:
        self.account = RestAccount()
        self.account.start(percent)
        self.cpu_ns, self.wall_ns = 5 * SECOND, 77 * SECOND
        self.longest_sleep_s = 0.0
        self._random = random.Random(seed)

    def hash(self, took_ns: int) -> None:
        self.cpu_ns += took_ns
        self.wall_ns += took_ns
        while (owed_s := self.account.owed_s(self.cpu_ns, self.wall_ns)) > 0:
            self.longest_sleep_s = max(self.longest_sleep_s, owed_s)
            self.wall_ns += int(owed_s * 1e9) + self._random.randrange(0, 3_000_000)

    def share(self, hash_ns: int, seconds: int, jitter: float = 0.0) -> float:
        """Percent of the time used over at least `seconds`."""
        self.hash(hash_ns)
        cpu, wall = self.cpu_ns, self.wall_ns
        while self.wall_ns - wall < seconds * SECOND:
            self.hash(int(hash_ns * self._random.uniform(1 - jitter, 1 + jitter)))
        return (self.cpu_ns - cpu) / (self.wall_ns - wall) * 100


@settings(max_examples=40, deadline=None)
@given(
    percent=st.sampled_from([10, 25, 50, 75]),
    hash_ms=st.integers(1, 60),
    jitter=st.floats(0, 0.5),
    seed=st.integers(0, 999),
)
def test_the_achieved_share_is_within_two_points(percent: int, hash_ms: int, jitter: float, seed: int) -> None:
    core = _Core(percent, seed)
    assert abs(core.share(hash_ms * 1_000_000, seconds=20, jitter=jitter) - percent) < 2


@settings(max_examples=60, deadline=None)
@given(percent=st.integers(1, 99), hash_ms=st.integers(1, 60))
def test_no_piece_of_rest_is_longer_than_200_ms_or_shorter_than_50(percent: int, hash_ms: int) -> None:
    account = RestAccount()
    account.start(percent)
    cpu = wall = SECOND
    for _ in range(200):
        owed_s = account.owed_s(cpu, wall)
        assert owed_s == 0 or OWED_NS / 1e9 < owed_s <= PIECE_NS / 1e9
        wall += int(owed_s * 1e9)
        if not owed_s:
            cpu, wall = cpu + hash_ms * 1_000_000, wall + hash_ms * 1_000_000


def test_the_first_look_opens_the_account_and_owes_nothing() -> None:
    account = RestAccount()
    account.start(10)
    assert account.owed_s(50 * SECOND, 60 * SECOND) == 0
    assert account.owed_s(50 * SECOND + OWED_NS, 60 * SECOND + OWED_NS) > 0


def test_full_intensity_never_rests() -> None:
    core = _Core(100)
    for _ in range(1000):
        core.hash(3_000_000)
    assert core.longest_sleep_s == 0


def test_the_same_percent_again_keeps_the_debt_and_another_forgives_it() -> None:
    account = RestAccount()
    account.start(10)
    account.owed_s(SECOND, SECOND)
    account.start(10)
    assert account.owed_s(SECOND + OWED_NS, SECOND + OWED_NS) == PIECE_NS / 1e9
    account.start(50)
    assert account.owed_s(SECOND + OWED_NS, SECOND + OWED_NS) == 0


def test_time_in_a_pause_is_neither_owed_nor_credited() -> None:
    core = _Core(50)
    core.share(5_000_000, seconds=2)
    core.account.stop()
    core.wall_ns += 3600 * SECOND
    core.account.start(50)
    assert abs(core.share(5_000_000, seconds=10) - 50) < 2


@pytest.mark.parametrize("away_s", [1, 10, 3600])
def test_a_starved_worker_does_not_burst_for_longer_than_the_capped_credit(away_s: int) -> None:
    core = _Core(50)
    core.share(5_000_000, seconds=2)
    core.wall_ns += away_s * SECOND
    before = core.wall_ns
    while not core.longest_sleep_s or core.wall_ns - before < SECOND // 10:
        core.longest_sleep_s = 0.0
        core.hash(5_000_000)
    burst_ns = core.wall_ns - before
    assert burst_ns <= CREDIT_NS + 2 * PIECE_NS

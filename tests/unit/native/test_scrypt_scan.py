"""The scan of nonces by our kernels, and the same by hashlib: what is found, what is counted, and what stops it."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from mining.engine.boards import COUNTER_WORDS, GENERATION_AT, BoardJob, Command, Counter, CounterBoard, WorkBoard
from mining.native.hash_loop import LoopEnd
from mining.native.scrypt_hashlib import HashlibMachine
from mining.native.scrypt_kernel import ScanState, ScryptKernel, ScryptMachine
from tests.unit.native.plain_scrypt import oracle
from tests.unit.native.scrypt_builds import four_lane_kernel_in, scrypt_kernel_in

N = 16
SLOT = 1
ANY_HASH = (1 << 256) - 1
HEADER = bytes(range(76)) + b"\xee" * 4
DEADLINE_S = 60
Machine = ScryptMachine | HashlibMachine


def hash_of(nonce: int) -> bytes:
    """The hash that `nonce` must have."""
    return oracle(HEADER[:76] + nonce.to_bytes(4, "little"), N)


def number_of(nonce: int) -> int:
    """Its hash as the number that is compared with the target."""
    return int.from_bytes(hash_of(nonce), "little")


class Bench:
    """Boards, and a machine that scans a range over them."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.work, self.counters = WorkBoard.create(2), CounterBoard.create(2)
        self.row = self.counters.row(SLOT)
        self._header = ctypes.create_string_buffer(HEADER, 80)
        self.publish(1)

    def publish(self, generation: int) -> None:
        """Change the job."""
        self.work.publish(BoardJob(generation, 3, 0, HEADER, 76, 4, target=0))

    def scan_of(self, start: int, end: int, *, target: int = 0, percent: int = 100) -> ScanState:
        """A state for nonces [start, end)."""
        self.work.write_intensity(SLOT, percent)
        state = ScanState(
            board=self.work.address,
            row=self.counters.address + SLOT * COUNTER_WORDS * 8,
            header=ctypes.addressof(self._header),
            generation_at=GENERATION_AT,
            command_at=self.work.command_at(SLOT),
            intensity_at=self.work.command_at(SLOT) + 1,
            generation=self.work.generation,
            command=self.work.write_command(SLOT, Command.RUN),
            intensity=percent,
            cursor=start,
            end=end,
        )
        state.set_target(target)
        return state

    def found(self, state: ScanState) -> list[tuple[int, bytes]]:
        """All candidates until the range ends."""
        candidates = []
        while self.machine.scan(state) is LoopEnd.CANDIDATE:
            candidates.append(state.found)
        return candidates


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> ScryptKernel:
    return scrypt_kernel_in(tmp_path_factory.mktemp("native"))


@pytest.fixture(scope="module")
def four_lanes(tmp_path_factory: pytest.TempPathFactory) -> ScryptKernel:
    return four_lane_kernel_in(tmp_path_factory.mktemp("native"))


@pytest.fixture(params=["kernel", "four_lanes", "hashlib"])
def bench_with(request: pytest.FixtureRequest) -> Iterator[Callable[[int], Bench]]:
    """Makes a bench with a machine for an N."""
    machines: list[Machine] = []

    def made(n: int) -> Bench:
        is_own = request.param != "hashlib"
        machines.append(ScryptMachine(request.getfixturevalue(request.param), n) if is_own else HashlibMachine(n))
        return Bench(machines[-1])

    yield made
    for machine in machines:
        machine.destroy()


@pytest.fixture
def bench(bench_with: Callable[[int], Bench]) -> Bench:
    return bench_with(N)


def test_each_nonce_comes_once_with_its_own_hash(bench: Bench) -> None:
    start, end = 0x01020300, 0x01020300 + 3 * bench.machine.lanes + 1
    state = bench.scan_of(start, end, target=ANY_HASH)
    assert bench.found(state) == [(nonce, hash_of(nonce)) for nonce in range(start, end)]


def test_exactly_the_nonces_below_the_target_are_found(bench: Bench) -> None:
    target = sorted(number_of(nonce) for nonce in range(100, 200))[9]  # the tenth
    state = bench.scan_of(100, 200, target=target)
    assert [nonce for nonce, _ in bench.found(state)] == [n for n in range(100, 200) if number_of(n) <= target]


@pytest.mark.parametrize("bit", [0, 63, 64, 128, 192])
def test_the_target_is_compared_with_all_its_256_bits(bench: Bench, bit: int) -> None:
    number = number_of(7)
    assert [nonce for nonce, _ in bench.found(bench.scan_of(7, 8, target=number))] == [7]
    assert bench.found(bench.scan_of(7, 8, target=number - (1 << bit))) == []
    assert [nonce for nonce, _ in bench.found(bench.scan_of(7, 8, target=number + (1 << bit)))] == [7]


def test_every_hash_is_counted_once(bench: Bench) -> None:
    bench.row[Counter.HASHES] = 1000
    state = bench.scan_of(50, 150, target=number_of(60))
    bench.found(state)
    expected = 0
    for nonce in range(50, 150):
        expected ^= number_of(nonce) >> 192
    assert (bench.row[Counter.HASHES], bench.row[Counter.XOR]) == (1100, expected)
    assert state.cursor == bench.row[Counter.CURSOR] == 150


def test_the_last_nonce_of_all_is_scanned_and_no_other_after_it(bench: Bench) -> None:
    state = bench.scan_of((1 << 32) - 2, 1 << 32, target=ANY_HASH)
    assert [nonce for nonce, _ in bench.found(state)] == [(1 << 32) - 2, (1 << 32) - 1]
    assert bench.machine.scan(state) is LoopEnd.ENDED and bench.row[Counter.HASHES] == 2


def test_a_range_beyond_the_nonce_s_32_bits_is_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="4294967297"):
        bench.machine.scan(bench.scan_of(0, (1 << 32) + 1))


def test_times_and_the_first_hash_are_kept(bench: Bench) -> None:
    before = time.monotonic_ns()
    bench.machine.scan(bench.scan_of(0, 40))
    first, last = bench.row[Counter.FIRST_HASH_NS], bench.row[Counter.LAST_HASH_NS]
    assert before <= first <= last == bench.row[Counter.BEAT_NS] <= time.monotonic_ns()
    assert bench.row[Counter.CPU_NS] > 0
    bench.machine.scan(bench.scan_of(40, 50))
    assert bench.row[Counter.FIRST_HASH_NS] == first


def test_cpu_time_is_stored_no_more_often_than_wanted(bench: Bench) -> None:
    state = bench.scan_of(0, 10)
    state.cpu_every_ns, state.cpu_at_ns = 1 << 62, time.monotonic_ns()
    bench.machine.scan(state)
    assert bench.row[Counter.CPU_NS] == 0


def test_below_full_intensity_it_comes_back_after_each_group(bench: Bench) -> None:
    lanes = bench.machine.lanes
    state = bench.scan_of(0, 2 * lanes + 1, percent=50)
    assert [bench.machine.scan(state) for _ in range(4)] == [LoopEnd.REST] * 3 + [LoopEnd.ENDED]
    assert bench.row[Counter.HASHES] == 2 * lanes + 1


@pytest.mark.parametrize("word", ["generation", "command", "intensity"])
def test_nothing_is_hashed_for_a_board_that_says_something_else(bench: Bench, word: str) -> None:
    state = bench.scan_of(5, 50, target=ANY_HASH)
    if word == "generation":
        bench.publish(2)
    elif word == "command":
        bench.work.write_command(SLOT, Command.PARK)
    else:
        bench.work.write_intensity(SLOT, 60)
    assert bench.machine.scan(state) is LoopEnd.ENDED
    assert (state.cursor, bench.row[Counter.HASHES]) == (5, 0)


@pytest.mark.parametrize("word", ["generation", "command"])
def test_a_change_of_the_board_ends_a_running_scan_with_exact_counts(bench: Bench, word: str) -> None:
    state = bench.scan_of(0, 1 << 32)
    endings: list[LoopEnd] = []
    thread = threading.Thread(target=lambda: endings.append(bench.machine.scan(state)))
    thread.start()
    _wait_for(lambda: bench.row[Counter.HASHES] > 20)
    if word == "generation":
        bench.publish(2)
    else:
        bench.work.write_command(SLOT, Command.PARK)
    thread.join(DEADLINE_S)
    assert endings == [LoopEnd.ENDED]
    assert bench.row[Counter.HASHES] == bench.row[Counter.CURSOR] == state.cursor < 1 << 32


def test_a_job_that_comes_ends_the_scan_with_the_group_that_is_being_hashed(
    bench_with: Callable[[int], Bench],
) -> None:
    bench = bench_with(4096)  # so long a hash that the job nearly always comes in the middle of one
    state = bench.scan_of(0, 1 << 32)
    thread = threading.Thread(target=lambda: bench.machine.scan(state))
    thread.start()
    _wait_for(lambda: bench.row[Counter.HASHES] > 0)
    bench.publish(2)
    done = bench.row[Counter.HASHES]
    thread.join(DEADLINE_S)
    assert not thread.is_alive()
    assert done <= bench.row[Counter.HASHES] <= done + bench.machine.lanes


def test_the_cursor_stands_beyond_the_group_that_is_being_hashed(bench_with: Callable[[int], Bench]) -> None:
    bench = bench_with(4096)  # so long a hash that nearly every look falls into one
    state = bench.scan_of(0, 1 << 32)
    thread = threading.Thread(target=lambda: bench.machine.scan(state))
    thread.start()
    _wait_for(lambda: bench.row[Counter.CURSOR] > 0)
    groups: dict[int, int] = {}  # once each, so that a scan which waits for its core between two does not count often
    while len(groups) < 60:
        before, cursor, after = (bench.row[at] for at in (Counter.HASHES, Counter.CURSOR, Counter.HASHES))
        if before == after:
            groups[before] = max(groups.get(before, 0), cursor - before)
        time.sleep(0)
    bench.work.write_command(SLOT, Command.EXIT)
    thread.join(DEADLINE_S)
    assert not thread.is_alive()
    assert list(groups.values()).count(bench.machine.lanes) > len(groups) / 2


def test_it_goes_on_after_a_candidate_until_the_board_changes(bench: Bench) -> None:
    state = bench.scan_of(0, 1000, target=ANY_HASH)
    assert bench.machine.scan(state) is LoopEnd.CANDIDATE and state.nonce == 0
    assert bench.machine.scan(state) is LoopEnd.CANDIDATE and state.nonce == 1
    bench.work.write_command(SLOT, Command.PARK)
    left = [nonce for nonce, _ in bench.found(state)]
    assert left == list(range(2, bench.row[Counter.HASHES]))  # what was hashed already is handed over


def _wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not is_so():
        assert time.monotonic() < deadline, "nothing happened"

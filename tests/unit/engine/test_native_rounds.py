"""The C hash loop against the counters it must keep, with a hash function of ours."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mining.engine.boards import BoardJob, Command, Counter, CounterBoard, WorkBoard
from mining.engine.native_rounds import NativeRounds
from mining.native.build import built_hash_loop
from mining.native.hash_loop import LoopEnd, NativeLoop

JOB = BoardJob(1, 1, 1, bytes(76), 39, 4, target=(5 << 192) - 1)
_NEXT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)


class Bench:
    """Boards, a machine whose hash of nonce n has n as its top word, and the loop over them."""

    def __init__(self, loop: NativeLoop, *, percent: int = 100) -> None:
        self.work, self.counters = WorkBoard.create(2), CounterBoard.create(2)
        self.row = self.counters.row(1)
        self.inputs: list[int] = []
        self.cursors: list[int] = []
        self.stop_at = -1
        self._before = 0
        self._callback = _NEXT(self._next)
        self.machine = SimpleNamespace(
            pointer=0, is_v2=False, hash_buffer=ctypes.create_string_buffer(32), next=self._callback
        )
        self.work.publish(JOB)
        self.work.write_intensity(1, percent)
        self.word = self.work.write_command(1, Command.RUN)
        self.rounds = NativeRounds(
            loop,
            library=cast(Any, None),
            machine=cast(Any, self.machine),
            work=self.work,
            counters=self.counters,
            slot=1,
        )
        self.blob = ctypes.create_string_buffer(JOB.blob, 76)
        self.percent = percent

    def _next(self, machine: int, data: int, size: int, output: int) -> None:
        nonce = int.from_bytes(ctypes.string_at(data, size)[39:43], "little")
        self.inputs.append(nonce)
        self.cursors.append(self.row[Counter.CURSOR])
        ctypes.memmove(output, bytes(24) + self._before.to_bytes(8, "little"), 32)
        self._before = nonce
        if nonce == self.stop_at:
            self.work.write_command(1, Command.PARK)

    def begin(self, start: int, end: int) -> None:
        """Lease [start, end) with the nonce start - 1 in flight."""
        self._before = start - 1
        self.rounds.begin(
            JOB, self.blob, command=self.word, percent=self.percent, cursor=start, end=end, in_flight=start - 1
        )


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NativeLoop]:
    if not any(shutil.which(name) for name in ("cc", "gcc", "clang")):
        pytest.skip("no C compiler")
    path, sentence = built_hash_loop(tmp_path_factory.mktemp("native"))
    assert path is not None, sentence
    yield NativeLoop(path)


def test_every_nonce_is_started_once_and_counted_once(loop: NativeLoop) -> None:
    bench = Bench(loop)
    bench.begin(100, 150)
    assert bench.rounds.run() is LoopEnd.ENDED
    assert bench.inputs == list(range(100, 150))
    assert bench.row[Counter.HASHES] == 50
    assert bench.rounds.in_flight == 149
    expected = 0
    for nonce in range(99, 149):
        expected ^= nonce
    assert bench.row[Counter.XOR] == expected


def test_the_cursor_is_stored_before_the_hash_starts(loop: NativeLoop) -> None:
    bench = Bench(loop)
    bench.begin(100, 120)
    bench.rounds.run()
    assert bench.cursors == [nonce + 1 for nonce in bench.inputs]


def test_a_result_that_may_meet_the_target_comes_back_with_its_own_nonce(loop: NativeLoop) -> None:
    bench = Bench(loop)
    bench.begin(3, 20)  # the results are the nonces 2, 3, 4, …; the target's top word is 4
    found = []
    while bench.rounds.run() is LoopEnd.CANDIDATE:
        found.append(bench.rounds.done[0])
        assert int.from_bytes(bench.rounds.done[1], "little") >> 192 == found[-1]
    assert found == [2, 3, 4]
    assert bench.inputs == list(range(3, 20))


def test_a_command_is_followed_between_two_hashes(loop: NativeLoop) -> None:
    bench = Bench(loop)
    bench.stop_at = 107
    bench.begin(100, 150)
    assert bench.rounds.run() is LoopEnd.ENDED
    assert bench.inputs[-1] == 107 and bench.row[Counter.CURSOR] == 108


def test_below_full_intensity_it_comes_back_after_each_hash(loop: NativeLoop) -> None:
    bench = Bench(loop, percent=50)
    bench.begin(100, 103)
    assert [bench.rounds.run() for _ in range(4)] == [LoopEnd.REST] * 3 + [LoopEnd.ENDED]


def test_times_and_the_first_hash_are_kept(loop: NativeLoop) -> None:
    bench = Bench(loop)
    bench.begin(100, 110)
    bench.rounds.run()
    first, last = bench.row[Counter.FIRST_HASH_NS], bench.row[Counter.LAST_HASH_NS]
    assert 0 < first <= last == bench.row[Counter.BEAT_NS]
    assert bench.row[Counter.CPU_NS] > 0


def test_without_a_compiler_the_reason_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path, sentence = built_hash_loop(tmp_path / "cache")
    assert path is None
    assert "C compiler" in sentence and "Python" in sentence

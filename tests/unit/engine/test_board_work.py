"""The work board: jobs, leases, commands and probes as workers read them, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mining.engine.boards import MAX_BLOB_BYTES, BoardJob, Command, Lease, Probe, WorkBoard

U64 = st.integers(0, (1 << 64) - 1)
JOBS = st.builds(
    BoardJob,
    generation=st.integers(1, (1 << 64) - 1),
    algorithm=st.integers(0, 9),
    epoch=U64,
    blob=st.binary(max_size=MAX_BLOB_BYTES),
    nonce_offset=st.integers(0, 511),
    nonce_size=st.sampled_from([4, 8]),
    target=st.integers(0, (1 << 256) - 1),
)
SAME_BOARD = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
JOB_AT, JOB_WORDS, LEASE_AT = 16, 76, 128 + 4


def _job(generation: int = 1, blob: bytes = b"blob") -> BoardJob:
    return BoardJob(generation, 1, 1, blob, 39, 4, 1 << 200)


@SAME_BOARD
@given(job=JOBS)
def test_a_job_is_read_as_it_was_published(work: WorkBoard, job: BoardJob) -> None:
    work.publish(job)
    assert work.read_job() == job
    assert work.generation == job.generation


def test_another_mapping_of_the_same_memory_sees_jobs_leases_commands_and_probes(work: WorkBoard) -> None:
    other = WorkBoard(os.dup(work.fd), work.slots)
    work.publish(_job(generation=7))
    work.write_lease(2, Lease(7, 3, 10, 20))
    word = work.write_command(1, Command.RUN)
    work.write_intensity(3, 75)
    work.write_probes([Probe(5, bytes([at]) * 32, bytes([9]) * 32) for at in range(4)])
    assert other.read_job() == _job(generation=7) and other.generation == 7
    assert other.read_lease(2, 3) == Lease(7, 3, 10, 20)
    assert other.words[other.command_at(1)] == word
    assert other.read_intensity(3) == 75
    assert other.read_probe(6) == Probe(5, bytes([2]) * 32, bytes([9]) * 32), "slot 6 takes probe 2 of 4"
    other.close()


def test_a_blob_longer_than_the_board_is_refused_and_the_old_job_stays(work: WorkBoard) -> None:
    work.publish(_job())
    with pytest.raises(ValueError, match="513 bytes"):
        work.publish(_job(generation=2, blob=bytes(513)))
    assert work.read_job() == _job() and work.generation == 1


def test_an_odd_sequence_means_that_a_write_is_under_way(work: WorkBoard) -> None:
    work.publish(_job())
    work.words[2] += 1
    assert work.read_job() is None
    work.words[2] += 1
    assert work.read_job() == _job()


@SAME_BOARD
@given(at=st.integers(0, JOB_WORDS - 1).filter(lambda at: at != 7), bit=st.integers(0, 63))
def test_a_job_with_one_wrong_bit_cannot_be_read(work: WorkBoard, at: int, bit: int) -> None:
    work.publish(_job(blob=bytes(range(76))))
    work.words[JOB_AT + at] ^= 1 << bit
    assert work.read_job() is None
    work.words[JOB_AT + at] ^= 1 << bit
    assert work.read_job() is not None


@SAME_BOARD
@given(stored=st.sets(st.sampled_from([0, 2, 3, 4, 6, 8, 9, 10, 11, *range(12, 22)]), min_size=1))
def test_a_mixture_of_two_jobs_cannot_be_read(work: WorkBoard, stored: set[int]) -> None:
    """A weakly ordered machine may show any part of the new job's words under an even sequence."""
    work.publish(BoardJob(1, 1, 3, b"\x11" * 76, 39, 4, (1 << 256) - 1))
    old = work.words[JOB_AT : JOB_AT + JOB_WORDS].tolist()
    work.publish(BoardJob(2, 2, 4, b"\x22" * 80, 40, 4, 1 << 250))
    new = work.words[JOB_AT : JOB_AT + JOB_WORDS].tolist()
    is_changed = {at for at in range(JOB_WORDS) if old[at] != new[at]}
    for at in range(JOB_WORDS):
        work.words[JOB_AT + at] = new[at] if at in stored else old[at]
    assert is_changed - stored and stored & is_changed
    assert work.read_job() is None


def test_an_empty_board_has_no_lease_not_even_number_zero(work: WorkBoard) -> None:
    assert all(work.read_lease(slot, serial) is None for slot in range(4) for serial in range(4))


@SAME_BOARD
@given(generation=U64, serial=U64, start=U64, end=U64, word=st.integers(0, 4), bit=st.integers(0, 63))
def test_a_lease_with_one_wrong_bit_is_not_a_lease(
    work: WorkBoard, generation: int, serial: int, start: int, end: int, word: int, bit: int
) -> None:
    lease = Lease(generation, serial, start, end)
    work.write_lease(0, lease)
    assert work.read_lease(0, serial) == lease
    at = LEASE_AT + (serial % 2) * 5 + word
    work.words[at] ^= 1 << bit
    assert work.read_lease(0, serial) is None


class _Watched:
    """The words of a board, with a look at it after every store."""

    def __init__(self, words: memoryview, look: Callable[[], None]) -> None:
        self._words = words
        self._look = look

    def __getitem__(self, at: int | slice) -> Any:
        return self._words[at]

    def __setitem__(self, at: int, value: int) -> None:
        self._words[at] = value
        self._look()


def test_a_reader_between_any_two_stores_of_a_lease_sees_no_half_of_it(work: WorkBoard) -> None:
    old, new = Lease(4, 0, 0, 100), Lease(5, 2, 300, 400)
    work.write_lease(0, old)
    reader = WorkBoard(os.dup(work.fd), work.slots)
    seen: list[tuple[Lease | None, Lease | None]] = []
    words = work.words
    work.words = cast(
        memoryview, _Watched(words, lambda: seen.append((reader.read_lease(0, 0), reader.read_lease(0, 2))))
    )
    work.write_lease(0, new)
    work.words = words
    assert set(seen) <= {(old, None), (None, None), (None, new)} and seen[-1] == (None, new) and len(seen) > 4
    reader.close()


def test_a_reader_between_any_two_stores_of_a_job_sees_the_old_one_the_new_one_or_none(work: WorkBoard) -> None:
    """The generation is stored last: who sees the new one can read the new job."""
    old, new = BoardJob(1, 1, 3, b"old" * 20, 39, 4, 1 << 255), BoardJob(2, 2, 4, b"new!" * 19, 40, 4, 1 << 250)
    work.publish(old)
    reader = WorkBoard(os.dup(work.fd), work.slots)
    seen: list[tuple[int, BoardJob | None]] = []
    words = work.words
    work.words = cast(memoryview, _Watched(words, lambda: seen.append((reader.generation, reader.read_job()))))
    work.publish(new)
    work.words = words
    assert {job for _, job in seen} == {None, new} and seen[-1] == (2, new)
    assert all(job == new for generation, job in seen if generation == 2)
    reader.close()


def test_two_leases_stand_side_by_side_and_the_third_replaces_the_first(work: WorkBoard) -> None:
    for serial in range(3):
        work.write_lease(1, Lease(1, serial, serial * 10, serial * 10 + 10))
    assert work.read_lease(1, 0) is None
    assert work.read_lease(1, 1) == Lease(1, 1, 10, 20)
    assert work.read_lease(1, 2) == Lease(1, 2, 20, 30)
    assert work.read_lease(0, 2) is None and work.read_lease(2, 2) is None, "other slots are untouched"


def test_a_command_gets_a_new_serial_only_when_it_changes(work: WorkBoard) -> None:
    park = work.write_command(0, Command.PARK)
    assert park != 0 and park & 0xFF == Command.PARK, "even the first PARK is told from an empty word"
    assert work.write_command(0, Command.PARK) == park
    run = work.write_command(0, Command.RUN)
    again = work.write_command(0, Command.PARK)
    assert len({park, run, again}) == 3 and again & 0xFF == Command.PARK


def test_each_slot_has_commands_and_intensity_of_its_own(work: WorkBoard) -> None:
    for slot in range(4):
        work.write_intensity(slot, slot * 25)
    work.write_command(2, Command.EXIT)
    assert [work.read_intensity(slot) for slot in range(4)] == [0, 25, 50, 75]
    assert [work.words[work.command_at(slot)] & 0xFF for slot in range(4)] == [0, 0, Command.EXIT, 0]


def test_fewer_than_four_probes_are_repeated(work: WorkBoard) -> None:
    probe = Probe(3, b"\x01" * 32, b"\x02" * 32)
    work.write_probes([probe])
    assert [work.read_probe(slot) for slot in range(5)] == [probe] * 5

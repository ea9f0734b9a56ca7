"""Where every word of the boards lies: a changed layout needs a new LAYOUT_VERSION, so it must be noticed."""

from __future__ import annotations

from mining.engine.boards import (
    COUNTER_WORDS,
    LAYOUT_VERSION,
    MAX_BLOB_BYTES,
    MAX_SLOTS,
    BoardJob,
    Command,
    Counter,
    CounterBoard,
    Kernel,
    Lease,
    Probe,
    WorkBoard,
    WorkerState,
)
from mining.engine.worker import CANDIDATE


def test_the_layout_version_and_limits_are_those_of_these_tests() -> None:
    assert (LAYOUT_VERSION, MAX_SLOTS, MAX_BLOB_BYTES, COUNTER_WORDS) == (3, 1024, 512, 24)


def test_the_header_names_the_board_its_version_and_its_slots(work: WorkBoard) -> None:
    assert work.words[0].to_bytes(8, "big") == b"MCONBOAR"
    assert work.words[1:5].tolist() == [3, 0, 0, 4]


def test_a_job_lies_in_words_16_to_91_behind_sequence_and_generation(work: WorkBoard) -> None:
    target = int.from_bytes(bytes(range(32)), "little")
    work.publish(BoardJob(5, 2, 9, bytes(range(76)), 39, 4, target))
    words, raw = work.words, work.words.tobytes()
    assert words[2:4].tolist() == [2, 5]
    assert words[16:22].tolist() == [5, 2, 9, 76, 39, 4]
    assert raw[24 * 8 : 28 * 8] == bytes(range(32))
    assert raw[28 * 8 : 28 * 8 + 512] == bytes(range(76)).ljust(512, b"\0")


def test_probes_lie_in_words_92_to_127(work: WorkBoard) -> None:
    work.write_probes([Probe(4, bytes([at]) * 32, bytes([at + 16]) * 32) for at in range(4)])
    raw = work.words.tobytes()
    for at in range(4):
        start = (92 + at * 9) * 8
        assert raw[start : start + 72] == (4).to_bytes(8, "little") + bytes([at]) * 32 + bytes([at + 16]) * 32


def test_slots_of_16_words_begin_at_word_128(work: WorkBoard) -> None:
    assert len(work.words) == 128 + 4 * 16
    word = work.write_command(3, Command.EXIT)
    work.write_intensity(3, 42)
    work.write_lease(3, Lease(8, 6, 100, 200))
    work.write_lease(3, Lease(8, 7, 200, 300))
    slot = work.words[128 + 3 * 16 :].tolist()
    assert work.command_at(3) == 176
    assert slot[0:3] == [word, 42, 0] and word == 1 << 8 | 2
    assert slot[4:8] == [8, 6, 100, 200] and slot[9:13] == [8, 7, 200, 300]


def test_the_third_word_of_a_slot_forbids_our_kernel_to_its_next_workers(work: WorkBoard) -> None:
    work.forbid_kernel(3)
    assert work.words[128 + 3 * 16 + 2] == 1
    assert [work.is_kernel_forbidden(slot) for slot in range(4)] == [False, False, False, True]


def test_the_check_word_of_a_lease_is_stable(work: WorkBoard) -> None:
    work.write_lease(0, Lease(1, 2, 3, 4))
    assert work.words[128 + 8] == 0x8D83_7046_3E40_184D


def test_counters_keep_their_places(counters: CounterBoard) -> None:
    assert {counter.name: counter.value for counter in Counter} == {
        "CURSOR": 0,
        "HASHES": 1,
        "LAST_HASH_NS": 2,
        "BEAT_NS": 3,
        "STATE": 4,
        "ERRORS": 5,
        "SETTLED": 6,
        "LEASE": 7,
        "GENERATION": 8,
        "PID": 9,
        "CPU_NS": 10,
        "XOR": 11,
        "HUGE_SCRATCHPAD": 12,
        "VERIFIED_EPOCH": 13,
        "CANDIDATES": 14,
        "FIRST_HASH_NS": 15,
        "TAKEN_NS": 16,
        "KERNEL": 17,
    }
    row = counters.row(2)
    row[Counter.CPU_NS] = 99
    row.release()
    assert counters.words[2 * 24 + 10] == 99 == counters.read(2, Counter.CPU_NS)


def test_commands_states_and_kernels_keep_their_numbers() -> None:
    assert [(command.name, command.value) for command in Command] == [("PARK", 0), ("RUN", 1), ("EXIT", 2)]
    names = ["OFF", "STARTING", "HASHING", "PARKED", "STARVED", "SLEEPING"]
    assert [state.name for state in sorted(WorkerState)] == names
    kernels = ["LIBRARY", "OWN", "OWN_FAILED", "OWN_IN_TEST", "OWN_REFUSED"]
    assert [(kernel.name, kernel.value) for kernel in Kernel] == [(name, at) for at, name in enumerate(kernels)]


def test_a_candidate_is_one_record_of_64_bytes() -> None:
    record = CANDIDATE.pack(3, 7, 11, bytes(range(32)), 13)
    assert len(record) == 64
    assert record[24:56] == bytes(range(32))

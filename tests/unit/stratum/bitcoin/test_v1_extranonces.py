"""Extranonce2 values: every split is disjoint and complete, nothing is handed out twice, an end is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.stratum.bitcoin.extranonce import Extranonce2Allocator, Extranonce2Range, all_extranonces, split
from mining.stratum.bitcoin.job import Extranonce
from mining.stratum.errors import UseError
from tests.unit.stratum.bitcoin.v1_samples import v1_job

ONE_BYTE = Extranonce(b"\x01", 1)


@given(st.integers(1, 100), st.integers(1, 300))
def test_a_split_is_contiguous_disjoint_and_complete(size: int, parts: int) -> None:
    whole, at = all_extranonces(size), 0
    ranges = split(whole, parts)
    assert len(ranges) == parts
    for part in ranges:
        assert part.first == at and part.size == size and part.count >= 0
        at += part.count
    assert at == whole.count == 256**size
    assert max(part.count for part in ranges) - min(part.count for part in ranges) <= 1


def test_values_are_big_endian_and_stay_in_their_range() -> None:
    part = split(all_extranonces(2), 2)[1]
    assert part.value(1) == b"\x80\x01" and 0x8001 in part and 0x7FFF not in part
    for index in (-1, part.count):
        with pytest.raises(UseError):
            part.value(index)
    for size in (0, 101):
        with pytest.raises(UseError):
            all_extranonces(size)
    with pytest.raises(UseError):
        split(part, 0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["01", "02", "03"]), st.booleans()), max_size=120))
def test_no_value_is_given_out_twice_for_an_id_or_for_the_same_work(steps: list[tuple[str, str, bool]]) -> None:
    allocator, used = Extranonce2Allocator(ONE_BYTE, Extranonce2Range(1, 10, 40)), set[tuple[str, bytes]]()
    for job_id, part, is_harder in steps:
        job = v1_job(ONE_BYTE, job_id=job_id, coinbase1=part)
        value = allocator.take(replace(job, target=job.target // 2) if is_harder else job)
        if value is not None:
            assert {(job_id, value), (part, value)}.isdisjoint(used) and 10 <= value[0] < 50
            used |= {(job_id, value), (part, value)}


def test_exhaustion_is_told_and_never_wraps() -> None:
    allocator, job = Extranonce2Allocator(ONE_BYTE), v1_job(ONE_BYTE)
    values = [allocator.take(job) for _ in range(256)]
    assert len(set(values)) == 256 and None not in values and allocator.left(job) == 0
    assert [allocator.take(job) for _ in range(3)] == [None, None, None]
    other = v1_job(ONE_BYTE, job_id="other", coinbase1="02")
    assert allocator.take(other) == b"\x00" and allocator.left(other) == 255


def test_an_empty_range_is_exhausted_from_the_start() -> None:
    empty = split(all_extranonces(1), 300)[299]
    assert empty.count == 0 and Extranonce2Allocator(ONE_BYTE, empty).take(v1_job(ONE_BYTE)) is None


def test_a_job_that_was_forgotten_does_not_begin_again() -> None:
    extranonce = Extranonce(b"\x01", 4)
    allocator, job = Extranonce2Allocator(extranonce), v1_job(extranonce)
    first = {allocator.take(job) for _ in range(5)}
    for number in range(600):
        allocator.take(v1_job(extranonce, job_id=number, coinbase1=f"{number:04x}"))
    assert allocator.take(job) not in first


def test_the_allocator_refuses_a_job_of_another_extranonce() -> None:
    with pytest.raises(UseError):
        Extranonce2Allocator(ONE_BYTE).take(v1_job())
    with pytest.raises(UseError):
        Extranonce2Allocator(ONE_BYTE, all_extranonces(2))

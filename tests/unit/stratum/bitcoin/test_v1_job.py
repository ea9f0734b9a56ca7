"""Jobs of mining.notify: what is read, what is refused, and when two are the same work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mining.stratum.bitcoin.header import block_id, coinbase, header, header_version, word_hex
from mining.stratum.bitcoin.job import (
    LARGEST_COINBASE_PART,
    Extranonce,
    decode_extranonce,
    decode_job,
    is_same_work,
    shares_extranonces,
)
from mining.stratum.errors import JobError, PeerError, UseError
from tests.unit.stratum.bitcoin.v1_samples import EXTRANONCE, job_params, v1_job


def test_a_job_keeps_what_the_pool_sent_with_difficulty_and_extranonce() -> None:
    job = decode_job([*job_params(job_id=7), "more"], extranonce=EXTRANONCE, difficulty=0.5)
    assert (job.job_id, job.version, job.nbits, job.ntime, job.is_clean) == (7, 2, 0x1B3D1143, 0x5321918B, True)
    assert f"{job.target:064x}".startswith("0001fffe") and job.extranonce == EXTRANONCE and len(job.branches) == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("job_id", ""), ("job_id", None), ("job_id", "x" * 257), ("job_id", 1.5), ("job_id", 1 << 65),
        ("previous", "00" * 31), ("previous", "zz" * 32), ("previous", 5), ("coinbase1", ""), ("coinbase1", "0"),
        ("coinbase1", "zz"), ("coinbase2", None), ("coinbase1", "00" * (LARGEST_COINBASE_PART + 1)),
        ("branches", None), ("branches", ["00" * 32] * 65), ("branches", ["00" * 33]), ("branches", [5]),
        ("version", "2"), ("version", 2), ("nbits", "00000000"), ("nbits", "1b3d11431"), ("ntime", ""),
        ("ntime", "0x219189"), ("clean", "false"), ("clean", None), ("clean", 2),
    ],
)  # fmt: skip
def test_a_job_with_a_field_of_the_wrong_shape_is_a_typed_error(field: str, value: object) -> None:
    with pytest.raises(PeerError) as caught:
        decode_job(job_params(**{field: value}), extranonce=EXTRANONCE)
    assert len(caught.value.sentence) < 300


@pytest.mark.parametrize("params", [None, {}, [], "x", job_params()[:8]])
def test_params_that_are_not_nine_are_a_typed_error(params: object) -> None:
    with pytest.raises(JobError):
        decode_job(params, extranonce=EXTRANONCE)


def test_the_largest_job_is_read() -> None:
    job = v1_job(branches=["00" * 32] * 64, coinbase1="00" * LARGEST_COINBASE_PART, job_id="x" * 256)
    assert len(job.branches) == 64 and len(header(job, bytes(4))) == 80


@pytest.mark.parametrize(
    ("first", "size"),
    [
        ("", 4),
        ("0", 4),
        ("zz", 4),
        (5, 4),
        ("00" * 101, 4),
        ("00", 0),
        ("00", 101),
        ("00", True),
        ("00", "4"),
        ("00", -1),
    ],
)
def test_an_extranonce_that_no_coinbase_can_hold_is_a_typed_error(first: object, size: object) -> None:
    with pytest.raises(JobError):
        decode_extranonce(first, size)


@pytest.mark.parametrize("size", [1, 100])
def test_every_extranonce2_size_from_1_to_100_goes_into_the_coinbase(size: int) -> None:
    job = v1_job(decode_extranonce("ab", size))
    assert coinbase(job, b"\x11" * size) == job.coinbase1 + b"\xab" + b"\x11" * size + job.coinbase2
    with pytest.raises(UseError):
        coinbase(job, bytes(size + 1))


def test_the_same_job_again_is_the_same_work_whether_clean_or_not() -> None:
    assert is_same_work(v1_job(), v1_job(clean=False))


@pytest.mark.parametrize(
    "changes",
    [{"job_id": "9"}, {"ntime": "5321918c"}, {"previous": "11" * 32}, {"coinbase1": "01"}, {"coinbase2": "01"},
     {"branches": []}, {"version": "00000003"}, {"nbits": "1b3d1144"}],
)  # fmt: skip
def test_a_job_with_another_field_is_other_work(changes: dict[str, object]) -> None:
    assert not is_same_work(v1_job(), v1_job(**changes))


def test_another_target_or_extranonce_is_other_work() -> None:
    job = v1_job()
    assert not is_same_work(job, replace(job, target=job.target // 2))
    assert not is_same_work(job, replace(job, extranonce=Extranonce(b"\x01", 4)))


def test_extranonces_are_shared_by_jobs_with_one_id_or_one_work() -> None:
    job = v1_job()
    assert shares_extranonces(job, replace(job, target=1))
    assert shares_extranonces(job, v1_job(coinbase1="01"))
    assert shares_extranonces(job, v1_job(job_id="9", ntime="5321918c"))
    assert not shares_extranonces(job, v1_job(job_id="9", coinbase1="01"))
    assert not shares_extranonces(job, replace(job, extranonce=Extranonce(b"\x01", 4)))


def test_version_bits_go_under_the_mask_only() -> None:
    assert header_version(0x20000002, version_bits=0x2000, version_mask=0x1FFFE000) == 0x20002002
    assert header_version(0x3FFFFFFF, version_mask=0x1FFFE000) == 0x20001FFF
    with pytest.raises(UseError):
        header_version(2, version_bits=1, version_mask=0x1FFFE000)
    job = v1_job()
    rolled = header(job, bytes(4), version_bits=0x6000, version_mask=0x1FFFE000)
    assert rolled[:4].hex() == "02600000" and rolled[4:] == header(job, bytes(4))[4:]
    assert block_id(rolled) != block_id(header(job, bytes(4)))


def test_numbers_that_do_not_fit_are_not_written() -> None:
    assert word_hex(0x5966DE00) == "5966de00"
    for value in (-1, 1 << 32):
        with pytest.raises(UseError):
            word_hex(value)
        with pytest.raises(UseError):
            header(v1_job(), bytes(4), nonce=value)

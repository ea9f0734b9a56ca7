"""Stratum V1 jobs at the dispatcher: one engine job for each extranonce2, no nonce of one given out twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mining.engine.dispatcher import _shares_nonces
from mining.stratum.bitcoin.header import engine_job
from mining.stratum.bitcoin.job import Extranonce, decode_job
from tests.unit.stratum.bitcoin.v1_samples import job_params

EXTRANONCE = Extranonce(bytes.fromhex("917f0000"), 4)
WORK = decode_job(job_params(), extranonce=EXTRANONCE, difficulty=0.001)
FIRST, SECOND = (replace(engine_job(WORK, value.to_bytes(4, "big")), session=3) for value in range(2))


def test_another_extranonce2_is_other_work_of_the_same_pool_job() -> None:
    assert FIRST.job_id == SECOND.job_id and FIRST.session == SECOND.session
    assert not _shares_nonces(FIRST, SECOND)


@pytest.mark.parametrize(
    "again",
    [
        FIRST,
        replace(FIRST, target=FIRST.target // 2),
        replace(FIRST, session=4),
        replace(FIRST, job_id="other", session=4),
    ],
    ids=["as it was", "with another target", "in another session", "under another name"],
)
def test_the_same_bytes_go_on_with_their_nonces(again: object) -> None:
    assert _shares_nonces(FIRST, again)  # type: ignore[arg-type]


def test_one_name_in_one_session_goes_on_also_with_another_extranonce1() -> None:
    other = replace(WORK, extranonce=Extranonce(bytes.fromhex("aabbccdd"), 4))
    assert _shares_nonces(FIRST, replace(engine_job(other, FIRST.extranonce2), session=3))

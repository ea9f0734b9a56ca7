"""Known Stratum V1 jobs from the wire to the submit line: dialect, header, our Scrypt kernel, and hashlib."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mining.engine.dispatcher import with_nonce
from mining.engine.jobs import Job, Share
from mining.engine.session.dialects.base import LineWanted, LoggedIn, WorkCame
from mining.engine.session.dialects.bitcoin import BitcoinDialect, V1Wishes
from mining.engine.session.endpoint_memory import EndpointMemory
from mining.native.scrypt_hashlib import HashlibMachine
from mining.native.scrypt_kernel import KNOWN_N, ScryptKernel, ScryptMachine
from mining.stratum.bitcoin.header import engine_job
from mining.stratum.bitcoin.job import V1Job
from mining.stratum.bitcoin.server import Submit, decode_request
from mining.stratum.login_grammar import RenderedLogin
from tests.unit.native.scrypt_builds import scrypt_kernel_in
from tests.unit.stratum.bitcoin.v1_samples import JOBS, granted, line, subscribed

LOGIN = RenderedLogin("wallet.rig", "x", None, "wal…et.rig")
each_job = pytest.mark.parametrize("vector", JOBS, ids=lambda vector: vector["name"])


def dialect() -> BitcoinDialect:
    return BitcoinDialect(LOGIN, V1Wishes(), EndpointMemory(), algorithm="scrypt", generation=7)


def worked(vector: dict[str, Any]) -> tuple[BitcoinDialect, V1Job]:
    """The dialect of a session, and its work, as the pool of the vector speaks."""
    spoken = dialect()
    assert b"mining.subscribe" in spoken.start()
    (wanted,) = spoken.receive(subscribed(1, vector["extranonce1"]))
    assert isinstance(wanted, LineWanted) and b'"mining.authorize","params":["wallet.rig","x"]' in wanted.line
    (logged_in,) = spoken.receive(granted())
    assert logged_in == LoggedIn(is_resumed=False)
    (came,) = spoken.receive(line({"id": None, "method": "mining.notify", "params": vector["params"]}))
    assert isinstance(came, WorkCame) and came.is_clean is vector["params"][8] and isinstance(came.work, V1Job)
    return spoken, came.work


def job_of(work: V1Job, vector: dict[str, Any]) -> Job:
    """The engine's job for the extranonce2 of the vector."""
    return replace(engine_job(work, bytes.fromhex(vector["extranonce2"])), session=7)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> ScryptKernel:
    return scrypt_kernel_in(tmp_path_factory.mktemp("native"))


@each_job
def test_a_known_share_is_hashed_and_written_bit_by_bit(vector: dict[str, Any], kernel: ScryptKernel) -> None:
    spoken, work = worked(vector)
    job, nonce = job_of(work, vector), int(vector["nonce"], 16)
    data = with_nonce(job, nonce)
    assert data.hex() == vector.get("header", data.hex())
    machine, library = ScryptMachine(kernel, KNOWN_N), HashlibMachine(KNOWN_N)
    try:
        assert machine.hash(data)[::-1].hex() == library.hash(data)[::-1].hex() == vector["hash_be"]
    finally:
        machine.destroy()
    request = spoken.submit(work, Share(1, job, nonce, bytes.fromhex(vector["hash_be"])[::-1], 0, 0.0))
    submit = decode_request(request.line.rstrip(b"\n"))
    assert isinstance(submit, Submit)
    assert [submit.user, submit.job_id, submit.extranonce2, submit.ntime, submit.nonce] == [
        "wallet.rig", vector["params"][0], vector["extranonce2"], vector["ntime"], vector["nonce"],
    ]  # fmt: skip


@each_job
def test_each_engine_job_has_an_extranonce2_of_its_own(vector: dict[str, Any]) -> None:
    spoken, work = worked(vector)
    jobs = [spoken.job_of(work) for _ in range(5)]
    assert [job.extranonce2.hex() for job in jobs if job is not None] == [f"{value:08x}" for value in range(5)]
    assert len({job.blob for job in jobs if job is not None}) == 5
    assert all(job is not None and spoken.is_work_of(work, job) and job.session == 7 for job in jobs)
    assert all(job is not None and (job.difficulty, job.pool_difficulty) == (65537, 1.0) for job in jobs)


def test_the_height_of_a_job_is_read_from_its_coinbase() -> None:
    heights = [job_of(worked(vector)[1], vector).height for vector in JOBS]
    assert heights == [396506, 873875, 138759]


def test_a_job_with_another_extranonce1_is_other_work_under_the_same_id() -> None:
    spoken, work = worked(JOBS[2])
    job = spoken.job_of(work)
    set_extranonce = line({"id": None, "method": "mining.set_extranonce", "params": ["aabbccdd", 4]})
    notify = line({"id": None, "method": "mining.notify", "params": JOBS[2]["params"]})
    (came,) = spoken.receive(set_extranonce + notify)
    assert isinstance(came, WorkCame) and came.job_id == str(work.job_id) and job is not None
    assert not spoken.is_work_of(came.work, job) and spoken.is_work_of(work, job)


def test_another_connection_to_the_endpoint_goes_on_with_the_extranonce2_values() -> None:
    memory, given = EndpointMemory(), []
    for _ in range(2):
        spoken = BitcoinDialect(LOGIN, V1Wishes(), memory, algorithm="scrypt", generation=1)
        spoken.start()
        spoken.receive(subscribed(1, JOBS[0]["extranonce1"]))
        events = spoken.receive(granted() + line({"id": None, "method": "mining.notify", "params": JOBS[0]["params"]}))
        work = next(event.work for event in events if isinstance(event, WorkCame))
        given += [spoken.job_of(work), spoken.job_of(work)]
    assert [job.extranonce2.hex() for job in given if job is not None] == [f"{value:08x}" for value in range(4)]

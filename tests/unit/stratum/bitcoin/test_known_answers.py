"""Known jobs and blocks, bit-exact from the notify to the hash."""

from __future__ import annotations

from typing import Any

import pytest

from mining.stratum.bitcoin.client import BitcoinClient
from mining.stratum.bitcoin.difficulty import meets, share_difficulty, target_from_nbits
from mining.stratum.bitcoin.events import JobReceived
from mining.stratum.bitcoin.header import block_id, coinbase, engine_job, header, merkle_root, sha256d, word_hex
from mining.stratum.bitcoin.job import V1Job
from mining.stratum.bitcoin.server import Submit, decode_request
from mining.stratum.bitcoin.share_check import ShareFault, check_share
from tests.unit.stratum.bitcoin.v1_samples import JOBS, VECTORS, call, granted, line, scrypt, subscribed

each_job = pytest.mark.parametrize("vector", JOBS, ids=lambda vector: vector["name"])


def client_of(vector: dict[str, Any]) -> tuple[BitcoinClient, V1Job]:
    """The job as it goes through the wire and the client."""
    client = BitcoinClient()
    client.subscribe()
    client.receive(subscribed(1, vector["extranonce1"]))
    client.authorize("user")
    client.receive(granted())
    (event,) = client.receive(line({"id": None, "method": "mining.notify", "params": vector["params"]}))
    assert isinstance(event, JobReceived)
    return client, event.job


@each_job
def test_a_job_gives_its_header_and_hash(vector: dict[str, Any]) -> None:
    _, job = client_of(vector)
    extranonce2 = bytes.fromhex(vector["extranonce2"])
    data = header(job, extranonce2, nonce=int(vector["nonce"], 16), ntime=int(vector["ntime"], 16))
    leaf = sha256d(coinbase(job, extranonce2))
    assert leaf.hex() == vector.get("coinbase_hash", leaf.hex())
    root = merkle_root(leaf, job.branches).hex()
    assert root == vector.get("merkle_root", root) == data[36:68].hex()
    assert data.hex() == vector.get("header", data.hex()) and len(data) == 80
    assert scrypt(data)[::-1].hex() == vector["hash_be"]
    assert block_id(data) == vector.get("block_id", block_id(data))
    assert share_difficulty(scrypt(data)) == pytest.approx(vector["share_difficulty"], rel=1e-5)
    assert meets(scrypt(data), target_from_nbits(job.nbits)) is vector["is_block"]


@each_job
def test_the_submit_of_a_known_share_is_rebuilt_and_counts(vector: dict[str, Any]) -> None:
    client, job = client_of(vector)
    request = client.submit(job, extranonce2=bytes.fromhex(vector["extranonce2"]), nonce=int(vector["nonce"], 16))
    submit = decode_request(request.line.rstrip(b"\n"))
    assert isinstance(submit, Submit)
    assert [submit.user, submit.job_id, submit.extranonce2, submit.ntime, submit.nonce] == [
        "user", vector["params"][0], vector["extranonce2"], vector["ntime"], vector["nonce"],
    ]  # fmt: skip
    checked = check_share(submit, job, scrypt)
    assert checked.fault is None and checked.is_block is vector["is_block"]
    assert checked.hash[::-1].hex() == vector["hash_be"]


@each_job
def test_the_engine_gets_the_header_with_a_free_nonce(vector: dict[str, Any]) -> None:
    _, job = client_of(vector)
    work = engine_job(job, bytes.fromhex(vector["extranonce2"]))
    nonce = int(vector["nonce"], 16).to_bytes(work.nonce_size, "little")
    blob = work.blob[: work.nonce_offset] + nonce + work.blob[work.nonce_offset + work.nonce_size :]
    assert scrypt(blob)[::-1].hex() == vector["hash_be"]
    assert (work.target, work.nonce_first, work.nonce_count) == (job.target, 0, 1 << 32)
    assert work.difficulty == 65537  # hashes per share of difficulty 1


def test_a_share_of_another_nonce_is_too_easy() -> None:
    _, job = client_of(JOBS[2])
    submit = Submit(decode_request(call("x", number=1)).id, "u", "8ea", "0d000000", "5321918b", word_hex(1))
    checked = check_share(submit, job, scrypt)
    assert checked.fault is ShareFault.LOW_DIFFICULTY and not checked.is_block and checked.difficulty < 1


def test_the_genesis_block_has_its_hash_id_and_difficulty() -> None:
    genesis = VECTORS["genesis"]
    data = bytes.fromhex(genesis["header"])
    assert scrypt(data)[::-1].hex() == genesis["hash_be"] and block_id(data) == genesis["block_id"]
    assert share_difficulty(scrypt(data)) == pytest.approx(genesis["share_difficulty"], rel=1e-5)
    assert meets(scrypt(data), target_from_nbits("1e0ffff0"))

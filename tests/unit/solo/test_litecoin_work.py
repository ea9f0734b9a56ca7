"""From a template to a job and back to the block that litecoind accepted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from mining.addresses import AddressProblem, ChainNetwork
from mining.engine.dispatcher import with_nonce
from mining.engine.jobs import HASH_SPACE
from mining.solo.litecoin_chain import NETWORK_OF_GENESIS, payout_script
from mining.solo.litecoin_work import LitecoinWork, block_from_nonce, job_from_work, work_from_answer
from mining.stratum.bitcoin.difficulty import meets
from tests.unit.solo.litecoin_vectors import BLOCKS, answer_of

ADDRESSES = json.loads((Path(__file__).parents[2] / "vectors" / "addresses_litecoin.json").read_text())["valid"]


def work_of(name: str) -> LitecoinWork:
    row = BLOCKS[name]
    return work_from_answer(answer_of(name), payout_script(row["wallet"], ChainNetwork.REGTEST))


@pytest.mark.parametrize("name", BLOCKS)
def test_the_block_is_the_one_that_litecoind_accepted(name: str) -> None:
    row = BLOCKS[name]
    block = block_from_nonce(work_of(name), extra_nonce=row["extra_nonce"], nonce=row["nonce"])
    assert block.blob[:80].hex() == row["header"] and row["coinbase"] in block.blob.hex()
    assert bytes.fromhex(row["merkle_root"])[::-1] == block.blob[36:68]
    assert (block.block_id, block.height) == (row["block_id"], row["template"]["height"])
    assert (len(block.blob), hashlib.sha256(block.blob).hexdigest()) == (row["block_bytes"], row["block_sha256"])


@pytest.mark.parametrize("name", BLOCKS)
def test_the_job_hashes_to_the_blocks_proof_of_work(name: str) -> None:
    row = BLOCKS[name]
    job = job_from_work(work_of(name), job_id="1", extra_nonce=row["extra_nonce"], is_clean=True)
    header = with_nonce(job, row["nonce"])
    proof = hashlib.scrypt(header, salt=header, n=1024, r=1, p=1, dklen=32)
    assert header.hex() == row["header"] and proof[::-1].hex() == row["scrypt"] and meets(proof, job.target)
    assert (job.algorithm, job.nonce_count, job.seed) == ("scrypt", 2**32, b"")
    assert job.difficulty == HASH_SPACE // (job.target + 1) == 2
    assert job.pool_difficulty == pytest.approx(row["network_difficulty"], rel=1e-12)


def test_two_extra_nonces_differ_in_the_merkle_root_only() -> None:
    work = work_of("mweb")
    one, other = (
        job_from_work(work, job_id="1", extra_nonce=extra_nonce, is_clean=True) for extra_nonce in (0, 2**64 - 1)
    )
    assert one.blob[:36] == other.blob[:36] and one.blob[68:] == other.blob[68:]
    assert one.blob[36:68] != other.blob[36:68] and one.extranonce2 != other.extranonce2


@pytest.mark.parametrize("row", ADDRESSES, ids=lambda row: row["name"])
def test_the_payout_script_is_the_addresss_own_on_its_networks_and_on_no_other(row: dict[str, str]) -> None:
    for network in ChainNetwork:
        if network in row["networks"]:
            assert payout_script(row["address"], network).hex() == row["script"]
        else:
            with pytest.raises(AddressProblem, match=f"{network} is what is mined here"):
                payout_script(row["address"], network)


def test_each_network_has_a_first_block() -> None:
    assert set(NETWORK_OF_GENESIS.values()) == set(ChainNetwork)

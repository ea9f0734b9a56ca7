"""From a template answer to jobs and back to the block; unsound answers are refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from mining.engine.jobs import HASH_SPACE
from mining.solo.monero_block import BlockFormatError
from mining.solo.monero_work import block_from_nonce, job_from_work, work_from_answer
from mining.solo.monerod_rpc import TemplateAnswer

VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "monero_block_regtest_3.json").read_text())
EXTRA_NONCE = int.from_bytes(bytes.fromhex(VECTOR["extra_nonce"]), "little")
ANSWER = TemplateAnswer(
    blocktemplate_blob=VECTOR["block_blob"],
    blockhashing_blob=VECTOR["hashing_blob"],
    difficulty=100,
    height=3,
    prev_hash="ea57c9f2bfe8e9d2a5c24f75f4375d48ece0e0131042120e25138d019b204ab0",
    reserved_offset=126,
    seed_hash=VECTOR["seed_hash"],
)


def test_a_job_carries_the_daemons_hashing_blob_when_the_extra_nonce_is_unchanged() -> None:
    work = work_from_answer(ANSWER)
    job = job_from_work(work, job_id="1", extra_nonce=EXTRA_NONCE, is_clean=True)
    assert job.blob.hex() == VECTOR["hashing_blob"]
    assert (job.algorithm, job.height, job.nonce_offset, job.nonce_size) == ("rx/0", 3, 39, 4)
    assert (job.seed.hex(), job.next_seed) == (VECTOR["seed_hash"], None)


def test_a_found_nonce_gives_the_block_and_the_id_that_monerod_knows() -> None:
    block = block_from_nonce(work_from_answer(ANSWER), extra_nonce=EXTRA_NONCE, nonce=77)
    assert (block.blob.hex(), block.block_id, block.height) == (VECTOR["block_blob"], VECTOR["block_id"], 3)


def test_two_extra_nonces_give_two_blobs_that_differ_in_the_tree_root_only() -> None:
    work = work_from_answer(ANSWER)
    first = job_from_work(work, job_id="1", extra_nonce=2**64 - 1, is_clean=True).blob
    second = job_from_work(work, job_id="2", extra_nonce=2**64, is_clean=False).blob
    assert first[:43] == second[:43] and first[75:] == second[75:]
    assert first[43:75] != second[43:75]


def test_the_wide_difficulty_counts_when_the_plain_one_is_cut() -> None:
    wide = msgspec.structs.replace(ANSWER, difficulty=0, wide_difficulty=hex(2**64))
    job = job_from_work(work_from_answer(wide), job_id="1", extra_nonce=0, is_clean=True)
    assert job.difficulty == 2**64
    assert job.target * 2**64 < HASH_SPACE <= (job.target + 1) * 2**64


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"blocktemplate_blob": "zz"}, "blob that is not hexadecimal"),
        ({"blocktemplate_blob": ""}, "ends inside its major version"),
        ({"blockhashing_blob": "00"}, "does not hash to its own hashing blob"),
        ({"difficulty": 0}, "difficulty out of range"),
        ({"difficulty": -5}, "difficulty out of range"),
        ({"wide_difficulty": "0x" + "f" * 80}, "difficulty out of range"),
        ({"wide_difficulty": "many"}, "not a hexadecimal number"),
        ({"height": 4}, "for height 4 but pays for height 3"),
        ({"prev_hash": "00" * 32}, "another previous block"),
        ({"prev_hash": "00"}, "previous block id of 1 bytes"),
        ({"reserved_offset": 0}, "outside its extra field"),
        ({"seed_hash": ""}, "seed of 0 bytes"),
        ({"next_seed_hash": "abcd"}, "next seed of 2 bytes"),
    ],
)
def test_an_unsound_template_answer_is_refused_by_name(changes: dict[str, object], words: str) -> None:
    with pytest.raises(BlockFormatError, match=words):
        work_from_answer(msgspec.structs.replace(ANSWER, **changes))

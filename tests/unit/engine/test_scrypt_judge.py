"""Candidates of Scrypt are re-hashed by another implementation than the one that found them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mining.engine.scrypt_judge import ScryptJudge, plain_machine
from mining.engine.verifier import VerifyAnswer, answer_to, pack_request, unpack_answer
from mining.native.scrypt_kernel import KNOWN_HASH, KNOWN_HEADER
from tests.unit.native.scrypt_builds import four_lane_kernel_in


@pytest.mark.parametrize("claimed", [KNOWN_HASH, bytes(32)])
def test_the_genesis_block_is_judged_by_its_known_hash(claimed: bytes) -> None:
    request = pack_request(77, algorithm=3, core=1, claimed=claimed, blob=KNOWN_HEADER)
    answer = unpack_answer(answer_to(request, ScryptJudge(plain_machine(1024, None))))
    assert answer == VerifyAnswer(77, claimed == KNOWN_HASH, KNOWN_HASH, KNOWN_HASH)


@pytest.mark.parametrize(("n", "name"), [(1024, "hashlib"), (1 << 15, "hashlib"), (1 << 16, "portable")])
def test_hashlib_judges_as_far_as_it_goes_then_our_narrowest_kernel(tmp_path: Path, n: int, name: str) -> None:
    assert plain_machine(n, four_lane_kernel_in(tmp_path)).kernel_name == name


def test_where_nothing_computes_an_n_it_is_said() -> None:
    with pytest.raises(ValueError, match="no N of 65536"):
        plain_machine(1 << 16, None)


def test_no_more_memory_is_taken_than_allowed() -> None:
    with pytest.raises(MemoryError, match="131072 bytes, and 131071"):
        plain_machine(1024, None, memory_bytes=(128 << 10) - 1)

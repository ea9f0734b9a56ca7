"""The Verifier re-hashes a candidate with a real library in light mode and says what is right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mining.algorithms.randomx.vectors import KNOWN_ANSWERS
from mining.algorithms.registry import ALGORITHMS
from mining.engine.verifier import Verifier, VerifyAnswer, pack_request, unpack_answer
from tests.unit.algorithms.light_library import cache_for, library_for

ANSWER = KNOWN_ANSWERS[0]
Ask = Callable[[str, bytes], VerifyAnswer]


@pytest.fixture(params=["rx/0", "rx/2"])
def asked(request: pytest.FixtureRequest) -> tuple[Ask, bytes, bytes]:
    """How to ask under an algorithm, the right work result and the right raw hash."""
    algorithm: str = request.param
    library = library_for(algorithm)
    verifier = Verifier(library, cache_for(library, ANSWER.key))

    def ask(_: str, claimed: bytes) -> VerifyAnswer:
        number = ALGORITHMS[algorithm].number
        return unpack_answer(
            verifier.answer(pack_request(77, algorithm=number, core=3, claimed=claimed, blob=ANSWER.data))
        )

    is_v2 = ALGORITHMS[algorithm].is_v2
    raw = bytes.fromhex(ANSWER.v2 if is_v2 else ANSWER.v1)
    return ask, bytes.fromhex(ANSWER.v2_commitment) if is_v2 else raw, raw


def test_a_right_claim_is_confirmed_by_the_jit(asked: tuple[Ask, bytes, bytes]) -> None:
    ask, work, raw = asked
    answer = ask("right", work)
    assert (answer.number, answer.is_valid, answer.was_interpreted) == (77, True, False)
    assert (answer.result, answer.raw_hash) == (work, raw) and answer.took_ms > 0


def test_a_wrong_claim_is_denied_after_the_interpreter_agreed_and_the_right_result_is_told(
    asked: tuple[Ask, bytes, bytes],
) -> None:
    ask, work, raw = asked
    answer = ask("wrong", bytes(32))
    assert (answer.is_valid, answer.was_interpreted) == (False, True)
    assert (answer.result, answer.raw_hash) == (work, raw)


def test_the_raw_hash_of_rx_2_is_not_its_work(asked: tuple[Ask, bytes, bytes]) -> None:
    ask, work, raw = asked
    assert ask("raw", raw).is_valid is (raw == work)

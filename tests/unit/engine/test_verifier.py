"""The Verifier re-hashes a candidate with a real library in light mode and says what is right."""

from __future__ import annotations

import pytest

from mining.algorithms.randomx.vectors import KNOWN_ANSWERS
from mining.algorithms.registry import ALGORITHMS
from mining.engine.randomx_judge import RandomXJudge
from mining.engine.verifier import VerifyAnswer, answer_to, pack_request, unpack_answer
from tests.unit.algorithms.light_library import cache_for, library_for

ANSWER = KNOWN_ANSWERS[0]


class _Asked:
    """A judge of one algorithm, the right work result and the right raw hash."""

    def __init__(self, algorithm: str) -> None:
        self._row = ALGORITHMS[algorithm]
        library = library_for(algorithm)
        self._judge = RandomXJudge(library, cache_for(library, ANSWER.key))
        self.raw = bytes.fromhex(ANSWER.v2 if self._row.is_v2 else ANSWER.v1)
        self.work = bytes.fromhex(ANSWER.v2_commitment) if self._row.is_v2 else self.raw

    def ask(self, claimed: bytes) -> VerifyAnswer:
        request = pack_request(77, algorithm=self._row.number, core=3, claimed=claimed, blob=ANSWER.data)
        return unpack_answer(answer_to(request, self._judge))

    @property
    def has_interpreted(self) -> bool:
        """Whether a machine without the JIT was needed."""
        return any(is_interpreted for _, is_interpreted in self._judge._machines)


@pytest.fixture(params=["rx/0", "rx/2"])
def asked(request: pytest.FixtureRequest) -> _Asked:
    """Each algorithm in turn."""
    return _Asked(request.param)


def test_a_right_claim_is_confirmed_by_the_jit_alone(asked: _Asked) -> None:
    assert asked.ask(asked.work) == VerifyAnswer(77, True, asked.work, asked.raw)
    assert not asked.has_interpreted


def test_a_wrong_claim_is_denied_after_the_interpreter_agreed_and_the_right_result_is_told(asked: _Asked) -> None:
    assert asked.ask(bytes(32)) == VerifyAnswer(77, False, asked.work, asked.raw)
    assert asked.has_interpreted


def test_the_raw_hash_of_rx_2_is_not_its_work(asked: _Asked) -> None:
    assert asked.ask(asked.raw).is_valid is (asked.raw == asked.work)

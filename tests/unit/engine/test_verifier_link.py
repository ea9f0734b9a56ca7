"""VerifierLink: no candidate is lost when a Verifier dies, and an old one answers before it is let go."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable

import pytest

from mining.engine.verifier import _ANSWER, _REQUEST, VerifyAnswer
from mining.engine.verifier_link import VerifierLink

CLAIM = b"\x0c" * 32


@pytest.fixture
async def link() -> AsyncIterator[VerifierLink]:
    """A link, closed at the end."""
    made = VerifierLink()
    yield made
    made.close()


def _ask(link: VerifierLink, blob: bytes, epoch: int = 1) -> asyncio.Future[VerifyAnswer | None]:
    return link.verify(epoch, algorithm=1, core=3, claimed=CLAIM, blob=blob)


class _Peer:
    """The other end of the pair."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end

    async def asked(self) -> tuple[int, bytes]:
        """The (number, blob) of the next request."""
        packet = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self._end, 4096), 30)
        number, algorithm, core, claimed = _REQUEST.unpack_from(packet)
        assert (algorithm, core, claimed) == (1, 3, CLAIM)
        return int(number), packet[_REQUEST.size :]

    def has_request(self) -> bool:
        try:
            return bool(self._end.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False

    def answer(self, number: int, *, is_valid: bool = True) -> None:
        self._end.send(_ANSWER.pack(number, is_valid, CLAIM, bytes(32)))

    def die(self) -> None:
        self._end.close()


async def _soon(future: Awaitable[VerifyAnswer | None]) -> VerifyAnswer | None:
    return await asyncio.wait_for(future, 30)


async def test_an_answer_finds_its_question(link: VerifierLink) -> None:
    peer = _Peer(link.open(1))
    first, second = _ask(link, b"a"), _ask(link, b"b")
    numbers = {blob: number for number, blob in [await peer.asked(), await peer.asked()]}
    peer.answer(numbers[b"b"], is_valid=False)
    peer.answer(numbers[b"a"])
    one, two = await _soon(first), await _soon(second)
    assert one is not None and one.is_valid and one.result == CLAIM
    assert two is not None and not two.is_valid
    assert not link._requests
    peer.die()


async def test_questions_wait_for_a_verifier_of_their_epoch(link: VerifierLink) -> None:
    future = _ask(link, b"early", epoch=2)
    assert not link.has_channel(2)
    peer = _Peer(link.open(2))
    assert link.has_channel(2)
    number, blob = await peer.asked()
    assert blob == b"early"
    peer.answer(number)
    assert await _soon(future) is not None
    peer.die()


async def test_what_a_dead_verifier_did_not_answer_is_asked_again_in_order(link: VerifierLink) -> None:
    dead = _Peer(link.open(1))
    futures = [_ask(link, bytes([at])) for at in range(6)]
    number, _ = await dead.asked()
    dead.answer(number)
    assert await _soon(futures[0]) is not None
    dead.die()
    while link.has_channel(1):
        await asyncio.sleep(0)
    fresh = _Peer(link.open(1))
    seen = []
    for future in futures[1:]:
        number, blob = await fresh.asked()
        seen.append(blob)
        fresh.answer(number)
        assert await _soon(future) is not None
    assert seen == [bytes([at]) for at in range(1, 6)] and not link._requests
    fresh.die()


async def test_a_question_to_a_verifier_that_is_just_gone_is_kept(link: VerifierLink) -> None:
    _Peer(link.open(1)).die()
    future = _ask(link, b"kept")
    await asyncio.sleep(0)
    fresh = _Peer(link.open(1))
    number, blob = await fresh.asked()
    fresh.answer(number)
    assert blob == b"kept" and await _soon(future) is not None
    fresh.die()


async def test_only_a_few_questions_are_under_way_at_a_time(link: VerifierLink) -> None:
    peer = _Peer(link.open(1))
    futures = [_ask(link, bytes([at])) for at in range(9)]
    numbers = [(await peer.asked())[0] for _ in range(4)]
    await asyncio.sleep(0)
    assert not peer.has_request(), "the socket's buffer is never filled"
    for number in numbers:
        peer.answer(number)
    for _ in range(5):
        number, _blob = await peer.asked()
        peer.answer(number)
    assert None not in [await _soon(future) for future in futures]
    peer.die()


async def test_an_old_verifier_answers_what_it_was_asked_before_it_is_let_go(link: VerifierLink) -> None:
    old = _Peer(link.open(1))
    future = _ask(link, b"old seed")
    link.retire(current=2)
    assert link.has_channel(1)
    number, _ = await old.asked()
    old.answer(number)
    assert await _soon(future) is not None
    link.retire(current=2)
    assert not link.has_channel(1)
    old.die()


async def test_retiring_keeps_the_verifier_of_the_current_seed(link: VerifierLink) -> None:
    peer = _Peer(link.open(2))
    link.retire(current=2)
    assert link.has_channel(2)
    peer.die()


async def test_a_seed_that_is_gone_for_good_answers_none(link: VerifierLink) -> None:
    future = _ask(link, b"too late", epoch=1)
    link.retire(current=2)
    assert await _soon(future) is None and not link._requests


async def test_closing_answers_none_to_everything_under_way(link: VerifierLink) -> None:
    peer = _Peer(link.open(1))
    futures = [_ask(link, bytes([at])) for at in range(6)]
    link.close()
    assert [await _soon(future) for future in futures] == [None] * 6
    assert not link._requests and not link.has_channel(1)
    peer.die()


async def test_a_question_that_nobody_waits_for_any_more_disturbs_nobody(link: VerifierLink) -> None:
    peer = _Peer(link.open(1))
    given_up, wanted = _ask(link, b"a"), _ask(link, b"b")
    given_up.cancel()
    for _ in range(2):
        number, _blob = await peer.asked()
        peer.answer(number)
    assert await _soon(wanted) is not None and not link._requests
    peer.die()


async def test_a_second_verifier_of_the_same_seed_takes_over(link: VerifierLink) -> None:
    first = _Peer(link.open(1))
    future = _ask(link, b"a")
    await first.asked()
    second = _Peer(link.open(1))
    number, _ = await second.asked()
    second.answer(number)
    assert await _soon(future) is not None
    first.die()
    second.die()

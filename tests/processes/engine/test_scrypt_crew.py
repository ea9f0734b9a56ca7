"""A Crew of Scrypt on two cores: the same laws as RandomX, over kills, new jobs, wrong kernels and wrong cores."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter as Count
from pathlib import Path

import pytest

from mining.engine.boards import Counter, Kernel, Probe
from mining.native.build import built_scrypt_kernel
from mining.native.scrypt_kernel import ScryptKernel
from tests.support.process_facts import is_running, title_of, until
from tests.support.scrypt_crew import ScryptCrew, header_of, scrypt_crew
from tests.unit.native.plain_scrypt import oracle
from tests.unit.native.scrypt_builds import wrong_kernel_in

KILLS = 6
CHUNK = 512
N = 1024
HARD = 1 << 250  # one hash in 64 is a candidate


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path, sentence = built_scrypt_kernel(tmp_path_factory.mktemp("native"))
    if path is None:
        pytest.skip(sentence)
    return path


def usable_cores() -> tuple[int, ...]:
    return tuple(sorted(os.sched_getaffinity(0)))[:2]


def lanes_of(kernel: Path) -> int:
    """How many headers a worker has in hand at once."""
    return next(row.lanes for row in ScryptKernel(kernel).kernels if row.is_supported)


def keys_of(crew: ScryptCrew) -> Count[tuple[int, int]]:
    return Count((generation, nonce) for _, generation, nonce, _ in crew.candidates)


def missing_in(nonces: list[int]) -> int:
    """Nonces missing below the highest one of each lease."""
    highest: dict[int, int] = {}
    for nonce in nonces:
        highest[nonce // CHUNK] = max(nonce, highest.get(nonce // CHUNK, 0))
    return sum(top - lease * CHUNK + 1 for lease, top in highest.items()) - len(nonces)


def is_right(candidate: tuple[int, int, int, bytes]) -> bool:
    _, generation, nonce, result = candidate
    return result == oracle(header_of(generation, nonce), N)


def wrong_among(crew: ScryptCrew, *, at_most: int = 60) -> list[tuple[int, int, int, bytes]]:
    """Those of the last candidates whose hash is not what hashlib computes."""
    return [candidate for candidate in crew.candidates[-at_most:] if not is_right(candidate)]


async def test_killed_workers_repeat_no_nonce_and_skip_at_most_the_headers_in_hand(kernel: Path) -> None:
    rng, lanes = random.Random(7), lanes_of(kernel)
    async with scrypt_crew(usable_cores(), kernel) as made:
        made.give_job(chunk=CHUNK)
        await made.until_reported(50)
        for number in range(KILLS):
            slot = made.crew.slots[number % len(made.crew.slots)]
            await made.until_reported(rng.randint(1, 300))
            killed = slot.pid
            os.kill(killed, signal.SIGKILL)
            await made.until_replaced(slot, killed)
        await made.until_reported(CHUNK)
        assert await made.crew.settle()
        hashes, restarts = made.crew.hashes, made.crew.restarts
    nonces = [nonce for _, nonce in keys_of(made)]
    assert set(keys_of(made).values()) == {1}, "a nonce was hashed twice"
    assert restarts == KILLS and wrong_among(made) == []
    assert hashes - KILLS * lanes <= len(nonces) <= hashes, "a kill may cost what was counted and not yet reported"
    assert missing_in(nonces) <= KILLS * lanes


async def test_a_new_job_repeats_no_nonce_of_an_old_one_and_loses_none(kernel: Path) -> None:
    async with scrypt_crew(usable_cores(), kernel) as made:
        for _ in range(5):
            made.give_job(chunk=CHUNK)
            await made.until_reported(100)
        assert await made.crew.settle()
        assert len(made.candidates) == made.crew.hashes, "everything that was counted was reported"
    assert set(keys_of(made).values()) == {1}
    for generation in range(1, 6):
        assert missing_in([nonce for number, nonce in keys_of(made) if number == generation]) == 0


async def test_a_used_up_nonce_space_ends_the_work_and_never_wraps(kernel: Path) -> None:
    async with scrypt_crew(usable_cores(), kernel) as made:
        made.give_job(chunk=16, count=100)
        await made.until(lambda: len(made.candidates) == 100, 60, "all nonces of the space")
        assert made.grants is not None and not made.grants.top_up(), "a fresh job is asked for"
        assert await made.crew.settle()
        assert made.crew.hashes == 100
    assert sorted(nonce for _, nonce in keys_of(made)) == list(range(100))


async def test_only_hashes_up_to_the_target_come_back(kernel: Path) -> None:
    async with scrypt_crew(usable_cores(), kernel) as made:
        made.give_job(chunk=CHUNK, count=2000, target=HARD)
        await made.until(lambda: made.crew.hashes == 2000, 60, "all of them are hashed")
        assert await made.crew.settle()
    expected = {nonce for nonce in range(2000) if int.from_bytes(oracle(header_of(1, nonce), N), "little") <= HARD}
    assert set(keys_of(made)) == {(1, nonce) for nonce in expected} and expected


async def test_after_the_death_of_the_host_hashing_goes_on_and_no_process_is_left(kernel: Path) -> None:
    async with scrypt_crew(usable_cores(), kernel) as made:
        made.give_job(chunk=CHUNK)
        await made.until_reported(50)
        before = dict(made.crew.pids)
        assert title_of(before["host"]).startswith("minerconsole: host scrypt")
        os.kill(before["host"], signal.SIGKILL)
        for slot in made.crew.slots:
            await made.until_replaced(slot, before[f"core {slot.core}"])
        await made.until_reported(CHUNK)
        assert await made.crew.settle()
        after = dict(made.crew.pids)
    assert set(keys_of(made).values()) == {1} and wrong_among(made) == []
    assert set(before.values()).isdisjoint(after.values())
    until(lambda: not any(is_running(pid) for pid in (*before.values(), *after.values())), 30, "all of them are gone")


async def test_the_verifier_confirms_right_claims_and_disproves_wrong_ones_on_another_core(kernel: Path) -> None:
    cores = usable_cores()
    async with scrypt_crew(cores, kernel) as made:
        header = header_of(1, 77)
        right = oracle(header, N)
        for claimed in (right, bytes(32)):
            made.crew.round()
            answer = await made.crew.verifier.verify(
                made.crew.epoch, algorithm=3, core=cores[0], claimed=claimed, blob=header
            )
            assert answer is not None and answer.is_valid is (claimed == right) and answer.result == right
        if len(os.sched_getaffinity(0)) > 1:
            await made.until(lambda: "verifier" in made.crew.pids, 60, "the Host tells of the Verifier")
            assert cores[0] not in os.sched_getaffinity(made.crew.pids["verifier"])


def failed_tests(made: ScryptCrew) -> list[str]:
    return [sentence for sentence in made.told if "failed its self-test" in sentence and "hashlib" in sentence]


@pytest.mark.parametrize("flag", [pytest.param("-DALWAYS_WRONG", marks=pytest.mark.soak), "-DCRASHES"])
async def test_a_kernel_that_is_wrong_or_crashes_gives_way_to_hashlib(tmp_path: Path, flag: str) -> None:
    async with scrypt_crew(usable_cores(), wrong_kernel_in(tmp_path, flag)) as made:
        made.give_job(chunk=CHUNK)
        await made.until_reported(100)
        await made.until(lambda: len(failed_tests(made)) >= len(usable_cores()), 60, "what each core's kernel came to")
        told = failed_tests(made)
        kernels = [made.crew.counters.read(slot.slot, Counter.KERNEL) for slot in made.crew.slots]
    assert len(told) == len(usable_cores()) and all("Scrypt" in sentence for sentence in told)
    assert kernels == [Kernel.OWN_FAILED] * len(kernels) and wrong_among(made) == []


async def test_a_kernel_whose_find_is_disproved_hashes_no_more_on_that_core(tmp_path: Path) -> None:
    lying = wrong_kernel_in(tmp_path, "-DIS_WRONG(nonce)=((nonce) < 1u << 24 && (nonce) % 4 == 3)")
    async with scrypt_crew(usable_cores()[:1], lying) as made:
        made.give_job(chunk=CHUNK, target=HARD)
        await made.until(lambda: any(not is_right(one) for one in made.candidates), 60, "a wrong candidate")
        core, generation, nonce, result = next(one for one in made.candidates if not is_right(one))
        answer = await made.crew.verifier.verify(
            made.crew.epoch, algorithm=3, core=core, claimed=result, blob=header_of(generation, nonce)
        )
        assert answer is not None and not answer.is_valid
        (slot,) = made.crew.slots
        before = slot.pid
        made.crew.wrong_hash(core)
        await made.until_replaced(slot, before)
        seen = len(made.candidates)
        await made.until_reported(20)
        assert [one for one in made.candidates[seen:] if not is_right(one)] == []
        assert made.crew.counters.read(slot.slot, Counter.KERNEL) == Kernel.OWN_FAILED and not slot.is_quarantined
    assert [("disproved" in sentence and "hashlib" in sentence) for sentence in made.told] == [True]
    assert set(keys_of(made).values()) == {1}


async def test_a_core_that_fails_its_self_test_three_times_is_put_aside_and_the_other_goes_on(kernel: Path) -> None:
    cores = usable_cores()
    if len(cores) < 2:
        pytest.skip("needs two cores")
    async with scrypt_crew(cores, kernel) as made:
        made.give_job(chunk=CHUNK)
        await made.until_reported(50)
        bad, good = made.crew.slots
        right = made.crew.work.read_probe(good.slot)
        wrong = Probe(right.epoch, right.data, bytes(32))  # as a core that computes something else would see it
        made.crew.work.write_probes([wrong, right])
        os.kill(bad.pid, signal.SIGKILL)
        await made.until(lambda: bad.is_quarantined, 60, "the core is put aside")
        assert (bad.core, "quarantined", "probe_mismatch") in made.changes
        seen = len(made.candidates)
        await made.until_reported(100)
        assert {core for core, *_ in made.candidates[seen:]} == {good.core}
    assert any(f"core {bad.core} computed a wrong hash" in sentence for sentence in made.told)


async def test_without_a_kernel_hashlib_hashes_from_the_nonce_on_that_comes_next(kernel: Path) -> None:
    async with scrypt_crew(usable_cores(), None) as made:
        made.give_job(chunk=CHUNK)
        await made.until_reported(60)
        assert await made.crew.settle()
        assert len(made.candidates) == made.crew.hashes
    assert missing_in([nonce for _, nonce in keys_of(made)]) == 0 and wrong_among(made) == [] and made.told == []

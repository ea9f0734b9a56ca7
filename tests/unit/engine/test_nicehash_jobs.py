"""A NiceHash job from the wire to the cores: 2^24 nonces under the server's byte, each once, and never a wrap."""

from __future__ import annotations

from itertools import pairwise

import pytest

from mining.engine.boards import Counter, Lease
from mining.engine.jobs import Job
from mining.stratum.cryptonote.job import PoolJob, decode_job, engine_job
from mining.stratum.cryptonote.nonces import NICEHASH_NONCES
from tests.unit.engine.dispatch_bench import DispatchBench
from tests.unit.engine.fake_crew import FakeCrew

SERVER_BYTE = 0xFF  # above it there is nothing but the wrap
FIRST = SERVER_BYTE << 24


@pytest.fixture
async def bench(crew: FakeCrew) -> DispatchBench:
    """Nothing received yet."""
    return DispatchBench(crew)


@pytest.fixture
def granted(bench: DispatchBench, monkeypatch: pytest.MonkeyPatch) -> list[Lease]:
    """All leases that are given out from now on."""
    leases: list[Lease] = []
    write = bench.crew.work.write_lease

    def noting(slot: int, lease: Lease) -> None:
        leases.append(lease)
        write(slot, lease)

    monkeypatch.setattr(bench.crew.work, "write_lease", noting)
    return leases


def nicehash_job(job_id: str, *, root: str = "one") -> Job:
    """A job as the codec and the session hand it on."""
    blob = bytearray(root.encode().ljust(76, b"."))
    blob[39:43] = 0, 0, 0, SERVER_BYTE
    fields = {"job_id": job_id, "blob": blob.hex(), "target": "ffffff0f", "seed_hash": "00" * 32}
    decoded = decode_job(fields, session_id="1")
    assert isinstance(decoded, PoolJob)
    return engine_job(decoded)


def use_up(bench: DispatchBench, granted: list[Lease]) -> None:
    """Let every core finish its leases, one after the other, until nothing more is given out."""
    generation = bench.crew.published[-1].generation
    count, serial = -1, 1
    while count != len(granted):
        count = len(granted)
        for slot in bench.crew.wanted:
            row = bench.crew.counters.row(slot.slot)
            row[Counter.GENERATION], row[Counter.LEASE] = generation, serial
            row.release()
        serial += 1
        bench.dispatcher.top_up()


async def test_the_leases_are_all_nonces_under_the_servers_byte_once(
    bench: DispatchBench, granted: list[Lease]
) -> None:
    await bench.mine(nicehash_job("1"))
    use_up(bench, granted)
    assert granted[0].start == FIRST and granted[-1].end == FIRST + NICEHASH_NONCES == 1 << 32
    assert all(earlier.end == later.start for earlier, later in pairwise(granted)), "disjoint, and without a gap"
    assert bench.source.fresh_asked == 1


async def test_a_used_up_space_gives_nothing_until_the_pool_sends_other_bytes(
    bench: DispatchBench, granted: list[Lease]
) -> None:
    await bench.mine(nicehash_job("1"))
    use_up(bench, granted)
    count = len(granted)
    await bench.mine(nicehash_job("2"))
    use_up(bench, granted)
    assert len(granted) == count, "the same bytes under another id: each of their nonces was tried"
    assert bench.source.fresh_asked == 2
    await bench.mine(nicehash_job("3", root="two"))
    use_up(bench, granted)
    assert len(granted) == 2 * count and granted[count].start == FIRST


async def test_a_found_nonce_keeps_the_servers_byte_in_the_blob_that_is_checked(bench: DispatchBench) -> None:
    await bench.mine(nicehash_job("1"))
    bench.find(FIRST + 0x010203)
    await bench.until(lambda: bool(bench.crew.verifier.requests))
    assert bench.crew.verifier.requests[0].blob[39:43] == bytes([3, 2, 1, SERVER_BYTE])

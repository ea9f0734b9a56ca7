"""The shapes of a job: whole, with fields missing, nested, empty, and impossible."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.stratum.cryptonote.job import EmptyJob, PoolJob, decode_job, engine_job, is_same_work, shares_nonces
from mining.stratum.cryptonote.nonces import NonceRange
from mining.stratum.cryptonote.targets import meets
from mining.stratum.errors import PeerError, TargetError
from tests.unit.stratum.exchange_samples import BLOB, BLOCK, FRESH_BLOB, SEED, job


def decode(params: object, **options: object) -> PoolJob:
    decoded = decode_job(params, session_id="s", **options)  # type: ignore[arg-type]
    assert isinstance(decoded, PoolJob)
    return decoded


def refusal(params: object) -> str:
    with pytest.raises(PeerError) as caught:
        decode_job(params, session_id="s")
    assert caught.value.code in ("bad_job", "bad_target") and caught.value.sentence.isprintable()
    return caught.value.sentence


def test_a_whole_job_is_read_field_by_field() -> None:
    read = decode(job(next_seed_hash="11" * 32, id="s"))
    assert (read.job_id, read.session_id, read.named_session) == ("q7PLUPL25UV0z5Ij14IyMk8htXbj", "s", "s")
    assert (read.blob.hex(), read.seed.hex(), read.height) == (FRESH_BLOB, SEED, 3)
    assert (read.algorithm, read.wire_algorithm, read.target.difficulty) == ("rx/0", "rx/0", 10000)
    assert read.nonces == NonceRange(0, 1 << 32) and read.next_seed == bytes.fromhex("11" * 32)


def test_a_job_without_algorithm_and_height_is_taken_for_the_configured_one() -> None:
    read = decode(job(algo=None, height=None), algorithm="rx/2")
    assert (read.algorithm, read.wire_algorithm, read.height) == ("rx/2", None, None)


@pytest.mark.parametrize(("algo", "name"), [("rx", "rx/0"), ("randomx", "rx/0"), ("RX/0", "rx/0"), ("cn/r", "cn/r")])
def test_an_algorithm_has_one_name_here_and_keeps_the_pool_s(algo: str, name: str) -> None:
    read = decode(job(algo=algo))
    assert (read.algorithm, read.wire_algorithm) == (name, algo)


@pytest.mark.parametrize("job_id", [0, 7, "0", "7", "a+/=", "x" * 256])
def test_a_job_id_keeps_its_type_for_the_echo(job_id: object) -> None:
    assert decode(job(job_id=job_id)).job_id is job_id


@pytest.mark.parametrize("height", ["3", -1, 1.5, True, 1 << 70, []])
def test_a_strange_height_counts_as_absent(height: object) -> None:
    assert decode(job(height=height)).height is None


@pytest.mark.parametrize("seed", ["", SEED, "zz", 5])
def test_a_next_seed_that_is_empty_the_same_or_no_hash_counts_as_absent(seed: object) -> None:
    assert decode(job(next_seed_hash=seed)).next_seed is None


def test_a_nested_job_is_read_with_the_session_id_beside_it() -> None:
    assert decode({"id": 42, "job": job()}).named_session == 42
    assert decode({"id": 42, "job": job(id="s")}).named_session == "s"


@pytest.mark.parametrize(
    "params", [None, {}, {"blob": "", "job_id": "", "target": ""}, {"blob": "", "job_id": "", "target": "", "id": "s"}]
)
def test_an_empty_job_is_no_job(params: object) -> None:
    assert decode_job(params, session_id="s") == EmptyJob()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"job_id": ""}, "job_id ''"),
        ({"job_id": "x" * 257}, "job_id 'xxx"),
        ({"job_id": True}, "job_id True"),
        ({"job_id": None}, "job_id None"),
        ({"blob": None}, "blob None"),
        ({"blob": "abc"}, "blob 'abc' of the job is not hex"),
        ({"blob": "zz" * 76}, "not hex"),
        ({"blob": "00" * 42}, "42 bytes, not 43 to 407"),
        ({"blob": "00" * 408}, "408 bytes"),
        ({"blob": ["00"]}, "not hex"),
        ({"seed_hash": None}, "seed_hash None"),
        ({"seed_hash": SEED[:-2]}, "not 64 hex characters"),
        ({"algo": 5}, "algo 5"),
        ({"algo": "x" * 40}, "not the name of an algorithm"),
        ({"target": None}, "target None"),
        ({"target": "00000000"}, "zero"),
        ({"sig_key": "11" * 32}, "sign (Wownero)"),
        ({"blob": None, "blocktemplate_blob": "00" * 200}, "block templates (proxy mode): field blocktemplate_blob"),
        ({"blob": None, "pool_wallet": "4abc", "extra_nonce": "00" * 8}, "self-select jobs"),
    ],
)
def test_a_job_that_cannot_be_mined_is_refused_with_field_and_value(changes: dict[str, object], words: str) -> None:
    assert words in refusal(job(**changes))


def test_a_job_that_is_no_object_is_refused() -> None:
    impossible: tuple[object, ...] = ([], "job", 5, True)
    for params in impossible:
        assert "not a JSON object" in refusal(params)


def test_another_algorithm_needs_no_seed() -> None:
    assert decode(job(algo="cn/r", seed_hash=None)).seed == b""


@pytest.mark.parametrize("size", [43, 407])
def test_the_shortest_and_the_longest_blob_pass(size: int) -> None:
    assert len(decode(job(blob="00" * size)).blob) == size


def test_a_job_repeats_another_only_when_all_of_its_work_is_the_same() -> None:
    first = decode(job())
    assert is_same_work(first, decode(job(height=4, next_seed_hash="11" * 32)))
    for changes in ({"job_id": "2"}, {"target": "c5a70000"}, {"blob": "01" + FRESH_BLOB[2:]}, {"seed_hash": "11" * 32}):
        assert not is_same_work(first, decode(job(**changes)))


def test_the_same_bytes_or_the_same_id_share_their_nonces() -> None:
    first = decode(job())
    assert shares_nonces(first, decode(job(target="c5a70000")))
    assert shares_nonces(first, decode(job(job_id="2")))
    assert not shares_nonces(first, decode(job(job_id="2", blob="01" + FRESH_BLOB[2:])))


def test_the_engine_s_job_finds_a_known_block() -> None:
    work = engine_job(decode(job(job_id=9, target="ffffffff")), is_clean=False)
    found = bytearray(work.blob)
    found[39:43] = BLOCK["nonce"].to_bytes(work.nonce_size, "little")
    assert found.hex() == BLOB and work.job_id == "9" and not work.is_clean
    known = bytes.fromhex(BLOCK["pow_hash"])
    for compact in ("ffffffff", "37894100", "711b0d00"):
        pool_job = decode(job(target=compact))
        is_share = int.from_bytes(known, "little") <= engine_job(pool_job).target
        assert is_share == meets(known, pool_job.target.t64)


def test_a_filled_nonce_gives_the_engine_a_nicehash_range() -> None:
    work = engine_job(decode(job(blob=FRESH_BLOB[:84] + "a5" + FRESH_BLOB[86:])))
    assert (work.nonce_first, work.nonce_count) == (0xA5000000, 1 << 24)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*job(), "id", "job", "sig_key", "pool_wallet", "next_seed_hash"]), ANYTHING))
def test_any_change_to_a_job_gives_a_job_or_a_typed_error(changes: dict[str, object]) -> None:
    changed = json.loads(json.dumps(job() | changes))
    try:
        decoded = decode_job(changed, session_id="s")
    except PeerError as error:
        assert error.sentence and len(error.sentence) < 300
        assert isinstance(error, TargetError) == (error.code == "bad_target")
    else:
        assert isinstance(decoded, PoolJob | EmptyJob)

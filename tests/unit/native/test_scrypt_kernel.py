"""Our Scrypt kernels against the numbers of RFC 7914, known blocks and shares, OpenSSL, and a plain reading."""

from __future__ import annotations

import ctypes
import hashlib
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mining.native.build import built_scrypt_kernel
from mining.native.scrypt_hashlib import HashlibMachine
from mining.native.scrypt_kernel import (
    KNOWN_HASH,
    KNOWN_HEADER,
    MAX_N,
    NO_LIMIT,
    ScryptKernel,
    ScryptMachine,
    scratchpad_bytes,
)
from mining.stratum.bitcoin.header import header
from mining.stratum.bitcoin.job import Extranonce, decode_job
from tests.unit.native.plain_scrypt import oracle, plain_mix, plain_scrypt
from tests.unit.native.scrypt_builds import KERNELS, four_lane_kernel_in, row_named, scrypt_kernel_in
from tests.unit.stratum.bitcoin.v1_samples import JOBS, VECTORS

# RFC 7914, chapters 10 (N = 16) and 12 (the case with r = 1: scrypt("", "", 16, 1, 1, 64)).
MIX_IN = bytes.fromhex(
    "f7ce0b653d2d72a4108cf5abe912ffdd777616dbbb27a70e8204f3ae2d0f6fad89f68f4811d1e87bcc3bd7400a9ffd29094f0184639574f39ae5"
    "a1315217bcd7894991447213bb226c25b54da86370fbcd984380374666bb8ffcb5bf40c254b067d27c51ce4ad5fed829c90b505a571b7f4d1cad"
    "6a523cda770e67bceaaf7e89"
)
MIX_OUT = bytes.fromhex(
    "79ccc193629debca047f0b70604bf6b62ce3dd4a9626e355fafc6198e6ea2b46d58413673b99b029d665c357601fb426a0b2f4bba200ee9f0a43"
    "d19b571a9c71ef1142e65d5a266fddca832ce59faa7cac0b9cf1be2bffca300d01ee387619c4ae12fd4438f203a0e4e1c47ec314861f4e9087cb"
    "33396a6873e8f9d2539a4b8e"
)
RFC_KEY = bytes.fromhex(
    "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35"
    "e20c38d18906"
)
SAMPLES = 200
Make = Callable[..., ScryptMachine | HashlibMachine]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> ScryptKernel:
    return scrypt_kernel_in(tmp_path_factory.mktemp("native"))


@pytest.fixture(scope="module")
def four_lanes(tmp_path_factory: pytest.TempPathFactory) -> ScryptKernel:
    return four_lane_kernel_in(tmp_path_factory.mktemp("native"))


@pytest.fixture(params=[*KERNELS, "hashlib"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes machines with each of our kernels, and with hashlib."""
    made: list[ScryptMachine | HashlibMachine] = []

    def machine(n: int = 1024, **options: Any) -> ScryptMachine | HashlibMachine:
        if request.param == "hashlib":
            made.append(HashlibMachine(n, **options))
        else:
            kernel: ScryptKernel = request.getfixturevalue("kernel")
            made.append(ScryptMachine(kernel, n, most_lanes=row_named(kernel, request.param).lanes, **options))
        return made[-1]

    yield machine
    for one in made:
        one.destroy()


def mixed(kernel: ScryptKernel, block: bytes, n: int) -> bytes:
    """scryptROMix by our portable kernel."""
    machine = ScryptMachine(kernel, n)
    buffer = ctypes.create_string_buffer(block, len(block))
    kernel.c.mc_scrypt_mix(machine.pointer, buffer)
    machine.destroy()
    return buffer.raw


def test_the_mix_of_the_rfc_comes_out(kernel: ScryptKernel) -> None:
    assert mixed(kernel, MIX_IN, 16) == MIX_OUT == plain_mix(MIX_IN, 16)


def test_the_key_of_the_rfc_s_case_with_r_1_comes_out_of_our_mix(kernel: ScryptKernel) -> None:
    block = hashlib.pbkdf2_hmac("sha256", b"", b"", 1, 128)
    assert hashlib.pbkdf2_hmac("sha256", b"", mixed(kernel, block, 16), 1, 64) == RFC_KEY


def test_the_genesis_block_of_litecoin_has_its_hash(make: Make) -> None:
    genesis = VECTORS["genesis"]
    assert make().hash(bytes.fromhex(genesis["header"]))[::-1].hex() == genesis["hash_be"]


def test_the_kernel_tries_itself_with_that_block(kernel: ScryptKernel) -> None:
    genesis = VECTORS["genesis"]
    assert (KNOWN_HEADER.hex(), KNOWN_HASH[::-1].hex()) == (genesis["header"], genesis["hash_be"])
    assert kernel.unavailable_reason() == ""


@pytest.mark.parametrize("vector", JOBS, ids=lambda vector: vector["name"])
def test_a_known_share_goes_from_the_pool_s_words_to_its_hash(make: Make, vector: dict[str, Any]) -> None:
    second = bytes.fromhex(vector["extranonce2"])
    job = decode_job(vector["params"], extranonce=Extranonce(bytes.fromhex(vector["extranonce1"]), len(second)))
    data = header(job, second, nonce=int(vector["nonce"], 16), ntime=int(vector["ntime"], 16))
    assert make().hash(data)[::-1].hex() == vector["hash_be"]


@pytest.mark.parametrize("name", KERNELS)
def test_random_headers_have_the_hashes_of_openssl_in_each_lane(kernel: ScryptKernel, name: str) -> None:
    chance, machine = random.Random(1), ScryptMachine(kernel, 1024, most_lanes=row_named(kernel, name).lanes)
    assert machine.kernel_name == name
    for number, data in enumerate([bytes(80), b"\xff" * 80, *(chance.randbytes(80) for _ in range(SAMPLES))]):
        assert machine.hash(data, number % machine.lanes) == oracle(data), (data.hex(), number % machine.lanes)
    machine.destroy()


def test_the_table_of_kernels_ends_with_the_one_for_every_machine(kernel: ScryptKernel) -> None:
    rows = kernel.kernels
    assert tuple(row.name for row in rows) == KERNELS and rows[-1].is_supported
    assert [row.lanes for row in rows] == sorted({row.lanes for row in rows}, reverse=True), "lanes tell them apart"


@pytest.mark.parametrize("n", [1 << power for power in range(1, 16)])
def test_each_n_that_openssl_has_gives_its_hashes(make: Make, n: int) -> None:
    data = random.Random(n).randbytes(80)
    assert make(n).hash(data) == oracle(data, n)


@pytest.mark.parametrize("n", [16, pytest.param(1 << 16, marks=pytest.mark.soak)])
def test_a_plain_reading_of_the_rfc_gives_the_same_hash(kernel: ScryptKernel, n: int) -> None:
    data, machine = random.Random(n).randbytes(80), ScryptMachine(kernel, n)
    assert machine.hash(data) == plain_scrypt(data, n)
    machine.destroy()


@pytest.mark.soak
def test_the_largest_n_runs_and_gives_the_same_hash_again(kernel: ScryptKernel) -> None:
    first, second = (ScryptMachine(kernel, MAX_N) for _ in range(2))
    assert first.hash(KNOWN_HEADER) == second.hash(KNOWN_HEADER) != KNOWN_HASH
    first.destroy()
    second.destroy()


def test_two_machines_do_not_disturb_each_other(kernel: ScryptKernel) -> None:
    small, large = ScryptMachine(kernel, 2), ScryptMachine(kernel, 4096)
    for data in (KNOWN_HEADER, bytes(80)):
        assert (small.hash(data), large.hash(data)) == (oracle(data, 2), oracle(data, 4096))
    small.destroy()
    large.destroy()


@pytest.mark.parametrize("n", [-1024, 0, 1, 3, 1000, 1023, 2 * MAX_N, 1 << 64, (1 << 64) + 1024])
def test_an_n_that_is_no_power_of_two_in_range_is_refused_by_name(make: Make, n: int) -> None:
    with pytest.raises(ValueError, match=f"{n};.*power of two from 2 to {MAX_N}"):
        make(n)


@pytest.mark.parametrize("n", [0, 1, 3, 2 * MAX_N, 1 << 63, (1 << 64) - 1])
def test_the_c_side_refuses_such_an_n_too(kernel: ScryptKernel, n: int) -> None:
    assert kernel.c.mc_scrypt_create(n, 0, NO_LIMIT, 1) is None
    assert kernel.c.mc_scrypt_reason().decode() == f"N is {n}, not a power of two from 2 to {MAX_N}"


def test_hashlib_says_which_n_it_does_not_have() -> None:
    with pytest.raises(ValueError, match=r"no N of 65536 .* 32768\); install a C compiler"):
        HashlibMachine(1 << 16)


@pytest.mark.parametrize("size", [0, 79, 81])
def test_a_header_of_another_length_is_refused(make: Make, size: int) -> None:
    with pytest.raises(ValueError, match=f"80 bytes, not {size}"):
        make(2).hash(bytes(size))


def test_a_machine_that_needs_more_memory_than_it_may_take_is_refused(make: Make) -> None:
    needed = scratchpad_bytes(1024, 1)
    make(memory_bytes=needed)
    with pytest.raises(MemoryError, match=f"N = 1024 .*needs {needed} bytes, and {needed - 1} are free"):
        make(memory_bytes=needed - 1)
    with pytest.raises(MemoryError, match="and 0 are free"):
        make(memory_bytes=0)


def test_a_system_without_memory_is_an_error_with_a_sentence(kernel: ScryptKernel) -> None:
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from mining.native.scrypt_kernel import ScryptKernel, ScryptMachine\n"
        "kernel = ScryptKernel(sys.argv[1])\n"
        "used = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20),) * 2)\n"
        "try: ScryptMachine(kernel, 1 << 20)\n"
        "except MemoryError as error: print(error)\n"
    )
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", program, kernel.c._name]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60)
    assert "the system has no 134217728 bytes for its scratchpad; use fewer cores" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("most_lanes", "memory_bytes", "lanes"),
    [(0, None, 4), (4, 4 << 17, 4), (5, (8 << 17) - 1, 4), (3, None, 1), (1, 1 << 17, 1), (0, (4 << 17) - 1, 1)],
)
def test_the_first_kernel_that_fits_is_chosen(
    four_lanes: ScryptKernel, most_lanes: int, memory_bytes: int | None, lanes: int
) -> None:
    machine = ScryptMachine(four_lanes, 1024, most_lanes=most_lanes, memory_bytes=memory_bytes)
    assert (machine.kernel_name, machine.lanes) == ({4: "four lanes", 1: "portable"}[lanes], lanes)
    assert machine.hash(KNOWN_HEADER) == KNOWN_HASH
    machine.destroy()


def test_without_a_compiler_the_sentence_says_what_it_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path, sentence = built_scrypt_kernel(tmp_path / "cache")
    assert path is None
    assert "C compiler" in sentence and "hashlib.scrypt" in sentence and "several times slower" in sentence

"""Compiled Scrypt kernels for the tests: as they ship, with a kernel of four lanes, and under the sanitizers."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from mining.native import build
from mining.native.scrypt_kernel import KernelRow, ScryptKernel
from tests.unit.native.plain_scrypt import oracle

_SIMD = {"x86_64": ("avx512", "avx2", "sse2"), "aarch64": ("neon",)}
KERNELS = (*_SIMD.get(platform.machine(), ()), "portable")
"""Those that are compiled on this kind of machine."""
LOWERED = "avx512 lowered"
"""The text of the AVX-512 kernel, made of what every machine has."""
_HERE = Path(__file__).parent
_SOURCES = Path(build.__file__).parent / "scrypt"
_FLAGS = ("-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{_SOURCES}")
SANITIZERS = ("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")  # -g costs minutes here


def scrypt_kernel_in(folder: Path) -> ScryptKernel:
    """The freshly compiled kernels, or a skip where there is no compiler."""
    _compiler()
    path, sentence = build.built_scrypt_kernel(folder)
    assert path is not None, sentence
    return ScryptKernel(path)


def row_named(kernel: ScryptKernel, name: str) -> KernelRow:
    """The kernel of this name, or a skip where this CPU lacks it."""
    row = next(row for row in kernel.kernels if row.name == name)
    if not row.is_supported:
        pytest.skip(f"this processor has no {name}")
    return row


def four_lane_kernel_in(folder: Path) -> ScryptKernel:
    """The same, but with the table of kernels of four_lanes.c."""
    path = folder / "four_lanes.so"
    done = compiled(path, "-fPIC", "-shared", source="four_lanes.c", without="kernels.c")
    assert done.returncode == 0, done.stderr
    return ScryptKernel(path)


def lowered_kernel_in(folder: Path, chains: int = 0) -> ScryptKernel:
    """The same, but with the AVX-512 kernel of lowered_avx512.c; `chains`: other than those of avx512.c."""
    path = folder / f"lowered_avx512-{chains}.so"
    done = compiled(path, "-fPIC", "-shared", *lowered_flags(chains), source="lowered_avx512.c", without="kernels.c")
    assert done.returncode == 0, done.stderr
    return ScryptKernel(path)


def lowered_flags(chains: int = 0) -> tuple[str, ...]:
    """What lowered_avx512.c wants to know of avx512.c."""
    text = (_SOURCES / "avx512.c").read_text()
    row_lanes, own_chains = (re.findall(rf"^#define {name} (\d+)$", text, re.M) for name in ("ROW_LANES", "CHAINS"))
    return f"-DTHEIR_ROW_LANES={row_lanes[0]}", f"-DTHEIR_CHAINS={chains or own_chains[0]}", "-Wno-psabi"


def wrong_kernel_in(folder: Path, flag: str = "-DALWAYS_WRONG") -> Path:
    """The shared object of wrong_kernel.c; `flag` says what it does wrong, by default everything."""
    path = folder / "wrong_kernel.so"
    done = compiled(path, "-fPIC", "-shared", flag, source="wrong_kernel.c", without="kernels.c")
    assert done.returncode == 0, done.stderr
    return path


def check_driver(*command: str) -> set[str]:
    """Run scrypt_driver.c, see that it says nothing and that OpenSSL has the same hashes; return the kernels' names."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    for name, n, header, found in rows:
        assert oracle(bytes.fromhex(header), int(n)).hex() == found, (name, n, header)
    names = {row[0] for row in rows}
    assert len(rows) > 20 * len(names)
    return names


def supported_names(kernel: ScryptKernel) -> set[str]:
    """The kernels that this CPU has."""
    return {row.name for row in kernel.kernels if row.is_supported}


def compiled(into: Path, *flags: str, source: str, without: str = "") -> subprocess.CompletedProcess[str]:
    """Compile a file of this folder with the kernels, `without` one of their files."""
    sources = sorted(str(path) for path in _SOURCES.glob("*.c") if path.name != without)
    command = [_compiler(), "-O2", *_FLAGS, *flags, "-o", str(into), str(_HERE / source), *sources]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def _compiler() -> str:
    for name in ("cc", "gcc", "clang"):
        if path := shutil.which(name):
            return path
    pytest.skip("no C compiler")

"""Compiles the C sources once per source text, flags and machine into HOME/cache, with whatever C compiler there is."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent
_FLAGS = ("-std=c11", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra")
_TIMEOUT_S = 60
SLOWER = "the hash loop runs in Python, about 2 % slower"
LIBRARY_HASHES = "the library's own hash function is used, a few percent slower"
HASHLIB_HASHES = "Python's hashlib.scrypt is used, several times slower"


@dataclass(frozen=True, slots=True)
class _SharedObject:
    """What one shared object is made from, and what its absence means."""

    name: str
    title: str
    sources: tuple[str, ...]
    headers: tuple[str, ...]
    flags: tuple[str, ...]
    without: str


_HASH_LOOP = _SharedObject("hash_loop", "the hash loop", ("hash_loop.c",), (), _FLAGS, SLOWER)
_RANDOMX_KERNEL = _SharedObject(
    "randomx_kernel",
    "the RandomX kernel",
    tuple(f"randomx/{name}.c" for name in ("aes", "blake2b", "compile_x86", "execute_x86", "machine", "program")),
    ("randomx/kernel.h",),
    (*_FLAGS, "-fvisibility=hidden"),
    LIBRARY_HASHES,
)
_SCRYPT_KERNEL = _SharedObject(
    "scrypt_kernel",
    "the Scrypt kernel",
    tuple(
        f"scrypt/{name}.c"
        for name in ("sha256", "pbkdf2", "portable", "rows", "avx2", "avx512", "kernels", "dispatch", "scan")
    ),
    ("scrypt/scrypt.h", "scrypt/wide.h"),
    (*_FLAGS, "-fvisibility=hidden"),
    HASHLIB_HASHES,
)


def built_hash_loop(cache_folder: Path) -> tuple[Path | None, str]:
    """Return the shared object of the hash loop, or None and the sentence why there is none."""
    return _built(_HASH_LOOP, cache_folder)


def built_randomx_kernel(cache_folder: Path) -> tuple[Path | None, str]:
    """Return the shared object of our RandomX kernel, or None and the sentence why there is none."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return None, f"our RandomX kernel knows only x86-64, not {platform.machine()}, so {LIBRARY_HASHES}"
    return _built(_RANDOMX_KERNEL, cache_folder)


def built_scrypt_kernel(cache_folder: Path) -> tuple[Path | None, str]:
    """Return the shared object of our Scrypt kernels, or None and the sentence why there is none."""
    return _built(_SCRYPT_KERNEL, cache_folder)


def _digest(wanted: _SharedObject) -> str:
    """Hash of all that decides what comes out, but for the compiler."""
    digest = hashlib.sha256()
    for name in (*wanted.sources, *wanted.headers):
        digest.update((_FOLDER / name).read_bytes())
    digest.update(" ".join(wanted.flags).encode() + platform.machine().encode())
    return digest.hexdigest()[:16]


def _built(wanted: _SharedObject, cache_folder: Path) -> tuple[Path | None, str]:
    path = cache_folder / f"{wanted.name}-{_digest(wanted)}.so"
    if path.exists():
        return path, ""
    compiler = next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)
    if compiler is None:
        return None, f"there is no C compiler, so {wanted.without} (apt-get install gcc mends it)"
    try:
        cache_folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f"{wanted.name}-", suffix=".part", dir=cache_folder)
        os.close(descriptor)
        try:
            trouble = _compile(wanted, compiler, Path(name))
            if not trouble:
                os.replace(name, path)  # whole at once: another process may be building the same
        finally:
            Path(name).unlink(missing_ok=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"{wanted.title} could not be built ({error}), so {wanted.without}"
    return (None, trouble) if trouble else (path, "")


def _compile(wanted: _SharedObject, compiler: str, into: Path) -> str:
    """Write the shared object to `into`; returns the sentence why that failed. Raises OSError, TimeoutExpired."""
    sources = [str(_FOLDER / name) for name in wanted.sources]
    command = [compiler, *wanted.flags, "-o", str(into), *sources]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S)
    if done.returncode == 0:
        return ""
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    return f"{compiler} could not build {wanted.title} ({last}), so {wanted.without}"

"""Finds the RandomX library, and lets none mine that fails its known answers.

Order: MINERCONSOLE_RANDOMX_LIBRARY; the system's librandomx.so; the shared object inside the PyPI wheel `cyrx`.
The pass is remembered per library file, CPU and answer set in HOME/cache.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mining.algorithms.randomx.vectors import KNOWN_ANSWERS
from mining.child_environment import child_environment
from mining.decoding import ready_to_decode
from mining.errors import CannotStartError
from mining.program import checkout_folder, program_name

VARIABLE = "MINERCONSOLE_RANDOMX_LIBRARY"
SELFTEST_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class FoundLibrary:
    """A library that passed. `origin`: environment, system or wheel."""

    path: Path
    origin: str
    has_v1: bool
    has_v2: bool
    has_jit: bool
    has_hard_aes: bool

    def supports(self, algorithm: str) -> bool:
        """Whether the library computes `algorithm` (rx/0 or rx/2)."""
        return self.has_v2 if algorithm == "rx/2" else self.has_v1


class SelfTestReport(msgspec.Struct, frozen=True):
    """What the self-test process says of one library: which versions are right, which answers are not."""

    v1: bool
    v2: bool
    failed: list[str]
    jit: bool
    hard_aes: bool


ready_to_decode(SelfTestReport)


def library_candidates() -> list[tuple[Path, str]]:
    """Return the places where a library is, in the order they are tried. A named library is the only candidate."""
    named = os.environ.get(VARIABLE)
    if named:
        return [(Path(named), "environment")]
    found: list[tuple[Path, str]] = []
    system = _system_library()
    if system is not None:
        found.append((system, "system"))
    spec = importlib.util.find_spec("cyrx")
    if spec is not None and spec.submodule_search_locations:
        for folder in spec.submodule_search_locations:
            found.extend((path, "wheel") for path in sorted(Path(folder).glob("_cyrx*.so")))
    return found


def _system_library() -> Path | None:
    folders = ["/usr/local/lib", "/usr/lib", "/lib"]
    for triplet in ("x86_64-linux-gnu", "aarch64-linux-gnu"):
        folders.extend([f"/usr/local/lib/{triplet}", f"/usr/lib/{triplet}", f"/lib/{triplet}"])
    for folder in [*folders, "/usr/local/lib64", "/usr/lib64"]:
        for name in ("librandomx.so", "librandomx.so.0", "librandomx.so.1", "librandomx.so.2"):
            path = Path(folder, name)
            if path.exists():
                return path.resolve()
    return None


def find_library(algorithm: str = "rx/0", *, cache_folder: Path | None = None, jit: str = "writable") -> FoundLibrary:
    """Return the first library that passes the known answers and supports `algorithm`.

    The pass is remembered in `cache_folder`; `jit` is what the machine allows (see RandomXLibrary).
    Raises CannotStartError (exit 3) that says which library was tried and what was wrong with it.
    """
    troubles: list[str] = []
    for path, origin in library_candidates():
        try:
            report = _checked(path, cache_folder, jit)
        except CannotStartError as error:
            troubles.append(error.thing)
            continue
        library = FoundLibrary(path, origin, report.v1, report.v2, report.jit, report.hard_aes)
        if library.supports(algorithm):
            return library
        if not report.failed:
            troubles.append(f"{path} does not know {algorithm}")
            continue
        wrong = ", ".join(report.failed)
        troubles.append(f"{path} fails its known answers ({wrong})")
    if not troubles:
        raise CannotStartError("No RandomX library was found", next_step=_how_to_install(), code="library_missing")
    raise CannotStartError(
        f"No usable RandomX library for {algorithm}: {'; '.join(troubles)}",
        next_step=_how_to_install(),
        code="library_unusable",
    )


def _how_to_install() -> str:
    packaged = f"run {program_name()} setup" if checkout_folder() else 'pip install "minerconsole[randomx]"'
    return f"Install it: apt-get install librandomx0, or {packaged} (x86-64), or set {VARIABLE}."


def _checked(path: Path, cache_folder: Path | None, jit: str) -> SelfTestReport:
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise CannotStartError(f"{path} cannot be read ({error.strerror})", code="library_missing") from None
    record = cache_folder / "randomx-selftest.json" if cache_folder else None
    key = f"{digest}:{_cpu_digest()}:{jit}"
    remembered = _read_record(record)
    if key in remembered:
        return remembered[key]
    report = _run_selftest(path, jit)
    if record is not None and not report.failed:
        remembered[key] = report
        record.parent.mkdir(parents=True, exist_ok=True)
        temporary = record.with_suffix(f".{os.getpid()}")
        temporary.write_bytes(msgspec.json.encode(remembered))
        temporary.replace(record)
    return report


def _read_record(record: Path | None) -> dict[str, SelfTestReport]:
    if record is None:
        return {}
    try:
        return msgspec.json.decode(record.read_bytes(), type=dict[str, SelfTestReport])
    except (OSError, msgspec.DecodeError):
        return {}


def _run_selftest(path: Path, jit: str) -> SelfTestReport:
    command = [sys.executable, "-m", "mining.algorithms.randomx.selftest", str(path), jit]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SELFTEST_TIMEOUT_S, env=child_environment()
        )
    except subprocess.TimeoutExpired:
        raise CannotStartError(
            f"{path} did not finish its known answers in {SELFTEST_TIMEOUT_S} s", code="library_unusable"
        ) from None
    if done.returncode < 0:
        raise CannotStartError(
            f"{path} crashed in its known answers (signal {-done.returncode})", code="library_unusable"
        )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CannotStartError(f"{path} is not a RandomX library ({last})", code="library_unusable")
    return msgspec.json.decode(done.stdout, type=SelfTestReport)


def _cpu_digest() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    wanted = [line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))]
    names = ",".join(answer.name for answer in KNOWN_ANSWERS)
    return hashlib.sha256("\n".join([*sorted(set(wanted)), names]).encode()).hexdigest()[:16]

"""What a preparation finds: the values that are common to all algorithms, and what their processes need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mining.algorithms.registry import MIB
from mining.engine.crew import CrewSettings

PROCESSES_BYTES = 128 * MIB
WORKER_BYTES = 8 * MIB  # measured: 2, and 2 more for the second scratchpad of our RandomX kernel
SHORT_OF_MEMORY = "Free memory, raise the container's limit, or use fewer cores (--threads 1)."
IDLE_SILENCE_S = 120.0  # other programs may keep an idle-class worker from its core for long


@dataclass(frozen=True, slots=True)
class Preparation:
    """Settings for a Crew, and what a person should know about how they came about.

    `hashing`: what computes the hashes, in short; `tested`: the sentence that it passed its test. `light_reason`: why
    it is light mode, "" otherwise.
    """

    settings: CrewSettings
    hashing: str
    tested: str
    notes: tuple[str, ...]
    light_reason: str = ""


@dataclass(frozen=True, slots=True)
class NativeCode:
    """Our shared objects that can be used here; where one is None, its note may say why.

    `loop`: the hash loop of RandomX. `kernel`: of RandomX, for fast mode, or of Scrypt. `most_lanes`: no wider one of
    the Scrypt kernels than this; 0 for the widest. `is_forced`: a person chose this kernel by name.
    """

    loop: Path | None
    loop_note: str
    kernel: Path | None
    kernel_note: str
    most_lanes: int = 0
    is_forced: bool = False


def unloadable(title: str, error: Exception, without: str) -> str:
    """The sentence for a damaged file, or one on a mount where nothing may run (noexec). `error` names the file."""
    return f"{title} cannot be loaded ({error}), so {without}; delete the file, or use a HOME where programs may run"

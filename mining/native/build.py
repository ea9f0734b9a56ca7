"""Compiles the C sources once per source text and machine into HOME/cache, with whatever C compiler there is."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("hash_loop.c")
_FLAGS = ("-std=c11", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra")
_TIMEOUT_S = 60
SLOWER = "the hash loop runs in Python, about 2 % slower"


def built_hash_loop(cache_folder: Path) -> tuple[Path | None, str]:
    """Return the shared object of the hash loop, or None and the sentence why there is none."""
    digest = hashlib.sha256(_SOURCE.read_bytes() + platform.machine().encode()).hexdigest()[:16]
    path = cache_folder / f"hash_loop-{digest}.so"
    if path.exists():
        return path, ""
    compiler = next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)
    if compiler is None:
        return None, f"there is no C compiler, so {SLOWER} (apt-get install gcc mends it)"
    temporary = path.with_suffix(f".{os.getpid()}")
    try:
        cache_folder.mkdir(parents=True, exist_ok=True)
        command = [compiler, *_FLAGS, "-o", str(temporary), str(_SOURCE)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S)
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            return None, f"{compiler} could not build the hash loop ({last}), so {SLOWER}"
        temporary.replace(path)
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"the hash loop could not be built ({error}), so {SLOWER}"
    return path, ""

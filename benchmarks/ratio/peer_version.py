"""What a given program calls itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

from mining.errors import CannotStartError

_GIVE = "Give the path of an xmrig or cpuminer-opt binary with --peer."
XMRIG, CPUMINER = "XMRig", "cpuminer-opt"


def version_of(path: Path) -> str:
    """Return what `--version` begins with, `XMRig 6.26.0` or so. Raises CannotStartError when that is no known peer."""
    try:
        done = subprocess.run([str(path), "--version"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.SubprocessError) as error:
        trouble = getattr(error, "strerror", None) or "it did not answer"
        raise CannotStartError(f"{path} cannot be run: {trouble}", next_step=_GIVE) from None
    version = (done.stdout.strip().splitlines() or [""])[0].strip("* ")
    if not version.startswith((f"{XMRIG} ", f"{CPUMINER} ")):
        raise CannotStartError(f"{path} does not call itself {XMRIG} or {CPUMINER} ({version[:60]!r})", next_step=_GIVE)
    return version

"""Known answers of a RandomX library, run in a process of its own so that a broken library cannot take the miner down.

`python -m mining.algorithms.randomx.selftest LIBRARY JIT` prints one JSON object: {"v1": bool, "v2": bool, ...}.
"""

from __future__ import annotations

import ctypes
import json
import signal
import sys

from setproctitle import setproctitle

from mining.algorithms.randomx.library import Cache, Flag, RandomXLibrary, VirtualMachine, commitment
from mining.algorithms.randomx.vectors import KNOWN_ANSWERS

_PR_SET_PDEATHSIG = 1


def run_known_answers(library: RandomXLibrary, names: str = "abcdef") -> list[str]:
    """Return the names of the answers that the library gets wrong, e.g. ["v1:a"]; empty when it may mine.

    Light mode, with the flags this CPU gets; v2 only where the library has it. About 2 s of one core for all six.
    """
    failed: list[str] = []
    cache = Cache(library)
    for answer in KNOWN_ANSWERS:
        if answer.name not in names:
            continue
        cache.initialise(answer.key)
        for is_v2 in (False, True) if library.has_v2 else (False,):
            machine = VirtualMachine(library, library.vm_flags(is_fast=False, is_v2=is_v2), cache=cache)
            raw = machine.hash(answer.data)
            machine.destroy()
            if raw.hex() != (answer.v2 if is_v2 else answer.v1):
                failed.append(f"{'v2' if is_v2 else 'v1'}:{answer.name}")
            elif is_v2 and commitment(answer.data, raw).hex() != answer.v2_commitment:
                failed.append(f"commitment:{answer.name}")
    cache.release()
    return failed


def _main() -> int:
    setproctitle("minerconsole: self-test")
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    library = RandomXLibrary(sys.argv[1], sys.argv[2])
    failed = run_known_answers(library)
    has_jit = bool(library.flags & Flag.JIT)
    has_aes = bool(library.flags & Flag.HARD_AES)
    v2 = library.has_v2 and not any(row.startswith(("v2", "commitment")) for row in failed)
    v1 = not any(row.startswith("v1") for row in failed)
    print(json.dumps({"v1": v1, "v2": v2, "failed": failed, "jit": has_jit, "hard_aes": has_aes}))
    return 0


if __name__ == "__main__":
    sys.exit(_main())

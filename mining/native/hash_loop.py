"""The C hash loop as the worker sees it: one structure, one call. See hash_loop.c for what it does and why."""

from __future__ import annotations

import ctypes
from enum import IntEnum
from pathlib import Path

_word = ctypes.c_uint64
_pointer = ctypes.c_void_p


class LoopEnd(IntEnum):
    """Why the loop came back."""

    ENDED = 0
    CANDIDATE = 1
    REST = 2


class LoopState(ctypes.Structure):
    """`struct hash_loop`."""

    _fields_ = (
        ("board", _pointer),
        ("row", _pointer),
        ("next", _pointer),
        ("commitment", _pointer),
        ("machine", _pointer),
        ("blob", _pointer),
        ("hash", _pointer),
        ("result", _pointer),
        ("blob_bytes", _word),
        ("nonce_offset", _word),
        ("nonce_bytes", _word),
        ("generation_at", _word),
        ("command_at", _word),
        ("intensity_at", _word),
        ("generation", _word),
        ("command", _word),
        ("intensity", _word),
        ("cursor", _word),
        ("end", _word),
        ("in_flight", _word),
        ("done", _word),
        ("target_top", _word),
        ("cpu_every_ns", _word),
        ("cpu_at_ns", _word),
    )


class NativeLoop:
    """The loaded shared object. Raises OSError or AttributeError when it is not ours."""

    def __init__(self, path: Path | str) -> None:
        self._function = ctypes.CDLL(str(path)).minerconsole_hash_loop
        self._function.argtypes = [ctypes.POINTER(LoopState)]
        self._function.restype = ctypes.c_int

    def run(self, state: LoopState) -> LoopEnd:
        """Hash until something has to be decided."""
        return LoopEnd(self._function(ctypes.byref(state)))

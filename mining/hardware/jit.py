"""Finds out, by trying, whether this process may run code that it wrote itself (the RandomX JIT)."""

from __future__ import annotations

import ctypes
import mmap
from typing import Literal

JitAccess = Literal["writable", "switched", "none"]
_PAGE = 4096
_PROT_READ, _PROT_WRITE, _PROT_EXEC = 1, 2, 4


def jit_access() -> JitAccess:
    """Return "writable" (memory both W and X), "switched" (W, then X: slower per program) or "none".

    SELinux without execmem, PaX MPROTECT, systemd's MemoryDenyWriteExecute and some seccomp profiles refuse.
    """
    if _maps(_PROT_READ | _PROT_WRITE | _PROT_EXEC):
        return "writable"
    return "switched" if _switches() else "none"


def _maps(protection: int) -> bool:
    try:
        mmap.mmap(-1, _PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=protection).close()
    except OSError:
        return False
    return True


def _switches() -> bool:
    try:
        memory = mmap.mmap(-1, _PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=_PROT_READ | _PROT_WRITE)
    except OSError:
        return False
    view = ctypes.c_char.from_buffer(memory)
    libc = ctypes.CDLL(None, use_errno=True)
    refused = libc.mprotect(ctypes.c_void_p(ctypes.addressof(view)), ctypes.c_size_t(_PAGE), _PROT_READ | _PROT_EXEC)
    del view
    memory.close()
    return not refused

"""Our Scrypt kernels (r = 1, p = 1, over 80-byte headers) as the worker sees them: a machine that hashes and scans.

The C side is `scrypt/`. `scrypt_hashlib.py` is the same machine for systems without a C compiler.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from mining.native.hash_loop import LoopEnd

HEADER_BYTES = 80
HASH_BYTES = 32
NONCE_OFFSET = 76
ALL_NONCES = 1 << 32
MAX_N = 1 << 20
NO_LIMIT = (1 << 64) - 1

# The genesis block of Litecoin, N = 1024.
KNOWN_N = 1024
KNOWN_HEADER = bytes.fromhex(
    "010000000000000000000000000000000000000000000000000000000000000000000000d9ced4ed1130f7b7faad9be25323ffafa33232a17c3e"
    "df6cfd97bee6bafbdd97b9aa8e4ef0ff0f1ecd513f7c"
)
KNOWN_HASH = bytes.fromhex("0000050c34a64b415b6b15b37f2216634b5b1669cb9a2e38d76f7213b0671e00")[::-1]

_word = ctypes.c_uint64
_pointer = ctypes.c_void_p
_SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "mc_scrypt_reason": (ctypes.c_char_p, []),
    "mc_scrypt_kernel_at": (ctypes.c_char_p, [ctypes.c_uint, _pointer, _pointer]),
    "mc_scrypt_create": (_pointer, [_word, ctypes.c_int, _word, ctypes.c_int]),
    "mc_scrypt_destroy": (None, [_pointer]),
    "mc_scrypt_kernel_name": (ctypes.c_char_p, [_pointer]),
    "mc_scrypt_lanes": (ctypes.c_uint, [_pointer]),
    "mc_scrypt_scratchpad": (_pointer, [_pointer]),
    "mc_scrypt_hash": (None, [_pointer, _pointer, ctypes.c_uint, _pointer]),
    "mc_scrypt_mix": (None, [_pointer, _pointer]),
    "mc_scrypt_scan": (ctypes.c_int, [_pointer]),
}


class ScanState(ctypes.Structure):
    """`struct scan`: where the boards are, what is hashed, and what was found. All that it points to must outlive it.

    The nonces [cursor, end) are scanned. A new range starts with `unchecked` = 0.
    """

    _fields_ = (
        ("board", _pointer),
        ("row", _pointer),
        ("machine", _pointer),
        ("header", _pointer),
        ("target", _word * 4),
        ("generation_at", _word),
        ("command_at", _word),
        ("intensity_at", _word),
        ("generation", _word),
        ("command", _word),
        ("intensity", _word),
        ("cursor", _word),
        ("end", _word),
        ("unchecked", _word),
        ("cpu_every_ns", _word),
        ("cpu_at_ns", _word),
        ("nonce", _word),
        ("result", ctypes.c_uint8 * HASH_BYTES),
    )

    def set_target(self, target: int) -> None:
        """Let hashes up to `target` (256 bits) be candidates."""
        self.target[:] = [target >> 64 * index & NO_LIMIT for index in range(4)]

    @property
    def found(self) -> tuple[int, bytes]:
        """The nonce of the candidate, and its hash (to be read little-endian)."""
        return int(self.nonce), bytes(self.result)


class HeaderMachine(Protocol):
    """What hashes headers with one N: ours, or hashlib's."""

    n: int
    lanes: int

    def hash(self, header: bytes, lane: int = 0) -> bytes:
        """Return the 32-byte hash of an 80-byte header, as this lane computes it."""

    def like(self, n: int) -> Self:
        """Return another machine of the same kind for `n`. Raises MemoryError."""

    def destroy(self) -> None:
        """Free the machine and its scratchpad."""


@dataclass(frozen=True, slots=True)
class KernelRow:
    """One of our kernels. `lanes`: headers at once, no two kernels have the same. `is_supported`: by this CPU."""

    name: str
    lanes: int
    is_supported: bool


class ScryptKernel:
    """The loaded shared object. Raises OSError or AttributeError when it is not ours."""

    def __init__(self, path: Path | str) -> None:
        self.c = ctypes.CDLL(str(path))
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self.c, name)
            function.restype = result
            function.argtypes = arguments

    @property
    def kernels(self) -> list[KernelRow]:
        """All that were compiled, the fastest first."""
        rows: list[KernelRow] = []
        lanes, is_supported = ctypes.c_uint(), ctypes.c_int()
        while name := self.c.mc_scrypt_kernel_at(len(rows), ctypes.byref(lanes), ctypes.byref(is_supported)):
            rows.append(KernelRow(name.decode(), lanes.value, bool(is_supported.value)))
        return rows

    def unavailable_reason(self, most_lanes: int = 0) -> str:
        """Empty when its fastest kernel, of at most so many lanes, computes the known answer in each lane.

        A bad kernel may crash this process.
        """
        try:
            machine = ScryptMachine(self, KNOWN_N, most_lanes=most_lanes)
        except MemoryError as error:
            return str(error)
        is_right, name = computes_known_answer(machine), machine.kernel_name
        machine.destroy()
        return "" if is_right else f"our {name} Scrypt kernel computes wrong hashes on this machine"


class ScryptMachine:
    """One kernel with its scratchpad of 128 · `n` bytes for each lane; `lanes` headers are hashed at once.

    `most_lanes`: no wider kernel than this; 0 for what is fastest. `memory_bytes`: the most that it may take; a
    narrower kernel is used where that is too little. `wants_huge_pages`: the scratchpad on huge pages where it is that
    large. Raises ValueError for an N that Scrypt does not have, MemoryError with the reason where its memory is not
    there.
    """

    def __init__(
        self,
        kernel: ScryptKernel,
        n: int,
        *,
        most_lanes: int = 0,
        memory_bytes: int | None = None,
        wants_huge_pages: bool = True,
    ) -> None:
        check_n(n)
        limit = NO_LIMIT if memory_bytes is None else min(max(memory_bytes, 0), NO_LIMIT)
        self.kernel, self._c, self.n = kernel, kernel.c, n
        self.pointer: int = kernel.c.mc_scrypt_create(n, most_lanes, limit, int(wants_huge_pages)) or 0
        if not self.pointer:
            raise no_memory(n, kernel.c.mc_scrypt_reason().decode())
        self.kernel_name: str = kernel.c.mc_scrypt_kernel_name(self.pointer).decode()
        self.lanes: int = kernel.c.mc_scrypt_lanes(self.pointer)
        self.scratchpad_at: int = kernel.c.mc_scrypt_scratchpad(self.pointer)
        self.scratchpad_bytes = scratchpad_bytes(n, self.lanes)
        self.hash_buffer = ctypes.create_string_buffer(HASH_BYTES)

    def hash(self, header: bytes, lane: int = 0) -> bytes:
        """Return the 32-byte hash of an 80-byte header, as this lane computes it."""
        check_header(header)
        self._c.mc_scrypt_hash(self.pointer, header, lane, self.hash_buffer)
        return self.hash_buffer.raw

    def like(self, n: int) -> ScryptMachine:
        """Return a machine for `n` with the same kernel. Raises MemoryError."""
        return ScryptMachine(self.kernel, n, most_lanes=self.lanes)

    def scan(self, state: ScanState) -> LoopEnd:
        """Hash nonces until something has to be decided (scan.c); the GIL is free meanwhile.

        After a CANDIDATE call again with the same state, whatever the board says: the group of lanes may hold another.
        """
        check_range(state)
        state.machine = self.pointer
        return LoopEnd(self._c.mc_scrypt_scan(ctypes.byref(state)))

    def destroy(self) -> None:
        """Free the machine and its scratchpad."""
        if self.pointer:
            self._c.mc_scrypt_destroy(self.pointer)
            self.pointer = 0


def scratchpad_bytes(n: int, lanes: int) -> int:
    """Return what a machine of so many lanes needs."""
    return 128 * n * lanes


def check_n(n: int) -> None:
    """Raise ValueError for an N that our kernels do not have."""
    if not 2 <= n <= MAX_N or n & (n - 1):
        raise ValueError(f"Scrypt has no N of {n}; use a power of two from 2 to {MAX_N} (Litecoin: {KNOWN_N})")


def check_header(header: bytes) -> None:
    """Raise ValueError for another length than 80 bytes."""
    if len(header) != HEADER_BYTES:
        raise ValueError(f"a header has {HEADER_BYTES} bytes, not {len(header)}")


def check_range(state: ScanState) -> None:
    """Raise ValueError for a nonce that does not fit into the header."""
    if state.end > ALL_NONCES:
        raise ValueError(f"a header's nonce has 32 bits, so a range cannot end at {state.end}")


def no_memory(n: int, reason: str) -> MemoryError:
    """The error of a machine that cannot be made."""
    return MemoryError(f"Scrypt with N = {n} cannot run: {reason}; use fewer cores or free memory")


def computes_known_answer(machine: HeaderMachine) -> bool:
    """Whether every lane of `machine`, or for another N of one of its kind, computes Litecoin's genesis block."""
    if machine.n == KNOWN_N:
        return all(machine.hash(KNOWN_HEADER, lane) == KNOWN_HASH for lane in range(machine.lanes))
    known = machine.like(KNOWN_N)
    is_right = computes_known_answer(known)
    known.destroy()
    return is_right

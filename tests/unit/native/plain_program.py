"""The integer half of RandomX programs, step by step as specs.md says it (chapters 4.6 and 5.2): slow and plain.

Floating-point registers are only loaded, mixed and stored, so programs must have no other floating-point instruction.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

M64 = (1 << 64) - 1
L1, L2, L3 = 0x3FF8, 0x3FFF8, 0x1FFFF8
LINE = 0x1FFFC0
DATASET_LINE = 0x7FFFFFC0
# The first opcode of each kind (table of frequencies, doc/configuration.md).
OPCODES = {
    "IADD_RS": 0, "IADD_M": 16, "ISUB_R": 23, "ISUB_M": 39, "IMUL_R": 46, "IMUL_M": 62, "IMULH_R": 66, "IMULH_M": 70,
    "ISMULH_R": 71, "ISMULH_M": 75, "IMUL_RCP": 76, "INEG_R": 84, "IXOR_R": 86, "IXOR_M": 101, "IROR_R": 106,
    "IROL_R": 114, "ISWAP_R": 116, "CBRANCH": 214, "ISTORE": 240,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; `kind` is a key of OPCODES."""

    kind: str
    dst: int
    src: int
    mod: int
    imm32: int

    def packed(self) -> bytes:
        """The 8 bytes of the program buffer (chapter 5.1)."""
        return struct.pack("<BBBBI", OPCODES[self.kind], self.dst, self.src, self.mod, self.imm32)


def _signed(value: int, bits: int = 64) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


def _rotated(value: int, right: int) -> int:
    right &= 63
    return (value >> right | value << (64 - right)) & M64


class PlainProgram:
    """Runs `instructions` over `scratchpad`; every dataset item is `item` (8 words)."""

    def __init__(
        self, instructions: list[Instruction], entropy: list[int], scratchpad: bytearray, item: list[int]
    ) -> None:
        self._program = instructions
        self._entropy = entropy
        self.pad = scratchpad
        self._item = item
        self.r = [0] * 8

    def _load(self, address: int) -> int:
        return int.from_bytes(self.pad[address : address + 8], "little")

    def _store(self, address: int, value: int) -> None:
        self.pad[address : address + 8] = value.to_bytes(8, "little")

    def run(self, iterations: int) -> None:
        """Do the program loop (chapter 4.6.2)."""
        entropy, r = self._entropy, self.r
        ma, mx = entropy[8] & DATASET_LINE, entropy[10] & 0xFFFFFFFF
        read = [2 * i + (entropy[12] >> i & 1) for i in range(4)]
        at0, at1 = mx, ma
        for _ in range(iterations):
            mix = r[read[0]] ^ r[read[1]]
            at0, at1 = (at0 ^ mix) & LINE, (at1 ^ mix >> 32) & LINE
            for i in range(8):
                r[i] ^= self._load(at0 + 8 * i)
            floats = self._floats(at1)
            self._run_instructions()
            mx = (mx ^ r[read[2]] ^ r[read[3]]) & DATASET_LINE
            for i in range(8):
                r[i] ^= self._item[i]
            ma, mx = mx, ma
            for i in range(8):
                self._store(at1 + 8 * i, r[i])
            for i in range(8):
                self._store(at0 + 8 * i, floats[i])
            at0 = at1 = 0

    def _floats(self, address: int) -> list[int]:
        """f ^ e as eight words, from the line at `address` (chapters 4.3.1, 4.3.2)."""
        bits = [
            int.from_bytes(struct.pack("<d", number), "little")
            for number in struct.unpack("<16i", self.pad[address : address + 64])
        ]
        for i in range(8, 16):
            word = self._entropy[14 + i % 2]
            mask = (0x300 | word >> 60 << 4) << 52 | (word & ((1 << 22) - 1))
            bits[i] = (bits[i] & ((1 << 56) - 1)) | mask
        return [bits[i] ^ bits[i + 8] for i in range(8)]

    def _run_instructions(self) -> None:
        targets = self._branch_targets()
        at = 0
        while at < len(self._program):
            at = targets[at] if self._step(self._program[at]) else at + 1

    def _branch_targets(self) -> dict[int, int]:
        """Where each CBRANCH goes (chapter 5.4.2)."""
        changed = [-1] * 8
        targets = {}
        for at, one in enumerate(self._program):
            if one.kind == "CBRANCH":
                targets[at] = changed[one.dst] + 1
                changed = [at] * 8
            elif one.kind == "ISWAP_R" and one.src != one.dst:
                changed[one.src] = changed[one.dst] = at
            elif one.kind == "IMUL_RCP" and one.imm32 & (one.imm32 - 1) == 0:
                pass
            elif one.kind not in ("ISWAP_R", "ISTORE"):
                changed[one.dst] = at
        return targets

    def _operand(self, one: Instruction) -> int:
        imm = _signed(one.imm32, 32)
        if one.kind.endswith("_M"):
            if one.src == one.dst:
                return self._load(imm & L3)
            return self._load((self.r[one.src] + imm) & (L1 if one.mod & 3 else L2))
        if one.src == one.dst and one.kind in ("ISUB_R", "IMUL_R", "IXOR_R", "IROR_R", "IROL_R"):
            return imm & M64
        return self.r[one.src]

    def _step(self, one: Instruction) -> bool:
        """Do one instruction; True when it jumps."""
        r, dst, imm = self.r, one.dst, _signed(one.imm32, 32)
        if one.kind == "CBRANCH":
            shift = (one.mod >> 4) + 8
            r[dst] = r[dst] + ((imm | 1 << shift) & ~(1 << (shift - 1))) & M64
            return r[dst] >> shift & 0xFF == 0
        if one.kind == "ISTORE":
            mask = L3 if one.mod >> 4 >= 14 else L1 if one.mod & 3 else L2
            self._store((r[dst] + imm) & mask, r[one.src])
        elif one.kind == "ISWAP_R":
            r[dst], r[one.src] = r[one.src], r[dst]
        elif one.kind == "IMUL_RCP":
            if one.imm32 & (one.imm32 - 1):
                top = one.imm32.bit_length() - 1
                r[dst] = r[dst] * ((1 << (64 + top)) // one.imm32) & M64
        else:
            r[dst] = self._calculated(one, r[dst], self._operand(one)) & M64
        return False

    @staticmethod
    def _calculated(one: Instruction, old: int, operand: int) -> int:
        match one.kind.rsplit("_", 1)[0]:
            case "IADD" if one.kind == "IADD_RS":
                added = _signed(one.imm32, 32) if one.dst == 5 else 0
                return old + (operand << (one.mod >> 2 & 3)) + added
            case "IADD":
                return old + operand
            case "ISUB":
                return old - operand
            case "IMUL":
                return old * operand
            case "IMULH":
                return old * operand >> 64
            case "ISMULH":
                return _signed(old) * _signed(operand) >> 64
            case "INEG":
                return -old
            case "IXOR":
                return old ^ operand
            case "IROR":
                return _rotated(old, operand)
            case "IROL":
                return _rotated(old, -operand)
        raise AssertionError(one.kind)

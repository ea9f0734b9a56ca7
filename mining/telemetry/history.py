"""Packed rate history: tiers, blocks and how they are filled. Pure: times are arguments, rows come in as bytes.

A *tier* keeps one sample a step for a while; a *block* is a fixed span of a tier, one row in the database. What a Node
did between two Frames is an `Observation`; it is spread over the bins of each tier by time, so that the hash rate of a
bin is hashes made by seconds watched, exactly, and counts are whole sums. A bin that nobody watched is a gap (NaN), and
is never filled from its neighbours. Each algorithm has blocks of its own: rates of two are never added.

Layout of a block: format byte, number of columns, zlib of the columns one after the other; a column is its float32
values, little-endian, as four planes (all first bytes, all second bytes …), which halves what zlib makes of them.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SUMS = ("credited", "accepted", "rejected", "stale", "lost")
"""Columns that are summed. `credited`: expected hashes of the accepted shares, what a pool pays for."""
MEANS = ("hashrate", "intensity", "temperature", "cpu")
"""Columns that are averaged over the time they were known: hashes/s, percent of the cores' time, °C, percent."""
COLUMNS = ("seconds", *MEANS, *SUMS)
"""Order in a block. `seconds`: how much of the bin was watched; 0 with counts in it when only those are known."""
GAP = float("nan")
_FORMAT = 1
_EPSILON_S = 1e-6


@dataclass(frozen=True, slots=True)
class Tier:
    """Samples `step_s` seconds apart, kept for `keep_s` seconds, `samples` of them in a block."""

    step_s: int
    keep_s: int
    samples: int

    @property
    def span_s(self) -> int:
        """Seconds of one block."""
        return self.step_s * self.samples

    def block_start(self, at: float) -> int:
        """The start of the block that holds Unix time `at`."""
        return int(at // self.span_s) * self.span_s


TIERS = (
    Tier(1, 3600, 300),
    Tier(10, 86_400, 360),
    Tier(60, 30 * 86_400, 720),
    Tier(900, 365 * 86_400, 672),
)


@dataclass(frozen=True, slots=True)
class Observation:
    """What a Node did from `start` to `end` (Unix seconds). `means` holds what was known of MEANS, `sums` of SUMS.

    Without duration it carries counts only. `means["hashrate"]` is hashes made by the seconds between.
    """

    start: float
    end: float
    algorithm: str
    means: Mapping[str, float]
    sums: Mapping[str, float]


@dataclass(frozen=True, slots=True, order=True)
class BlockKey:
    """Which block: a row of one Node."""

    step_s: int
    start: int
    algorithm: str


# --- packing -------------------------------------------------------------------------------------------------------


def pack(columns: Mapping[str, array[float]]) -> bytes:
    """Pack the columns of a block (float32 arrays of one length, COLUMNS in order)."""
    planes = bytearray()
    for name in COLUMNS:
        raw = _little(columns[name]).tobytes()
        for byte in range(4):
            planes += raw[byte::4]
    return bytes((_FORMAT, len(COLUMNS))) + zlib.compress(bytes(planes), 6)


def unpack(data: bytes) -> dict[str, array[float]]:
    """Give the columns of a packed block back. A column that it does not have yet is a gap.

    Raises ValueError for what is no block.
    """
    if len(data) < 2 or data[0] != _FORMAT or not data[1]:
        raise ValueError(f"a rate block begins with {data[:2].hex()!r}, which this version does not know")
    try:
        planes = zlib.decompress(data[2:])
    except zlib.error as error:
        raise ValueError(f"a rate block is damaged: {error}") from None
    samples, odd = divmod(len(planes), 4 * data[1])
    if odd:
        raise ValueError(f"a rate block of {len(planes)} bytes has no {data[1]} whole columns")
    columns = {}
    for position, name in enumerate(COLUMNS[: data[1]]):
        column = planes[4 * samples * position : 4 * samples * (position + 1)]
        raw = bytearray(len(column))
        for byte in range(4):
            raw[byte::4] = column[samples * byte : samples * (byte + 1)]
        values = array("f")
        values.frombytes(raw)
        columns[name] = _little(values)
    for name in COLUMNS[data[1] :]:
        columns[name] = array("f", [GAP]) * samples
    return columns


def _little(values: array[float]) -> array[float]:
    if sys.byteorder == "little":
        return values
    swapped = array("f", values)
    swapped.byteswap()
    return swapped


# --- blocks ------------------------------------------------------------------------------------------------------


class Block:
    """One block in the making, in double precision. `is_changed`: it differs from its row.

    `begin_from` gives it the row as it was before: a recorder that starts again goes on in the same block. It works in
    what changed only, because it is packed anew every few seconds.
    """

    def __init__(self, tier: Tier, start: int) -> None:
        self.tier = tier
        self.start = start
        self.is_based = False
        self.is_changed = False
        self._base: dict[str, array[float]] | None = None
        self._columns = _gaps(tier.samples)
        self._known: set[int] = set()
        self._stale: set[int] = set()
        self._seconds = array("d", bytes(8 * tier.samples))
        self._sums = {name: array("d", bytes(8 * tier.samples)) for name in SUMS}
        self._totals = {name: array("d", bytes(8 * tier.samples)) for name in MEANS}
        self._weights = {name: array("d", bytes(8 * tier.samples)) for name in MEANS}

    @property
    def end(self) -> int:
        """Unix seconds behind its last bin."""
        return self.start + self.tier.span_s

    def begin_from(self, row: bytes | None) -> None:
        """Go on with what the row holds, once; None: there is no row. A row that cannot be read is begun anew."""
        self.is_based = True
        if row is None:
            return
        try:
            base = unpack(row)
        except ValueError:
            return
        if len(base["seconds"]) == self.tier.samples:
            self._base = base
            self._columns = {name: array("f", values) for name, values in base.items()}
            self._stale |= self._known

    def add_time(self, index: int, seconds: float, means: Mapping[str, float]) -> None:
        """Watch bin `index` for `seconds`."""
        self._touch(index)
        self._seconds[index] += seconds
        for name, value in means.items():
            self._totals[name][index] += value * seconds
            self._weights[name][index] += seconds

    def add_counts(self, index: int, sums: Mapping[str, float]) -> None:
        """Count in bin `index`."""
        self._touch(index)
        for name, value in sums.items():
            self._sums[name][index] += value

    def _touch(self, index: int) -> None:
        self._known.add(index)
        self._stale.add(index)
        self.is_changed = True

    def packed(self) -> bytes:
        """The block as it belongs into its row."""
        return pack(self.columns())

    def columns(self) -> dict[str, array[float]]:
        """Its columns, over what the row held before."""
        for index in self._stale:
            self._fill(index)
        self._stale.clear()
        return self._columns

    def _fill(self, index: int) -> None:
        columns, before_s = self._columns, self._before("seconds", index)
        for name in MEANS:
            weight, total = self._weights[name][index], self._totals[name][index]
            if self._base is not None and before_s and (mean := self._base[name][index]) == mean:
                weight, total = weight + before_s, total + mean * before_s
            columns[name][index] = total / weight if weight else GAP
        columns["seconds"][index] = before_s + self._seconds[index]
        for name in SUMS:
            columns[name][index] = self._before(name, index) + self._sums[name][index]

    def _before(self, name: str, index: int) -> float:
        """What the row held; 0.0 for a gap."""
        value = self._base[name][index] if self._base is not None else GAP
        return value if value == value else 0.0


def _gaps(samples: int) -> dict[str, array[float]]:
    return {name: array("f", [GAP]) * samples for name in COLUMNS}


# --- all tiers -----------------------------------------------------------------------------------------------------


class History:
    """The blocks that are not (wholly) in rows yet. Its memory is bounded by what each tier keeps."""

    def __init__(self, tiers: tuple[Tier, ...] = TIERS) -> None:
        self._tiers = tiers
        self._blocks: dict[BlockKey, Block] = {}

    def add(self, seen: Observation) -> None:
        """Spread an observation over the bins of all tiers."""
        for tier in self._tiers:
            for at, seconds in _pieces(tier, seen):
                block, index = self._place(tier, at, seen.algorithm)
                block.add_time(index, seconds, seen.means)
            if any(seen.sums.values()):
                block, index = self._place(tier, max(seen.start, seen.end - _EPSILON_S), seen.algorithm)
                block.add_counts(index, seen.sums)

    def _place(self, tier: Tier, at: float, algorithm: str) -> tuple[Block, int]:
        start = tier.block_start(at)
        key = BlockKey(tier.step_s, start, algorithm)
        block = self._blocks.get(key)
        if block is None:
            self._forget_before(tier, at - tier.keep_s)
            block = self._blocks[key] = Block(tier, start)
        return block, min(tier.samples - 1, int(at - start) // tier.step_s)

    def _forget_before(self, tier: Tier, oldest: float) -> None:
        for key in [key for key in self._blocks if key.step_s == tier.step_s and key.start + tier.span_s < oldest]:
            del self._blocks[key]

    def changed(self) -> Iterator[tuple[BlockKey, Block]]:
        """The blocks that differ from their rows."""
        return ((key, block) for key, block in list(self._blocks.items()) if block.is_changed)

    def written(self, keys: list[BlockKey], now: float) -> None:
        """These are in rows; those that are over are let go of."""
        for key in keys:
            block = self._blocks[key]
            block.is_changed = False
            if block.end + block.tier.step_s < now:
                del self._blocks[key]

    def rows_were_lost(self) -> None:
        """The database was deleted: what is still here is written again."""
        for block in self._blocks.values():
            block.is_changed = True


def _pieces(tier: Tier, seen: Observation) -> Iterator[tuple[float, float]]:
    """The bins that an observation touches: a time inside the bin, and for how many seconds."""
    at = seen.start
    while at < seen.end:
        border = (int(at // tier.step_s) + 1) * tier.step_s
        until = min(float(border), seen.end)
        if until - at > 0:
            yield at, until - at
        at = until

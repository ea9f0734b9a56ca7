"""The programs that ours is compared with: what both compute, and how the two may hash side by side. A row for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.ratio.cpuminer_side import CpuminerSide
from benchmarks.ratio.measuring import Theirs
from benchmarks.ratio.peer_version import CPUMINER, XMRIG, version_of
from benchmarks.ratio.process_facts import PageKinds
from benchmarks.ratio.report import DATASET_MIB
from benchmarks.ratio.xmrig_side import XmrigSide


class PeerSide(Theirs, Protocol):
    """Their side: what is measured, and how it starts and ends."""

    def wait_ready(self) -> None: ...
    def pages(self) -> PageKinds: ...
    def facts(self) -> dict[str, object]: ...
    def end(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Peer:
    """One program. `dataset_mib`: what both should have on huge pages. `takes_turns`: also in the one-core part the two
    hash one after the other, on the same core, because that of theirs has no threads that could be moved."""

    title: str
    algorithm: str
    dataset_mib: int
    takes_turns: bool
    start: Callable[[Path, tuple[int, ...], Path], PeerSide]


PEERS = (
    Peer(XMRIG, "rx/0", DATASET_MIB, takes_turns=False, start=XmrigSide),
    Peer(CPUMINER, "scrypt", 0, takes_turns=True, start=CpuminerSide),
)


def peer_at(path: Path) -> Peer:
    """Return the row of the program at `path`. Raises CannotStartError when it is none of them."""
    version = version_of(path)
    return next(peer for peer in PEERS if version.startswith(f"{peer.title} "))

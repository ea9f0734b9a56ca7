#!/usr/bin/env python3
"""Hash rate of our engine against a given xmrig or cpuminer-opt binary, side by side on this machine. See README.md.

Starts and ends both programs itself, talks to them on loopback only, and puts the kernel's page numbers back.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.ratio.engine_side import EngineSide
from benchmarks.ratio.measuring import Measurer, Pair
from benchmarks.ratio.page_reserve import PageReserve, pages_for_both
from benchmarks.ratio.peers import Peer, peer_at
from benchmarks.ratio.report import Part, pair_line, part_lines, part_notes, result_object
from benchmarks.ratio.schedule import expected_minutes, windows
from mining.configuration.command_line import SentenceParser
from mining.errors import CannotStartError, ConfigurationError, ExitCode, MinerConsoleError
from mining.hardware.topology import allowed_cpus, core_preference, machine_default_cores, read_topology

ONE_CORE, ALL_CORES, SAME_CORE = "one-core", "all-cores", "same-core"
INTERRUPTED = 130
_MOST_PAIRS, _MOST_SECONDS = 200, 600


def say(line: str) -> None:
    """Print one line for a person."""
    print(line, file=sys.stderr, flush=True)


def parse(arguments: list[str]) -> Any:
    """Return the options. Raises ConfigurationError for what cannot be measured."""
    parser = SentenceParser(prog="peer_ratio.py", description=__doc__)
    parser.add_argument("--peer", type=Path, required=True, metavar="PATH", help="The binary of xmrig or cpuminer-opt.")
    parser.add_argument("--seconds", type=int, default=60, metavar="S", help="Length of an interval. Default: 60.")
    parser.add_argument("--pairs", type=int, default=8, metavar="N", help="Pairs of each part. Default: 8.")
    parser.add_argument("--part", choices=(ONE_CORE, ALL_CORES, "both"), default="both", help="Default: both.")
    parser.add_argument("--scrypt-kernel", default="", metavar="NAME", help="Ours, against cpuminer-opt: avx2, sse2 …")
    parser.add_argument("--json", action="store_true", help="Print one JSON object on standard output.")
    options = parser.parse_args(arguments)
    try:
        windows(options.seconds)
    except ValueError:
        raise ConfigurationError(f"--seconds {options.seconds} is not a multiple of 10 from 10 on") from None
    if options.seconds > _MOST_SECONDS or not 1 <= options.pairs <= _MOST_PAIRS:
        raise ConfigurationError(
            f"--seconds {options.seconds} --pairs {options.pairs} is out of range",
            next_step=f"At most {_MOST_SECONDS} seconds and 1 to {_MOST_PAIRS} pairs.",
        )
    options.peer = options.peer.resolve()
    options.parts = (ONE_CORE, ALL_CORES) if options.part == "both" else (options.part,)
    return options


def two_cores() -> tuple[int, int]:
    """Return the CPUs of the one-core part: two cores of their own. Raises CannotStartError without a second one."""
    topology = read_topology()
    order = core_preference(topology, allowed_cpus())
    own = {cpu.number: cpu.core for cpu in topology.cpus}
    if len({own[number] for number in order}) < 2:
        raise CannotStartError(
            f"The one-core part needs two cores, and this process may use {len(order)} CPU(s) of one core",
            next_step="Use --part all-cores.",
        )
    return min(order[:2]), max(order[:2])


class Session:
    """One run: our engine lives through all parts, each part has its own peer."""

    def __init__(self, options: Any, peer: Peer, folder: Path, ours: EngineSide) -> None:
        self._options = options
        self._peer = peer
        self._folder = folder
        self._ours = ours

    def run_part(self, name: str) -> Part:
        """Measure one part, with a freshly started peer. Our engine is paused before and after."""
        cores = cores_of_part(self._peer, name)
        say(f"{name}: {self._peer.title} starts")
        with contextlib.ExitStack() as stack:
            is_side_by_side = name == ONE_CORE and not self._peer.takes_turns
            theirs = self._peer.start(self._options.peer, cores[:1] if is_side_by_side else cores, self._folder)
            stack.callback(theirs.end)
            theirs.wait_ready()
            measurer = Measurer(self._ours, theirs, self._options.seconds)
            if is_side_by_side:
                found = measurer.one_core(self._options.pairs, (cores[0], cores[1]))
            else:
                found = measurer.all_cores(self._options.pairs, cores)
            pairs = tuple(_told(found))
            pages = {"ours": self._ours.pages(), "theirs": theirs.pages()}
            programs = {"ours": self._ours.facts(), "theirs": theirs.facts()}
            self._ours.pause()
        shown = SAME_CORE if name == ONE_CORE and self._peer.takes_turns else name
        return Part(shown, cores, pairs, programs, part_notes(pairs, pages, self._peer.dataset_mib))


def cores_of_part(peer: Peer, name: str) -> tuple[int, ...]:
    """Return the CPUs that a part is hashed on. Raises CannotStartError where there are too few."""
    if name == ALL_CORES:
        return machine_default_cores()
    return machine_default_cores()[:1] if peer.takes_turns else two_cores()


def _told(pairs: Iterator[Pair]) -> Iterator[Pair]:
    for number, pair in enumerate(pairs, 1):
        say(pair_line(number, pair))
        yield pair


def run(options: Any) -> None:
    """Do all parts and print the result."""
    peer = peer_at(options.peer)
    check_kernel(options.scrypt_kernel, peer)
    cores = tuple(sorted({core for name in options.parts for core in cores_of_part(peer, name)}))
    minutes = expected_minutes(len(options.parts), options.pairs, options.seconds)
    say(f"{len(options.parts)} part(s) of {options.pairs} pair(s) of {options.seconds} s: about {minutes:.0f} minutes.")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peer-ratio-")))
        pages = _huge_pages(stack, peer, len(cores))
        say("our engine starts")
        ours = EngineSide(cores, folder, algorithm=peer.algorithm, scrypt_kernel=options.scrypt_kernel)
        stack.callback(ours.end)
        ours.wait_ready()
        ours.pause()
        session = Session(options, peer, folder, ours)
        parts = [session.run_part(name) for name in options.parts]
    settings = {"peer": str(options.peer), "seconds": options.seconds, "pairs": options.pairs}
    if options.json:
        print(json.dumps(result_object(parts, settings=settings, pages=pages)))
    else:
        print("\n".join(line for part in parts for line in part_lines(part)))


def check_kernel(kernel: str, peer: Peer) -> None:
    """Raise ConfigurationError for a forced Scrypt kernel where no Scrypt is hashed."""
    if kernel and peer.algorithm != "scrypt":
        raise ConfigurationError(f"--scrypt-kernel {kernel} has nothing to do with {peer.title}, which hashes RandomX")


def _huge_pages(stack: contextlib.ExitStack, peer: Peer, cores: int) -> str:
    """Reserve them where both want some; returns the sentence about it."""
    if not peer.dataset_mib:
        return f"no huge pages are needed for {peer.algorithm}"
    reserve = stack.enter_context(PageReserve(pages_for_both(cores)))
    say(reserve.sentence)
    return reserve.sentence


def _interrupt(number: int, frame: object) -> None:
    """End in order at the first signal; the clean-up itself, at most 25 s, is not interrupted."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    """Measure; returns the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        run(parse(sys.argv[1:]))
    except MinerConsoleError as error:
        say(error.sentence)
        return error.exit_code
    except KeyboardInterrupt:
        say("Interrupted: both programs are ended and the page numbers are put back.")
        return INTERRUPTED
    return ExitCode.DONE


if __name__ == "__main__":
    sys.exit(main())

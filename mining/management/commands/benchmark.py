"""`benchmark`: a fixed count of hashes with a known check value. Exit 0 when the value is right, 1 when wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from argparse import SUPPRESS, ArgumentParser
from typing import Any

from mining.algorithms.bench_values import CHECK_VALUES
from mining.algorithms.registry import algorithm_named
from mining.configuration.cores import check_cores, check_threads, parse_cores, read_machine
from mining.configuration.home import find_home
from mining.configuration.problem import ValueProblem
from mining.engine.benchmark import BenchmarkResult, run_benchmark
from mining.engine.home_lock import HomeLock
from mining.engine.plan import Plan
from mining.engine.processes import die_with_parent
from mining.errors import ConfigurationError, ExitCode
from mining.hardware.topology import machine_cores_for_threads, machine_default_cores
from mining.management.sentence_command import SentenceCommand

_COUNT = re.compile(r"([1-9][0-9]*)([KM]?)", re.IGNORECASE)
_FACTOR = {"": 1, "K": 1_000, "M": 1_000_000}
_HIGHEST = 100_000_000
_COINS = {"randomx": "XMR", "scrypt": "LTC"}  # by family; nothing is mined


class Command(SentenceCommand):
    """Measure this machine."""

    help = "Hash a fixed number of nonces and compare the check value with the known one (RandomX: xmrig's)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options of the contract."""
        parser.add_argument("--algorithm", default="rx/0", help="rx/0, rx/2 or scrypt (default rx/0)")
        parser.add_argument("--hashes", default="250K", help="how many: 10K, 250K, 1M … (default 250K)")
        parser.add_argument("--threads", help="number of cores (default: the cache rule)")
        parser.add_argument("--cores", help="which cores, e.g. 0-3,6")
        parser.add_argument("--light", action="store_true", help="RandomX without its dataset of 2080 MiB")
        parser.add_argument("--huge-pages", default="auto", choices=("auto", "on", "off"))
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
        parser.add_argument("--home", help="home folder")
        parser.add_argument("--parent", type=int, default=0, help=SUPPRESS)
        parser.add_argument("--progress", action="store_true", help=SUPPRESS)  # JSON lines on standard error

    def run(self, options: dict[str, Any]) -> int:
        """Run it and print the result."""
        if options["parent"] and not die_with_parent(options["parent"], signal.SIGTERM):
            return int(ExitCode.FAILED)
        if options["parent"]:
            # The console asks us to end by SIGINT; its web process ignores that signal, and children inherit this.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        algorithm = algorithm_named(options["algorithm"])
        hashes = parse_count(options["hashes"], algorithm.name)
        if options["light"] and not algorithm.has_modes:
            raise ConfigurationError(f"{algorithm.name} has no light mode", next_step="Leave --light out.")
        plan = Plan(
            kind="offline",
            coin=_COINS[algorithm.family],
            algorithm=algorithm.name,
            cores=_cores(options, algorithm.scratchpad_bytes),
            mode="light" if options["light"] else "auto",
            huge_pages=options["huge_pages"],
            priority="normal",
        )
        home = find_home(options["home"], os.environ)
        lock = HomeLock(home, payee="nobody (benchmark)")
        try:
            result = run_benchmark(plan, hashes, home, _tell_progress if options["progress"] else _draw_progress)
        finally:
            lock.release()
            _draw_progress("", 0)
        print(json.dumps(result.as_dict()) if options["json"] else _report(result))
        return int(ExitCode.FAILED if result.ok is False else ExitCode.DONE)


def parse_count(text: str, algorithm: str = "rx/0") -> int:
    """Return a count such as 10K, 250K or 1M. Raises ConfigurationError."""
    match = _COUNT.fullmatch(text)
    count = int(match[1]) * _FACTOR[match[2].upper()] if match else 0
    if not 1 <= count <= _HIGHEST:
        listed = ", ".join(f"{n // 1000}K" if n < 1_000_000 else f"{n // 1_000_000}M" for n in CHECK_VALUES[algorithm])
        raise ConfigurationError(
            f'--hashes "{text}" is not a count from 1 to 100M', next_step=f"With a known check value: {listed}."
        )
    return count


def _cores(options: dict[str, Any], scratchpad_bytes: int) -> tuple[int, ...]:
    try:
        if options["cores"] is not None:
            cores = parse_cores(options["cores"])
            check_cores(cores, read_machine())
            return cores
        if options["threads"] is not None:
            threads = int(options["threads"]) if options["threads"].isdecimal() else 0
            if threads < 1:
                raise ValueProblem("is not a whole number from 1", "Write the number of cores.")
            check_threads(threads, read_machine())
            return machine_cores_for_threads(threads)
    except ValueProblem as problem:
        key, text = ("--cores", options["cores"]) if options["cores"] is not None else ("--threads", options["threads"])
        raise ConfigurationError(f'{key} "{text}" {problem.why}', next_step=problem.next_step) from None
    return machine_default_cores(scratchpad_bytes)


def _tell_progress(phase: str, share: float) -> None:
    sys.stderr.write(json.dumps({"phase": phase, "share": round(share, 4)}) + "\n")
    sys.stderr.flush()


def _draw_progress(phase: str, share: float) -> None:
    if sys.stderr.isatty():
        width = 30
        bar = "#" * int(share * width)
        sys.stderr.write(f"\r\033[K{phase:8} [{bar:{width}}] {share:6.1%}" if phase else "\r\033[K")
        sys.stderr.flush()


def _report(result: BenchmarkResult) -> str:
    verdict = {True: "OK", False: "WRONG: this build or machine computes wrong hashes", None: "no known value"}
    took = "–" if result.dataset_seconds is None else f"{result.dataset_seconds:.1f} s"
    mode = "" if result.mode == "none" else f", {result.mode} mode"
    return "\n".join(
        (
            f"{result.algorithm}, {result.hashes} hashes on {result.threads} cores{mode}",
            f"hashed by   {result.library}",
            f"huge pages  {result.huge_pages}",
            f"dataset     {took}",
            f"time        {result.seconds:.2f} s",
            f"hash rate   {result.hashrate_hps:.1f} H/s",
            f"check       {result.check} (expected {result.expected or '–'}): {verdict[result.ok]}",
        )
    )

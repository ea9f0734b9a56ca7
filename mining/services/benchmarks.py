"""Benchmarks from the console: one at a time, in a process of its own, while nothing is mined on that Node."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from mining.algorithms.registry import ALGORITHMS
from mining.child_environment import child_environment
from mining.models import BenchmarkRun, Node
from mining.services.actors import Actor, Role, require
from mining.services.control import node_status
from mining.services.errors import ConflictError, InvalidError
from mining.services.events import event_record

MOST_HASHES = 1_000_000
_LIMIT_S = 3600.0
_FOLDER = "benchmark"
_BUSY = ("preparing", "mining", "paused", "draining")


def benchmark_start(actor: Actor, node: Node, *, algorithm: str, hashes: int) -> BenchmarkRun:
    """Start one and return its row, which is filled in when it ends (`state`: running, done, failed).

    Raises ForbiddenError below operator, InvalidError, ConflictError while the Node mines or another one runs.
    """
    require(actor, Role.OPERATOR, "start benchmarks")
    if algorithm not in ALGORITHMS:
        raise InvalidError({"algorithm": [f"{algorithm!r} is not known. There are: {', '.join(ALGORITHMS)}."]})
    if not 1 <= hashes <= MOST_HASHES:
        raise InvalidError({"hashes": [f"{hashes} is not a number from 1 to {MOST_HASHES}."]})
    if not node.is_local:
        raise ConflictError(f"{node} is not this computer, and fleets come later", code="not_local")
    frame = node_status(node).frame
    if frame is not None and frame.state in _BUSY:
        raise ConflictError(
            f"{node} is {frame.state}, and a benchmark beside it would measure neither",
            next_step="Stop mining, then start the benchmark.",
            code="mining",
        )
    run = _new_run(actor, node, algorithm, hashes)
    threading.Thread(target=_follow, args=(run.pk, algorithm, hashes), name=f"benchmark {run.pk}", daemon=True).start()
    return run


@transaction.atomic
def _new_run(actor: Actor, node: Node, algorithm: str, hashes: int) -> BenchmarkRun:
    """The row of the only one that runs: of two that start at once, one is refused. Raises ConflictError."""
    Node.objects.select_for_update().get(pk=node.pk)
    now = timezone.now()
    # One that could not write down its end (the database was locked) does not stand in the way for ever.
    not_over = BenchmarkRun.objects.filter(node=node, state="running", started_at__gt=now - timedelta(seconds=_LIMIT_S))
    if not_over.exists():
        raise ConflictError("A benchmark is running", next_step="Wait for its result.", code="in_use")
    run = BenchmarkRun.objects.create(
        node=node, started_at=now, algorithm=algorithm, hashes=hashes, started_by=actor.name[:150]
    )
    event_record(actor, kind="benchmark.started", sentence=f"benchmark of {run} started", node=node, target=run)
    return run


def give_up_lost() -> int:
    """The process that followed them ended: their results will never come. Call at its start; returns how many."""
    sentence = "the console ended before the benchmark did"
    return BenchmarkRun.objects.filter(state="running").update(
        state="failed", sentence=sentence, ended_at=timezone.now()
    )


def command_of(algorithm: str, hashes: int, home: Path) -> list[str]:
    """The benchmark's process; it ends with the thread that started it."""
    words = ["benchmark", "--json", "--algorithm", algorithm, "--hashes", str(hashes)]
    return [sys.executable, "-m", "minerconsole", *words, "--home", str(home), "--parent", str(os.getpid())]


def _follow(pk: int, algorithm: str, hashes: int) -> None:
    try:
        state, result, sentence = _run(algorithm, hashes)
        BenchmarkRun.objects.filter(pk=pk).update(
            state=state, result=result, sentence=sentence[:300], ended_at=timezone.now()
        )
    finally:
        connection.close()  # this thread's own


def _run(algorithm: str, hashes: int) -> tuple[str, dict[str, object], str]:
    """Return (state, result, sentence) of one benchmark."""
    home: Path = settings.MINERCONSOLE_HOME / _FOLDER
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            command_of(algorithm, hashes, home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            env=child_environment(),
        )
        result = json.loads(done.stdout) if done.stdout.strip() else {}
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        return "failed", {}, f"the benchmark could not be run to its end ({error.__class__.__name__})"
    if done.returncode != 0 or not isinstance(result, dict):
        last = (done.stderr.strip().splitlines() or ["it left no message"])[-1]
        return "failed", result if isinstance(result, dict) else {}, last
    return "done", result, ""

"""Benchmarks from the console: one at a time, in a process of its own, while nothing is mined on that Node."""

from __future__ import annotations

import os
import threading

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from mining.algorithms.registry import ALGORITHMS
from mining.configuration.cores import check_cores, format_cores, parse_cores, read_machine
from mining.configuration.problem import ValueProblem
from mining.models import BenchmarkRun, Node
from mining.selectors.benchmarks import benchmark_running
from mining.services.actors import Actor, Role, require
from mining.services.benchmark_process import BenchmarkProcess, Outcome, Progress, command_of
from mining.services.errors import ConflictError, InvalidError
from mining.services.events import event_record
from mining.services.far_benchmarks import far_benchmark_begin
from mining.services.node_status import node_status

MOST_HASHES = 1_000_000
MODES = ("auto", "light")
_FOLDER = "benchmark"
_LOOK_EVERY_S = 5.0
_SPOILT = "mining began beside it, so its rate would be wrong; stop mining and measure again"
_lock = threading.Lock()
_processes: dict[int, BenchmarkProcess] = {}
"""Those that this process follows, by the number of their row."""


def benchmark_start(
    actor: Actor, node: Node, *, algorithm: str, hashes: int, cores: str = "", mode: str = "auto"
) -> BenchmarkRun:
    """Start one and return its row, which is filled in when it ends (`state`: running, done, failed, cancelled).

    `cores`: such as 0-3,6, "" for what the caches carry; `mode`: auto, or light for RandomX without its dataset.
    Raises ForbiddenError below operator, InvalidError, ConflictError while the Node mines or another one runs.
    """
    require(actor, Role.OPERATOR, "start benchmarks")
    cores = _checked(algorithm, hashes, cores, mode, is_here=node.is_local)
    wish = BenchmarkRun(algorithm=algorithm, hashes=hashes, cores=cores, mode=mode)
    if not node.is_local:
        return _start_far(actor, node, wish)
    _refuse_beside_mining(node)
    with transaction.atomic():  # whoever sees the row finds its process, too
        run = _new_run(actor, node, wish)
        process = _process_of(run)
    threading.Thread(target=_follow, args=(run.pk, process, node), name=f"benchmark {run.pk}", daemon=True).start()
    return run


def _start_far(actor: Actor, node: Node, wish: BenchmarkRun) -> BenchmarkRun:
    """The machine itself refuses it while it mines."""
    with transaction.atomic():
        run = _new_run(actor, node, wish)
    far_benchmark_begin(run)
    run.refresh_from_db()
    return run


def benchmark_cancel(actor: Actor, run: BenchmarkRun) -> BenchmarkRun:
    """Have a benchmark end early: within seconds its row is `cancelled`. Needs an operator.

    Raises ForbiddenError, ConflictError (over) for one that has ended.
    """
    require(actor, Role.OPERATOR, "cancel benchmarks")
    if run.state != "running":
        raise ConflictError(f"The benchmark of {run} is over", next_step="See its result.", code="over")
    sentence = f"cancelled by {actor.name}"
    process = _processes.get(run.pk)
    if process is not None:
        is_cancelled = process.cancel(sentence)
    else:  # nobody follows it: it ended with the process that did
        is_cancelled = bool(_close(run.pk, state="cancelled", sentence=sentence))
    if not is_cancelled:
        raise ConflictError(
            f"The benchmark of {run} is over, or ends in this moment", next_step="See its result.", code="over"
        )
    run.refresh_from_db()
    event_record(actor, kind="benchmark.cancelled", sentence=f"benchmark of {run} cancelled", node=run.node, target=run)
    return run


def benchmark_progress(run: BenchmarkRun) -> Progress | None:
    """How far a benchmark is; None for one that is over, or that another process follows."""
    process = _processes.get(run.pk) if run.state == "running" else None
    return process.progress if process is not None else None


def give_up_lost() -> int:
    """The process that followed them ended: their results will never come. Call at its start; returns how many."""
    sentence = "the console ended before the benchmark did"
    return BenchmarkRun.objects.filter(state="running", node__is_local=True).update(
        state="failed", sentence=sentence, ended_at=timezone.now()
    )


def _checked(algorithm: str, hashes: int, cores: str, mode: str, *, is_here: bool) -> str:
    """The cores in their usual form. `is_here`: they are judged by this computer's. Raises InvalidError for what cannot
    be measured."""
    if algorithm not in ALGORITHMS:
        raise InvalidError({"algorithm": [f"{algorithm!r} is not known. There are: {', '.join(ALGORITHMS)}."]})
    if not 1 <= hashes <= MOST_HASHES:
        raise InvalidError({"hashes": [f"{hashes} is not a number from 1 to {MOST_HASHES}."]})
    if mode not in MODES or (mode == "light" and not ALGORITHMS[algorithm].has_modes):
        raise InvalidError({"mode": [f"{algorithm} has no mode {mode!r}. Leave it at auto."]})
    if not cores.strip():
        return ""
    try:
        numbers = parse_cores(cores)
        if is_here:
            check_cores(numbers, read_machine())
    except ValueProblem as problem:
        raise InvalidError({"cores": [f'"{cores}" {problem.why}. {problem.next_step}']}) from None
    return format_cores(numbers)


def _new_run(actor: Actor, node: Node, run: BenchmarkRun) -> BenchmarkRun:
    """Save the row of the only one that runs, in a transaction: of two that start at once, one is refused.

    Raises ConflictError.
    """
    Node.objects.select_for_update().get(pk=node.pk)
    if benchmark_running(node) is not None:
        raise ConflictError("A benchmark is running", next_step="Wait for its result.", code="in_use")
    run.node, run.started_at, run.started_by = node, timezone.now(), actor.name[:150]
    run.save()
    event_record(actor, kind="benchmark.started", sentence=f"benchmark of {run} started", node=node, target=run)
    return run


def _process_of(run: BenchmarkRun) -> BenchmarkProcess:
    home = settings.MINERCONSOLE_HOME / _FOLDER
    command = command_of(
        home, algorithm=run.algorithm, hashes=run.hashes, cores=run.cores, mode=run.mode, parent=os.getpid()
    )
    process = BenchmarkProcess(command, home)
    with _lock:
        _processes[run.pk] = process
    return process


def _refuse_beside_mining(node: Node) -> None:
    status = node_status(node)
    if not status.is_busy and (status.frame is not None or not status.is_running):
        return
    state = status.frame.state if status.frame is not None else "starting, or does not answer"
    raise ConflictError(
        f"{node} is {state}, and a benchmark beside it would measure neither",
        next_step="Stop mining, then start the benchmark.",
        code="mining",
    )


def _follow(pk: int, process: BenchmarkProcess, node: Node) -> None:
    is_over = threading.Event()
    threading.Thread(target=_watch, args=(process, node, is_over), name=f"beside benchmark {pk}", daemon=True).start()
    try:
        outcome = process.run()
        is_over.set()
        if outcome.state == "done" and node_status(node).is_busy:
            outcome = Outcome("failed", sentence=_SPOILT)
        _close(pk, state=outcome.state, result=outcome.result, sentence=outcome.sentence[:300])
    finally:
        is_over.set()
        with _lock:
            _processes.pop(pk, None)
        connection.close()  # this thread's own


def _watch(process: BenchmarkProcess, node: Node, is_over: threading.Event) -> None:
    """End one early when mining begins beside it: a terminal asks nobody. Uses no database."""
    while not is_over.wait(_LOOK_EVERY_S):
        if node_status(node).is_busy:
            process.spoil(_SPOILT)
            return


def _close(pk: int, **values: object) -> int:
    """Write down the end of one that is not over yet; returns 0 when it is."""
    return BenchmarkRun.objects.filter(pk=pk, state="running").update(ended_at=timezone.now(), **values)

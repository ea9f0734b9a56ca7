"""Benchmarks of a node, started from the console."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from minerconsole.api.access import reader_of
from minerconsole.api.idempotency import Answer, once
from minerconsole.api.places import USUAL, Before, Limit, Number, Ulid, node_at
from minerconsole.api.schemas.benchmarks import BenchmarkIn, BenchmarkOut, BenchmarksOut
from minerconsole.api.throttles import BENCHMARKS, CALLS
from mining.models import BenchmarkRun
from mining.selectors import benchmarks
from mining.selectors.pages import newest
from mining.services.benchmarks import benchmark_cancel as cancel_of
from mining.services.benchmarks import benchmark_progress as progress_of
from mining.services.benchmarks import benchmark_start as start_of
from mining.services.errors import NotFoundError

router = Router()


@router.get("/{ulid}/benchmarks", response=BenchmarksOut)
def benchmark_list(request: HttpRequest, ulid: Ulid, limit: Limit = USUAL, before: Before = None) -> BenchmarksOut:
    """List the benchmarks of a node, newest first."""
    reader_of(request)
    page = newest(benchmarks.benchmark_list(node_at(ulid)), by="started_at", limit=limit, before=before)
    return BenchmarksOut(benchmarks=[_shown(row) for row in page.rows], before=page.before)


@router.post("/{ulid}/benchmarks", response={202: BenchmarkOut}, throttle=[CALLS, BENCHMARKS])
def benchmark_start(request: HttpRequest, ulid: Ulid, body: BenchmarkIn) -> Status[BenchmarkOut]:
    """Start a benchmark; its result comes later, under its number. Needs an operator, and a node that does not mine."""
    actor, node = reader_of(request), node_at(ulid)

    def carry_out() -> Answer:
        run = start_of(actor, node, algorithm=body.algorithm, hashes=body.hashes, cores=body.cores, mode=body.mode)
        return 202, _shown(run).model_dump(mode="json")

    return Status(*once(request, carry_out))


@router.get("/{ulid}/benchmarks/{benchmark_id}", response=BenchmarkOut)
def benchmark_get(request: HttpRequest, ulid: Ulid, benchmark_id: Number) -> BenchmarkOut:
    """Show a benchmark: how far it is and, once it is over, its result."""
    reader_of(request)
    return _shown(_run_at(ulid, benchmark_id))


@router.post("/{ulid}/benchmarks/{benchmark_id}/cancel", response={202: BenchmarkOut})
def benchmark_cancel(request: HttpRequest, ulid: Ulid, benchmark_id: Number) -> Status[BenchmarkOut]:
    """Have a benchmark end early: within seconds it is `cancelled`. Needs an operator; 409 `over` if it has ended."""
    actor, run = reader_of(request), _run_at(ulid, benchmark_id)
    return Status(*once(request, lambda: (202, _shown(cancel_of(actor, run)).model_dump(mode="json"))))


def _shown(run: BenchmarkRun) -> BenchmarkOut:
    return BenchmarkOut.of(run, progress_of(run))


def _run_at(ulid: str, number: int) -> BenchmarkRun:
    node = node_at(ulid)
    run = benchmarks.benchmark_get(node, number)
    if run is None:
        raise NotFoundError(f"{node} has no benchmark {number}", next_step="See its list of benchmarks.")
    return run

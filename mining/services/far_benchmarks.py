"""Benchmarks on machines far away: asked for by a command, and their rows filled in from what the machine answers."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from mining.models import BenchmarkRun
from mining.services.errors import ConflictError
from mining.services.fleet_orders import RUNNING, answers_of, command_send

_COMMAND = "command"
_LONGEST = timedelta(minutes=70)


def far_benchmark_begin(run: BenchmarkRun) -> None:
    """Ask the machine for it. Raises ConflictError: as `fleet_orders.command_send`; then the row has failed."""
    arguments = {"algorithm": run.algorithm, "hashes": str(run.hashes), "cores": run.cores, "mode": run.mode}
    try:
        sent = command_send(run.node, "benchmark", {key: text for key, text in arguments.items() if text})
    except ConflictError as error:
        _close(run, "failed", error.sentence)
        raise
    BenchmarkRun.objects.filter(pk=run.pk).update(result={_COMMAND: sent.id})


def far_benchmarks_collect() -> int:
    """Fill in the rows of those that ended; returns how many. Raises ConflictError when the broker is away."""
    closed = 0
    for run in BenchmarkRun.objects.filter(state="running", node__is_local=False).select_related("node"):
        command = run.result.get(_COMMAND)
        told = [each for each in answers_of(run.node) if each.get("id") == command and each.get("state") != RUNNING]
        if told:
            answer = told[-1]
            result = answer.get("result")
            is_done = bool(answer.get("ok")) and isinstance(result, dict)
            sentence = "" if is_done else str(answer.get("sentence", "the machine told no result"))
            closed += _close(run, "done" if is_done else "failed", sentence, result if is_done else None)
        elif timezone.now() - run.started_at > _LONGEST:
            closed += _close(run, "failed", "the machine did not tell how it ended")
    return closed


def _close(run: BenchmarkRun, state: str, sentence: str, result: dict[str, object] | None = None) -> int:
    return BenchmarkRun.objects.filter(pk=run.pk, state="running").update(
        state=state, sentence=sentence[:300], result=result or {}, ended_at=timezone.now()
    )

"""Benchmarks on machines far away: asked for by a command, and their rows filled in from what the machine answers."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

from django.utils import timezone

from mining.fleet.foreign_json import foreign_text
from mining.models import BenchmarkRun
from mining.services.errors import ConflictError
from mining.services.fleet_orders import RUNNING, answers_of, command_send

_COMMAND = "command"
_LONGEST = timedelta(minutes=70)
_MOST_RESULT = 64 << 10  # characters of JSON

logger = logging.getLogger(__name__)


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
        try:
            closed += _collect(run)
        except ConflictError:
            raise
        except Exception:
            logger.exception("The benchmark of %s could not be filled in", run.node)
    return closed


def _collect(run: BenchmarkRun) -> int:
    """Fill in one of them; returns how many ended."""
    command = run.result.get(_COMMAND)
    told = [each for each in answers_of(run.node) if each.get("id") == command and each.get("state") != RUNNING]
    if not told:
        is_late = timezone.now() - run.started_at > _LONGEST
        return _close(run, "failed", "the machine did not tell how it ended") if is_late else 0
    answer = told[-1]
    result = answer.get("result")
    if not answer.get("ok") or not isinstance(result, dict):
        return _close(run, "failed", foreign_text(answer.get("sentence"), 300) or "the machine told no result")
    if len(json.dumps(result)) > _MOST_RESULT:
        return _close(run, "failed", "the machine told a result that is too long to be one")
    return _close(run, "done", "", result)


def _close(run: BenchmarkRun, state: str, sentence: str, result: dict[str, object] | None = None) -> int:
    return BenchmarkRun.objects.filter(pk=run.pk, state="running").update(
        state=state, sentence=sentence[:300], result=result or {}, ended_at=timezone.now()
    )

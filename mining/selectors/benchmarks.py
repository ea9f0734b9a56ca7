"""Reads benchmarks."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from mining.models import BenchmarkRun, Node
from mining.services.benchmark_process import LIMIT_S


def benchmark_list(node: Node) -> QuerySet[BenchmarkRun]:
    """Benchmarks of a Node, newest first."""
    return BenchmarkRun.objects.filter(node=node).select_related("node").order_by("-started_at")


def benchmark_get(node: Node, pk: int) -> BenchmarkRun | None:
    """One of them, None when there is none."""
    return benchmark_list(node).filter(pk=pk).first()


def benchmark_running(node: Node) -> BenchmarkRun | None:
    """The one that runs on a Node. One that could not write down its end (the database was locked) is over some day."""
    since = timezone.now() - timedelta(seconds=LIMIT_S)
    return benchmark_list(node).filter(state="running", started_at__gt=since).first()

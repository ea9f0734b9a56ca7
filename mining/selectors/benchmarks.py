"""Reads benchmarks."""

from __future__ import annotations

from django.db.models import QuerySet

from mining.models import BenchmarkRun, Node


def benchmark_list(node: Node) -> QuerySet[BenchmarkRun]:
    """Benchmarks of a Node, newest first."""
    return BenchmarkRun.objects.filter(node=node).select_related("node").order_by("-started_at")


def benchmark_get(node: Node, pk: int) -> BenchmarkRun | None:
    """One of them, None when there is none."""
    return benchmark_list(node).filter(pk=pk).first()

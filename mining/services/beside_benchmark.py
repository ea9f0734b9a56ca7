"""Nothing begins to mine beside a benchmark: both would be measured, or paid, at a part of the rate."""

from __future__ import annotations

from mining.models import Node
from mining.selectors.benchmarks import benchmark_running
from mining.services.actors import Actor, Role, require
from mining.services.errors import ConflictError
from mining.services.node_status import node_status


def refuse_beside_benchmark(node: Node) -> None:
    """Raise ConflictError (benchmark) while one runs on this Node."""
    run = benchmark_running(node)
    if run is not None:
        raise ConflictError(
            f"The benchmark of {run} is running on {node}, and mining beside it would spoil its result",
            next_step="Cancel it or wait for its end.",
            code="benchmark",
        )


def refuse_plan_beside_benchmark(actor: Actor, node: Node) -> None:
    """The same for a plan, where it would begin to mine: a Node that failed tries again with a new one.

    Raises ForbiddenError below operator: what runs is told to nobody who may not make plans.
    """
    require(actor, Role.OPERATOR, "make plans")
    if benchmark_running(node) is None:
        return
    frame = node_status(node).frame
    if frame is not None and frame.state == "failed":
        refuse_beside_benchmark(node)

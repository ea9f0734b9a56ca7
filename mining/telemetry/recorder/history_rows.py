"""RateBlock rows: written from the history in memory, deleted when their tier keeps them no longer."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from mining.models import JournalPosition, Node, RateBlock
from mining.telemetry.history import TIERS, BlockKey, History


@transaction.atomic
def save_history(node: Node, history: History, dropped_samples: int) -> list[BlockKey]:
    """Write the blocks that changed, and count samples that were dropped; returns the keys for `History.written`.

    A block that was begun in this process goes on with its row, which is read once.
    """
    rows = []
    for key, block in history.changed():
        if not block.is_based:
            block.begin_from(_row_data(node, key))
        rows.append(
            RateBlock(node=node, algorithm=key.algorithm[:16], step_s=key.step_s, start=key.start, data=block.packed())
        )
    RateBlock.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["node", "step_s", "start", "algorithm"],
        update_fields=["data"],
    )
    if dropped_samples:
        JournalPosition.objects.filter(node=node).update(dropped_samples=F("dropped_samples") + dropped_samples)
    return [BlockKey(row.step_s, row.start, row.algorithm) for row in rows]


def delete_expired(node: Node, now: float) -> int:
    """Delete the blocks that end before their tier's time; returns how many. `now`: Unix seconds."""
    deleted = 0
    for tier in TIERS:
        oldest = int(now - tier.keep_s - tier.span_s)
        deleted += RateBlock.objects.filter(node=node, step_s=tier.step_s, start__lt=oldest).delete()[0]
    return deleted


def delete_expired_of_all(now: float) -> None:
    """The same for all Nodes at once."""
    for tier in TIERS:
        RateBlock.objects.filter(step_s=tier.step_s, start__lt=int(now - tier.keep_s - tier.span_s)).delete()


def _row_data(node: Node, key: BlockKey) -> bytes | None:
    data = (
        RateBlock.objects.filter(node=node, step_s=key.step_s, start=key.start, algorithm=key.algorithm)
        .values_list("data", flat=True)
        .first()
    )
    return None if data is None else bytes(data)

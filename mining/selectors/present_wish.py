"""What a Node's present plan says, in the words of the form that changes it. Constant numbers of queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mining.models import Node
from mining.selectors.plans import base_plan
from mining.services.plan_changes import algorithm_of

_TEXTS = {"worker": "WORKER", "cores": "CORES"}
_CHOICES = {"mode": ("MODE", "auto"), "huge_pages": ("HUGE_PAGES", "auto"), "priority": ("PRIORITY", "low")}


def present_wish(node: Node) -> dict[str, Any] | None:
    """Return the fields as JSON's values, the rows by their numbers; None while there is no plan."""
    plan = base_plan(node)
    if plan is None:
        return None
    values: Mapping[str, str] = plan.values
    return {
        "kind": "pool" if values.get("WALLET") else "offline",
        "algorithm": algorithm_of(values),
        "coin": plan.coin.ticker if plan.coin is not None else values.get("COIN", ""),
        "wallet_id": plan.wallet_id,
        "pool_ids": list(plan.planpool_set.order_by("position").values_list("pool_id", flat=True)),
        "threads": _number(values.get("THREADS", "")),
        "intensity": _number(values.get("INTENSITY", "")) if values.get("INTENSITY") else 100,
        **{name: values.get(key, "") for name, key in _TEXTS.items()},
        **{name: values.get(key, default) for name, (key, default) in _CHOICES.items()},
    }


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None

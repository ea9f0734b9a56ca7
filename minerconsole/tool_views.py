"""The pages of the tools: doctor, benchmark, log. What they show and do, their scripts ask of the API."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from minerconsole.page_modules import page_modules
from mining.algorithms.bench_values import CHECK_VALUES
from mining.algorithms.randomx.library import DATASET_BYTES
from mining.algorithms.registry import ALGORITHMS
from mining.models import Node
from mining.program import program_name
from mining.selectors.nodes import node_here
from mining.services.actors import Role, role_of_user
from mining.services.benchmarks import MOST_HASHES
from mining.services.errors import NotFoundError

_FAMILIES = {"rx/0": "RandomX (rx/0): Monero", "rx/2": "RandomX v2 (rx/2)", "scrypt": "Scrypt: Litecoin, Dogecoin"}


@never_cache
@require_safe
def doctor(request: HttpRequest) -> HttpResponse:
    """What limits the hash rate of this computer, worst first."""
    return _page(request, "doctor")


@never_cache
@require_safe
def benchmark(request: HttpRequest) -> HttpResponse:
    """Measure, and compare with what was measured before. Viewers see it all and start nothing."""
    node = _node()
    layout = node.hardware.get("layout", []) if node is not None else []
    return _page(request, "benchmark", topology=json.dumps(layout), choices=json.dumps(benchmark_choices()))


@never_cache
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """The miner's log and the event log, followed."""
    return _page(request, "log")


def benchmark_choices() -> list[dict[str, Any]]:
    """What can be measured: for each algorithm the counts whose check value is known, up to what the API takes."""
    return [
        {
            "name": name,
            "title": _FAMILIES.get(name, name),
            "has_modes": row.has_modes,
            "dataset_mib": -(-DATASET_BYTES >> 20) if row.has_modes else 0,
            "hashes": [count for count in CHECK_VALUES.get(name, {}) if count <= MOST_HASHES],
        }
        for name, row in ALGORITHMS.items()
    ]


def _page(request: HttpRequest, name: str, **more: Any) -> HttpResponse:
    node = _node()
    role = role_of_user(request.user)
    context = {
        "program": program_name(),
        "modules": page_modules(f"{name}.js"),
        "node": node.ulid if node is not None else "local",
        "role": role.name.lower(),
        "can_act": role >= Role.OPERATOR,
        **more,
    }
    return render(request, f"minerconsole/tools/{name}.html", context)


def _node() -> Node | None:
    try:
        return node_here()
    except NotFoundError:
        return None

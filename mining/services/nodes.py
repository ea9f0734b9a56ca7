"""Nodes: registers the computer that the console runs on, and what people call the machines."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from django.db import transaction

from mining import __version__
from mining.engine.node_id import node_id_of
from mining.engine.signed_plan import (
    CONSOLE_KEY,
    NODE_KEY,
    PlanRefusedError,
    private_key_of,
    public_key_of,
    trust_console,
    trusted_console,
)
from mining.fleet.membership import is_member
from mining.hardware.cgroups import cpu_quota, memory_limit
from mining.hardware.cpus import Cache, Cpu, Topology, read_topology
from mining.hardware.sysfs import memory_info
from mining.hardware.topology import allowed_cpus
from mining.models import Node
from mining.services.actors import SYSTEM, Actor, Role, require
from mining.services.entries import Entries
from mining.services.events import event_record
from mining.services.rows import change_record, locked, row_save


def node_local(home: Path) -> Node:
    """Register this computer, bring its facts up to date, and have it trust the console of this home.

    Any number of processes may call it at once; nothing is written when nothing changed. Raises CannotStartError when
    the secrets of the home cannot be used.
    """
    public_key = public_key_of(private_key_of(home, NODE_KEY))
    trust_own_console(home)
    ulid = node_id_of(home)
    facts = {"public_key": public_key.hex(), "is_local": True, "version": __version__, "hardware": hardware_facts()}
    node = Node.objects.filter(ulid=ulid).first()
    if node is not None and all(getattr(node, name) == value for name, value in facts.items()):
        return node
    with transaction.atomic():
        return _registered(ulid, facts)


def trust_own_console(home: Path) -> bytes:
    """Have the Node of `home` follow the console of `home`; returns the console's private key. Raises OSError.

    A Node that joined a fleet goes on to follow the console of that: only `node leave` ends it.
    """
    private_key = private_key_of(home, CONSOLE_KEY)
    if is_member(home):
        return private_key
    public_key = public_key_of(private_key)
    try:
        is_trusted = trusted_console(home) == public_key
    except PlanRefusedError:
        is_trusted = False
    if not is_trusted:
        trust_console(home, public_key)
    return private_key


@transaction.atomic
def node_rename(actor: Actor, node: Node, *, name: str) -> Node:
    """Call a machine something else. Needs an operator. Raises InvalidError, NotFoundError."""
    require(actor, Role.OPERATOR, "rename nodes")
    entries = Entries()
    clean = entries.name(name)
    entries.check("The node was not renamed")
    row = locked(node, "node")
    old, row.name = row.name, clean
    if old != clean:
        row_save(actor, row)
        change_record(actor, "node.changed", row, {"name": old}, {"name": clean}, what="node")
    return row


def hardware_facts(root: Path = Path("/")) -> dict[str, Any]:
    """What this machine is, from /proc and /sys only: sizes in bytes, `quota` in CPUs. Takes some milliseconds."""
    topology = read_topology(root)
    return {
        "cpu": topology.model_name,
        "vendor": topology.vendor,
        "machine": topology.machine,
        "packages": len({cpu.package for cpu in topology.cpus}),
        "cores": topology.core_count,
        "threads": len(topology.cpus),
        "usable_threads": len(allowed_cpus(root)),
        "numa_nodes": len(topology.nodes),
        "l2_bytes": _cache_bytes(topology, 2),
        "l3_bytes": _cache_bytes(topology, 3),
        "quota": cpu_quota(root),
        "memory_bytes": memory_info(root).get("MemTotal", 0),
        "memory_limit_bytes": memory_limit(root),
        "layout": [_place(cpu) for cpu in topology.cpus],
    }


def _place(cpu: Cpu) -> dict[str, Any]:
    """Where a logical CPU is: the lowest thread of its core, and the lowest CPU that shares its last-level cache."""
    l3 = cpu.l3.key[1] if cpu.l3 is not None else None
    return {
        "cpu": cpu.number, "core": cpu.core[1], "package": cpu.package, "node": cpu.node, "l3": l3, "kind": cpu.kind,
    }  # fmt: skip


def _registered(ulid: str, facts: dict[str, Any]) -> Node:
    node, is_new = Node.objects.select_for_update().get_or_create(
        ulid=ulid, defaults={"name": socket.gethostname()[:64] or "this computer", **facts}
    )
    for other in Node.objects.filter(is_local=True).exclude(pk=node.pk):
        other.is_local = False
        row_save(SYSTEM, other, "another computer runs this console now")
    if is_new:
        sentence = f"This computer registered itself as {node.name}"
        event_record(SYSTEM, kind="node.registered", sentence=sentence, node=node, target=node)
        return node
    for name, value in facts.items():
        setattr(node, name, value)
    row_save(SYSTEM, node, "facts of this computer")
    return node


def _cache_bytes(topology: Topology, level: int) -> int:
    caches: dict[tuple[int, int], Cache] = {}
    for cpu in topology.cpus:
        cache = cpu.l2 if level == 2 else cpu.l3
        if cache is not None:
            caches[cache.key] = cache
    return sum(cache.size_bytes for cache in caches.values())

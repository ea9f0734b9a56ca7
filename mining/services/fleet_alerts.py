"""Watches the machines of the fleet and tells of trouble once: as an event, and by Apprise where it is wanted.

HOME/secrets/alerts.urls (0600) holds the addresses, one a line, as Apprise writes them (`mailto://…`, `ntfys://…`); the
package `apprise` must be installed for them. They hold passwords: they are in no message.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from mining.fleet.alerts import Key, Open, alert_changes, seen_troubles
from mining.models import FleetAlert, MemberState, Node, PlanState
from mining.secret_files import secret_text
from mining.selectors.drift import DriftKind, drift_list
from mining.selectors.node_groups import places_of_nodes
from mining.selectors.rollouts import is_heard
from mining.services.actors import SYSTEM
from mining.services.events import event_record

URLS = "alerts.urls"
KEPT = timedelta(days=90)
_MOST_LINES = 20
_BAD = (PlanState.FAILED, PlanState.ROLLED_BACK)
logger = logging.getLogger(__name__)


def fleet_watch() -> int:
    """Look once; returns how many sentences were told."""
    now = timezone.now()
    drifts = drift_list(places_of_nodes().filter(access__isnull=False).exclude(access__state=MemberState.LEFT))
    sentences: dict[Key, str] = {(each.node.pk, "plan_failed"): each.sentence for each in drifts}
    nodes = {each.node.pk: each.node for each in drifts}
    states = {each.node.pk: _troubles(each.node, each.kind, now) for each in drifts}
    heard = sum(is_heard(node, now) for node in nodes.values())
    rows = {(row.node_id, row.code): row for row in FleetAlert.objects.filter(ended_at=None).select_related("node")}
    known = {key: Open((now - row.began_at).total_seconds(), row.told_at is not None) for key, row in rows.items()}
    changes = alert_changes(known, seen_troubles(states, heard=heard))
    for key in changes.begin:
        _begin(key, nodes, sentences.get(key, ""), now)
    _of(changes.forget, rows).delete()
    told = [rows[key] for key in changes.tell if _is_ours(rows[key], "told_at", now)]
    ended = [rows[key] for key in changes.end if _is_ours(rows[key], "ended_at", now)]
    said = [(row, row.sentence, "error") for row in told]
    said += [(row, f"over: {row.sentence}", "info") for row in ended]
    for row, sentence, level in said:
        event_record(SYSTEM, kind=f"alert.{row.code}", level=level, sentence=sentence, node=row.node, target=row.node)
    _send([sentence for _, sentence, _ in said])
    return len(said)


def alerts_retire() -> int:
    """Remove alerts that ended long ago; returns how many."""
    count, _ = FleetAlert.objects.filter(ended_at__lt=timezone.now() - KEPT).delete()
    return count


def _troubles(node: Node, kind: DriftKind, now: datetime) -> set[str]:
    found = set()
    access: Any = getattr(node, "access", None)
    was_heard = node.last_frame_at is not None or access.heard_at is not None
    if was_heard and not is_heard(node, now):
        found.add("offline")
    if access.state == MemberState.CLONED:
        found.add("cloned")
    if kind is DriftKind.FAILED:
        found.add("plan_failed")
    return found


def _begin(key: Key, nodes: dict[int, Node], sentence: str, now: datetime) -> None:
    number, code = key
    node = nodes[number] if number is not None else None
    words = {
        "offline": f"{node} is not heard any more",
        "cloned": f"Two machines use the identity of {node} at once",
        "plan_failed": f"{node}: {sentence}",
        "nobody_heard": "No machine of the fleet is heard: look at the broker and the network",
    }
    defaults = {"sentence": words[code][:300], "began_at": now}
    FleetAlert.objects.get_or_create(node=node, code=code, ended_at=None, defaults=defaults)


def _is_ours(row: FleetAlert, field: str, now: datetime) -> bool:
    """Whether it is this process that tells: the first one that notes it."""
    return bool(FleetAlert.objects.filter(pk=row.pk, **{f"{field}__isnull": True}).update(**{field: now}))


def _of(keys: Iterable[Key], rows: dict[Key, FleetAlert]) -> Any:
    return FleetAlert.objects.filter(pk__in=[rows[key].pk for key in keys], told_at=None)


def _send(sentences: list[str]) -> None:
    """By Apprise, all in one message. What it cannot send is a line of the log."""
    if not sentences:
        return
    try:
        urls = [line.strip() for line in secret_text(settings.MINERCONSOLE_HOME, URLS).splitlines() if line.strip()]
    except (FileNotFoundError, OSError):
        return
    more = len(sentences) - _MOST_LINES
    text = "\n".join([*sentences[:_MOST_LINES], *([f"… and {more} more"] if more > 0 else [])])
    try:
        sender = importlib.import_module("apprise").Apprise()
    except ImportError:
        logger.warning("Alerts cannot be sent: the package apprise is not installed (pip install apprise)")
        return
    is_known = all([sender.add(url) for url in urls if not url.startswith("#")])
    if not sender.notify(title="MinerConsole", body=text) or not is_known:
        logger.warning("Not every address of secrets/%s took the alert", URLS)

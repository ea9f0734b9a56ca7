"""`plan list|show|diff|apply|rollback`: what this computer shall do, for scripts; the same as the pages and the API."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from mining.errors import ConfigurationError, ExitCode
from mining.management.sentence_command import SentenceCommand
from mining.models import Coin, Node, Plan, Pool, Wallet
from mining.selectors.plans import base_plan, plan_get, plan_list
from mining.services.actors import COMMAND_LINE
from mining.services.nodes import node_local
from mining.services.plan_changes import plan_changes
from mining.services.plan_wishes import PlanWish
from mining.services.plans import plan_apply, plan_rollback
from mining.services.shown_values import shown_values

_ACTIONS = ("list", "show", "diff", "apply", "rollback")


class Command(SentenceCommand):
    """Plans of this computer."""

    help = "List, show, compare, apply and roll back plans of this computer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the actions and the parts of a plan."""
        parser.add_argument("action", choices=_ACTIONS, help="what to do")
        parser.add_argument(
            "versions", nargs="*", type=int, metavar="VERSION", help="plan (show, rollback), two for diff"
        )
        parser.add_argument("--coin", help="ticker, such as XMR")
        parser.add_argument("--wallet", help="name of a wallet (manage.py wallet list)")
        parser.add_argument("--pool", action="append", default=[], help="name of a pool; again for backups, in order")
        parser.add_argument("--offline", action="store_true", help="hash self-made jobs; nothing is earned")
        parser.add_argument("--algorithm", default="", help="offline only; else the coin gives it")
        parser.add_argument("--worker", default="", help="name of this computer at the pool")
        parser.add_argument("--cores", default="", help="such as 0-3,6")
        parser.add_argument("--threads", type=int, help="how many cores")
        parser.add_argument("--intensity", type=int, default=100, help="0 to 100 percent")
        parser.add_argument("--mode", default="auto", help="auto, fast or light")
        parser.add_argument("--huge-pages", default="auto", help="auto, on or off")
        parser.add_argument("--priority", default="low", help="idle, low or normal")
        parser.add_argument("--reason", default="", help="why, for the history")
        parser.add_argument("--json", action="store_true", help="JSON on standard output")
        parser.add_argument("--home", metavar="DIR", help="home folder")

    def run(self, options: dict[str, Any]) -> int:
        """Do one action."""
        node, versions = node_local(settings.MINERCONSOLE_HOME), options["versions"]
        match options["action"]:
            case "list":
                found: Any = [_row(plan) for plan in plan_list(node)]
            case "show":
                found = _row(_one(node, versions), is_whole=True)
            case "diff":
                found = _diff(node, versions)
            case "apply":
                found = _row(plan_apply(COMMAND_LINE, node, _wish(options), reason=options["reason"]), is_whole=True)
            case _:
                plan = plan_rollback(COMMAND_LINE, node, _number(versions), reason=options["reason"])
                found = _row(plan, is_whole=True)
        print(json.dumps(found, default=str) if options["json"] else _text(found))
        return _exit_code(options["action"], found)


def _exit_code(action: str, found: Any) -> int:
    is_order = action in ("apply", "rollback")
    return int(ExitCode.FAILED if is_order and found["state"] == "failed" else ExitCode.DONE)


def _wish(options: dict[str, Any]) -> PlanWish:
    return PlanWish(
        coin=_named(Coin, "ticker", options["coin"]),
        wallet=_named(Wallet, "name", options["wallet"]),
        pools=tuple(_named(Pool, "name", name) for name in options["pool"]),
        worker=options["worker"],
        cores=options["cores"],
        threads=options["threads"],
        intensity=options["intensity"],
        mode=options["mode"],
        huge_pages=options["huge_pages"],
        priority=options["priority"],
        is_offline=options["offline"],
        algorithm=options["algorithm"],
    )


def _named(kind: Any, field: str, name: str | None) -> Any:
    """The row with that name. Raises ConfigurationError that lists what there is."""
    if not name:
        return None
    row = kind.objects.filter(**{f"{field}__iexact": name}).first()
    if row is None:
        known = ", ".join(kind.objects.order_by(field).values_list(field, flat=True)[:20]) or "none yet"
        title = kind._meta.verbose_name
        raise ConfigurationError(f"There is no {title} {name!r}", next_step=f"There are: {known}.", code="not_found")
    return row


def _number(versions: list[int]) -> int:
    if len(versions) != 1:
        raise ConfigurationError("Name one plan by its version", next_step="See plan list.")
    return versions[0]


def _one(node: Node, versions: list[int]) -> Plan:
    plan = plan_get(node, _number(versions))
    if plan is None:
        raise ConfigurationError(f"There is no plan {versions[0]}", next_step="See plan list.", code="not_found")
    return plan


def _diff(node: Node, versions: list[int]) -> list[dict[str, str]]:
    """Compare two plans, or one with the present one."""
    if len(versions) not in (1, 2):
        raise ConfigurationError("Name one plan, or two, by their versions", next_step="See plan list.")
    old = _one(node, versions[:1])
    new = _one(node, versions[1:]) if len(versions) == 2 else base_plan(node)
    changes = plan_changes(old.values, new.values if new is not None else {})
    return [{"key": each.key, "old": each.old, "new": each.new, "cost": each.cost.value} for each in changes]


def _row(plan: Plan, *, is_whole: bool = False) -> dict[str, Any]:
    row = {
        "version": plan.version,
        "state": plan.state,
        "state_reason": plan.state_reason,
        "created_at": plan.created_at,
        "reason": plan.reason,
        "digest": plan.digest,
    }
    if is_whole:
        row["values"] = shown_values(plan.values)
        row["receipts"] = [{"state": each.state, "at": each.at, "reason": each.reason} for each in plan.receipts.all()]
    return row


def _text(found: Any) -> str:
    if isinstance(found, list):
        return "\n".join(_line(each) for each in found) or "None yet."
    lines = [_line(found)]
    lines += [f"  {key} = {text}" for key, text in found.get("values", {}).items()]
    lines += [
        f"  {each['at']:%Y-%m-%d %H:%M:%S} {each['state']} {each['reason']}" for each in found.get("receipts", [])
    ]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    if "key" in row:
        return f"{row['key']}: {row['old'] or '(default)'} → {row['new'] or '(default)'} ({row['cost']})"
    because = f": {row['state_reason']}" if row["state_reason"] else ""
    return f"plan {row['version']}  {row['created_at']:%Y-%m-%d %H:%M}  {row['state']}{because}  {row['reason']}"

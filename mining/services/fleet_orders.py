"""Plans and commands on their way to machines far away: signed here, put into their queues, and their answers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Max
from django.utils import timezone

from mining.engine.signed_plan import CONSOLE_KEY, digest_of, private_key_of
from mining.engine.ulid import new_ulid
from mining.fleet.commands import USUAL_TTL_S, CommandDocument, encode_command, sign_command
from mining.fleet.foreign_json import foreign_object, foreign_text
from mining.fleet.keys import ANSWERS, node_key
from mining.fleet.unfit_streams import ask_sizes, unfit_keys
from mining.models import MemberState, Node, Plan, PlanState
from mining.services.errors import ConflictError
from mining.services.fleet_access import member_of
from mining.services.fleet_broker import MOST_BYTES, broker_client, broker_of_fleet

RUNNING = "running"
SENT = "sent to the node, which has not answered yet"
_AGAIN_AFTER = timedelta(seconds=30)
_POLL_S = 0.1
_MOST_ANSWERS = 200


@dataclass(frozen=True, slots=True)
class CommandSent:
    """A command on its way. `answer` None: the machine has not answered in time; it does it until `expires_at`."""

    id: str
    expires_at: int
    answer: Mapping[str, Any] | None = field(default=None)


def plan_send(plan: Plan) -> None:
    """Put a plan into the queue of its machine. Raises ConflictError (no_broker, not_member, node_left, node_cloned,
    broker_away …)."""
    member_of(plan.node)
    _put(plan.node, "apply_plan", bytes(plan.document), bytes.fromhex(plan.signature))


def plans_send_again() -> int:
    """Send the newest plan of each machine again that was not followed yet: what was lost with a broker arrives so, and
    what arrived already changes nothing. Returns how many were sent."""
    newest = Plan.objects.filter(node__access__state=MemberState.MEMBER).annotate(last=Max("node__plans__version"))
    waiting = newest.filter(
        version=F("last"), state=PlanState.QUEUED, state_at__lt=timezone.now() - _AGAIN_AFTER
    ).select_related("node")
    sent = 0
    for plan in waiting:
        try:
            plan_send(plan)
        except ConflictError:
            continue
        sent += 1
    return sent


def command_send(
    node: Node,
    op: str,
    arguments: Mapping[str, str] | None = None,
    *,
    ttl_s: int = USUAL_TTL_S,
    wait_s: float = 3.0,
    is_whole: bool = False,
) -> CommandSent:
    """Sign a command, send it, and wait a little for what came of it. `is_whole`: until it ended, not only began.

    Raises ConflictError: as `plan_send`, or the machine's own refusal with its code.
    """
    member_of(node)
    document = CommandDocument(new_ulid(), node.ulid, op, int(time.time()), ttl_s, dict(arguments or {}))
    data = encode_command(document)
    _put(node, op, data, sign_command(private_key_of(settings.MINERCONSOLE_HOME, CONSOLE_KEY), data))
    answer = _wait_answer(node, {document.id, digest_of(data)}, wait_s, is_whole=is_whole)
    if answer is not None and not answer.get("ok"):
        sentence = foreign_text(answer.get("sentence"), 300) or "refused"
        raise ConflictError(sentence, code=foreign_text(answer.get("code"), 40) or "refused")
    return CommandSent(document.id, document.expires_at, answer)


def answers_of(node: Node) -> list[dict[str, Any]]:
    """What a machine told of commands lately, oldest first. It wrote them: nothing in them is believed further than the
    machine itself. Raises ConflictError."""
    key = node_key(node.ulid, ANSWERS)
    with broker_client() as client:
        with client.pipeline(transaction=False) as asking:
            ask_sizes(asking, [key])
            for unfit in unfit_keys([key], asking.execute(), MOST_BYTES):
                client.delete(unfit)
        entries: Any = client.xrevrange(key, count=_MOST_ANSWERS)
    found = []
    for _, fields in reversed(entries):
        answer = foreign_object(fields.get(b"a", b""))
        if answer is not None and all(isinstance(answer.get(name, ""), str) for name in ("id", "digest")):
            found.append(answer)
    return found


def _wait_answer(node: Node, names: set[str], wait_s: float, *, is_whole: bool) -> dict[str, Any] | None:
    """`names`: of the command, its id and its digest: a refusal may know only the second."""
    deadline = time.monotonic() + wait_s
    while True:
        answers = [each for each in reversed(answers_of(node)) if not is_whole or each.get("state") != RUNNING]
        found = next((each for each in answers if names & {each.get("id"), each.get("digest")}), None)
        if found is not None or time.monotonic() >= deadline:
            return found
        time.sleep(_POLL_S)


def _put(node: Node, task: str, data: bytes, signature: bytes) -> None:
    from mining.fleet.connection import broker_trouble  # consoles without a fleet have neither redis nor celery
    from mining.fleet.sender import SEND_ERRORS, send_task

    url = broker_of_fleet()
    try:
        send_task(url, node.ulid, task, data, signature)
    except SEND_ERRORS as error:
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        trouble = broker_trouble(url, cause)
        raise ConflictError(trouble.sentence, next_step="Try again when it does.", code=trouble.code) from None

"""The tasks of a Node: each checks a signature, changes what is wanted, and returns in milliseconds. Knows no Celery.

What comes through the broker is believed only as far as the console's signature goes. Whatever happens twice, late or
out of order is harmless: plans have versions, commands have ids and a life.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from mining.engine.followed_version import read_followed
from mining.engine.signed_plan import PlanRefusedError, digest_of, opened, trusted_console
from mining.errors import MinerConsoleError
from mining.fleet.commands import OPS, CommandDocument, CommandRefusedError, opened_command
from mining.fleet.wanted import SignedPlan, Wanted, change_wanted, from_text, read_wanted
from mining.program import program_name

APPLY_PLAN = "apply_plan"
TASKS = (APPLY_PLAN, *OPS)
"""All that a console may ask of a Node. The set is closed: there is no "execute"."""
_OWNED = ("start", "resume")

Answer = dict[str, Any]
log = logging.getLogger(__name__)


class NodeTasks:
    """`wake`: the keeper looks at once. `begin`: start a piece of work that answers later (benchmark, doctor, leave).
    `answer`: tell the console what came of a command. `now`: Unix seconds by the clock that counts."""

    def __init__(
        self,
        home: Path,
        node_id: str,
        *,
        now: Callable[[], float],
        wake: Callable[[], None],
        begin: Callable[[CommandDocument], None],
        answer: Callable[[Answer], None],
    ) -> None:
        self._home = home
        self._node_id = node_id
        self._now = now
        self._wake = wake
        self._begin = begin
        self._answer = answer

    def do(self, task: str, document: str, signature: str) -> Answer:
        """Do one task with a signed document (both in base64url), and answer. A refusal is an answer too."""
        try:
            data, signed = from_text(document), from_text(signature)
        except (ValueError, AttributeError):
            return self._refused(task, "", MinerConsoleError("What came is not base64url", code="bad_command"))
        try:
            answer = self._apply_plan(data, signed) if task == APPLY_PLAN else self._command(task, data, signed)
        except MinerConsoleError as error:
            return self._refused(task, digest_of(data), error)
        return answer

    def _apply_plan(self, data: bytes, signature: bytes) -> Answer:
        """The newest plan is what is wanted. One that came before changes nothing."""
        wanted = read_wanted(self._home)
        newest = max(read_followed(self._home).version, wanted.plan.version if wanted.plan is not None else 0)
        is_again = digest_of(data) == (wanted.plan.digest if wanted.plan is not None else "")
        key = trusted_console(self._home)
        plan = opened(key, data, signature, node_id=self._node_id, newer_than=0 if is_again else newest)
        if not is_again:
            kept = SignedPlan.of(data, signature, plan.version)
            change_wanted(self._home, lambda before: _with_plan(before, kept))
        self._wake()
        return {"ok": True, "task": APPLY_PLAN, "version": plan.version, "again": is_again}

    def _command(self, task: str, data: bytes, signature: bytes) -> Answer:
        document = opened_command(trusted_console(self._home), data, signature, node_id=self._node_id)
        if document.op != task:
            raise CommandRefusedError(f"The command is {document.op}, not {task}")
        is_new = False

        def done(before: Wanted) -> Wanted:
            nonlocal is_new
            is_new = not before.ledger.has(document)
            return _commanded(before, document, self._now()) if is_new else before

        change_wanted(self._home, done)
        if not is_new:
            return {"ok": True, "task": task, "id": document.id, "again": True}
        self._wake()
        answer: Answer = {"ok": True, "task": task, "id": document.id}
        if task in ("benchmark", "doctor", "leave"):
            self._begin(document)
        else:
            self._answer(answer)
        return answer

    def _refused(self, task: str, digest: str, error: MinerConsoleError) -> Answer:
        """Say why not. Old plans come again whenever a console is not sure what arrived: that is no news."""
        is_usual = isinstance(error, PlanRefusedError) and error.code == "old_version"
        log.log(logging.DEBUG if is_usual else logging.WARNING, "%s was refused (%s): %s", task, error.code, error)
        answer: Answer = {"ok": False, "task": task, "digest": digest, "code": error.code, "sentence": error.sentence}
        self._answer(answer)
        return answer


def _with_plan(before: Wanted, plan: SignedPlan) -> Wanted:
    is_newer = before.plan is None or plan.version > before.plan.version
    return msgspec.structs.replace(before, plan=plan) if is_newer else before


def _commanded(before: Wanted, document: CommandDocument, now: float) -> Wanted:
    """What is wanted after a command. Raises CommandRefusedError (expired, from_the_future, paused_by_owner)."""
    before.ledger.check(document, now)
    if before.is_paused_here and document.op in _OWNED:
        raise CommandRefusedError(
            "The owner of this Node paused it there",
            next_step=f"It goes on when the owner resumes it: {program_name()} node resume.",
            code="paused_by_owner",
        )
    ledger = before.ledger.with_done(document)
    after = msgspec.structs.replace(before, done=dict(ledger.done), newest=ledger.newest)
    match document.op:
        case "start":
            return after.ordered(is_started=True, is_paused=False)
        case "stop":
            return after.ordered(is_started=False)
        case "pause":
            return after.ordered(is_paused=True)
        case "resume":
            return after.ordered(is_paused=False)
        case _:
            return after

"""How a test pool judges shares: ring, format, duplicates, the fixed byte, and the hash itself, which is computed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from mining.stratum.cryptonote.nonces import NONCE_OFFSET, NONCE_SIZE, nonce_from_hex
from mining.stratum.cryptonote.server import NO_ID, JsonId, Submit, result_from_hex
from mining.stratum.cryptonote.server_messages import encode_error, encode_status
from mining.stratum.cryptonote.targets import meets
from mining.stratum.errors import MessageError
from tests.support.pools.behaviour import Effect
from tests.support.pools.connection import Connection
from tests.support.pools.hashing import ShareHasher
from tests.support.pools.records import Offence, ShareRecord, Verdict
from tests.support.pools.state import PoolState, Session
from tests.support.pools.work import ServedJob

_OFFENCES = {
    Verdict.BAD_FORMAT: Offence.BAD_FORMAT,
    Verdict.FIXED_BYTE: Offence.FIXED_BYTE,
    Verdict.WRONG_HASH: Offence.WRONG_HASH,
    Verdict.LOW_DIFFICULTY: Offence.LOW_DIFFICULTY,
}
_INVALID = frozenset({*_OFFENCES, Verdict.DUPLICATE})

Spawn = Callable[[Coroutine[object, object, None]], None]
Ban = Callable[[Connection, str], None]


@dataclass(frozen=True, slots=True)
class _Received:
    """A share as it came in."""

    connection: Connection
    reply_id: JsonId
    submit: Submit


class ShareJudge:
    """Judges what it can at once, hashes the rest in another thread, answers, and keeps the score of each session."""

    def __init__(self, state: PoolState, hasher: ShareHasher, spawn: Spawn, ban: Ban) -> None:
        self._state = state
        self._hasher = hasher
        self._spawn = spawn
        self._ban = ban

    def take(self, connection: Connection, reply_id: JsonId, submit: Submit) -> None:
        """Judge one share; its answer may come later than those of younger requests."""
        received = _Received(connection, reply_id, submit)
        self._note_offences(connection, submit)
        session = self._state.find_session(connection, submit.session_id)
        injected = self._state.trouble.unauthenticated_text
        if injected is not None:
            self._state.trouble.unauthenticated_text = None
            self._refuse(
                received, None, Verdict.UNAUTHENTICATED, injected or self._state.behaviour.texts.unauthenticated
            )
            return
        if session is None:
            self._refuse(received, None, Verdict.UNAUTHENTICATED, self._state.behaviour.texts.unauthenticated)
            if self._state.behaviour.unauthenticated is Effect.ERROR_AND_CLOSE:
                connection.close("unauthenticated")
            return
        session.beat_at = time.monotonic()
        job = session.jobs.get(submit.job_id)
        if job is None:
            self._refuse(received, session, Verdict.UNKNOWN_JOB, self._state.behaviour.texts.unknown_job)
            return
        verdict, text = self._judge_at_once(job, submit)
        if verdict is not Verdict.ACCEPTED:
            self._refuse(received, session, verdict, text)
            return
        self._spawn(self._judge_hash(received, session, job))

    # --- what needs no hash ---------------------------------------------------------------------------------------

    def _note_offences(self, connection: Connection, submit: Submit) -> None:
        number, key = connection.record.number, (submit.job_id, submit.nonce.lower())
        if key in self._state.sent_nonces:
            self._state.offend(number, Offence.DUPLICATE_SHARE, f"job {submit.job_id} nonce {submit.nonce}")
        self._state.sent_nonces.add(key)
        if any(character in "ABCDEF" for character in submit.nonce + submit.result):
            self._state.offend(number, Offence.UPPER_CASE, submit.nonce)
        owners = self._state.id_owners.get(submit.session_id or "", set())
        if number not in owners:
            self._state.offend(number, Offence.FOREIGN_ID, f"{submit.session_id}, given to {sorted(owners)}")
        served = self._state.jobs.get(submit.job_id)
        if served is not None and (served[0].id != submit.session_id or served[0].connection is not connection):
            self._state.offend(number, Offence.DEAD_GENERATION, f"job {submit.job_id} of session {served[0].id}")

    def _judge_at_once(self, job: ServedJob, submit: Submit) -> tuple[Verdict, str]:
        texts, behaviour = self._state.behaviour.texts, self._state.behaviour
        try:
            nonce = nonce_from_hex(submit.nonce)
            result_from_hex(submit.result)
        except MessageError:
            return Verdict.BAD_FORMAT, texts.bad_format
        if behaviour.is_nicehash and nonce >> 24 != job.fixed_byte:
            return Verdict.FIXED_BYTE, texts.fixed_byte
        if submit.nonce in job.nonces:
            return Verdict.DUPLICATE, texts.duplicate
        job.nonces.add(submit.nonce)
        age = self._state.ring.age_of(job.template)
        is_late = behaviour.late_s > 0 and self._state.ring.late_by_s(job.template) > behaviour.late_s
        if age >= behaviour.templates_kept or is_late:
            return Verdict.STALE, texts.stale
        return Verdict.ACCEPTED, ""

    # --- the hash -------------------------------------------------------------------------------------------------

    async def _judge_hash(self, received: _Received, session: Session, job: ServedJob) -> None:
        submit, texts = received.submit, self._state.behaviour.texts
        if job.algorithm != self._state.algorithm or submit.algorithm not in (None, job.algorithm):
            detail = f"{submit.algorithm or 'no algorithm'} for a job of {job.algorithm}"
            self._state.offend(received.connection.record.number, Offence.WRONG_ALGORITHM, detail)
            self._refuse(received, session, Verdict.WRONG_HASH, texts.wrong_hash)
            return
        blob = bytearray(job.blob)
        blob[NONCE_OFFSET : NONCE_OFFSET + NONCE_SIZE] = bytes.fromhex(submit.nonce)
        late_by_s = self._state.ring.late_by_s(job.template)
        future = self._hasher.hash(job.algorithm, job.template.seed, bytes(blob))
        hashed = await asyncio.wrap_future(future)
        claimed = bytes.fromhex(submit.result)
        if hashed.result != claimed or (submit.commitment or hashed.raw_hash.hex()) != hashed.raw_hash.hex():
            self._refuse(received, session, Verdict.WRONG_HASH, texts.wrong_hash)
        elif not meets(claimed, job.t64):
            self._refuse(received, session, Verdict.LOW_DIFFICULTY, texts.low_difficulty)
        else:
            self._accept(received, session, late_by_s)

    def _accept(self, received: _Received, session: Session, late_by_s: float) -> None:
        behaviour = self._state.behaviour
        session.accepted += 1
        session.score += behaviour.bans.score_good
        credit = (1 - late_by_s / behaviour.late_s) ** 6 if behaviour.late_s else 1.0
        line = encode_status(received.reply_id, "OK", behaviour.style)
        self._record(received, Verdict.ACCEPTED, "", credit, is_answered=received.connection.reply(line))

    # --- refusals and the score -----------------------------------------------------------------------------------

    def _refuse(self, received: _Received, session: Session | None, verdict: Verdict, text: str) -> None:
        connection = received.connection
        if verdict in _OFFENCES:
            self._state.offend(connection.record.number, _OFFENCES[verdict], received.submit.nonce)
        line = encode_error(received.reply_id, text, self._state.behaviour.style)
        self._record(received, verdict, text, 0.0, is_answered=connection.reply(line))
        if session is not None:
            self._score(connection, session, verdict)

    def _record(self, received: _Received, verdict: Verdict, text: str, credit: float, *, is_answered: bool) -> None:
        share = ShareRecord(
            time.monotonic(),
            received.connection.record.number,
            received.submit.session_id,
            received.submit.job_id,
            received.submit.nonce,
            verdict,
            text,
            credit,
            is_answered,
        )
        self._state.shares.append(share)
        self._state.notify()

    def _score(self, connection: Connection, session: Session, verdict: Verdict) -> None:
        """Ban or kick for what is too much."""
        rules, behaviour = self._state.behaviour.bans, self._state.behaviour
        if verdict is Verdict.UNKNOWN_JOB:
            session.unknown_jobs += 1
            if session.accepted == 0 and session.unknown_jobs == rules.unknown_jobs_before_first:
                self._kick(connection)
            return
        is_invalid = verdict in _INVALID or (verdict is Verdict.STALE and behaviour.stale_is_invalid)
        if rules.first_share_must_be_good and session.accepted == 0:
            self._ban(connection, "the first share was bad")
            return
        if not is_invalid:
            return
        session.invalid += 1
        session.score -= rules.score_bad
        judged = session.accepted + session.invalid
        is_much = rules.invalid_part is not None and judged >= rules.judged_shares
        if is_much and session.invalid >= (rules.invalid_part or 0) * judged:
            self._ban(connection, "too many invalid shares")
        elif rules.score_limit is not None and session.score <= rules.score_limit:
            self._end_of_score(connection)
        elif Offence.DUPLICATE_SHARE in rules.causes and verdict is Verdict.DUPLICATE:
            self._ban(connection, "a duplicate share")
        elif Offence.BAD_FORMAT in rules.causes and verdict is Verdict.BAD_FORMAT:
            self._ban(connection, "a malformed share")
        elif self._state.behaviour.is_nicehash and verdict is Verdict.FIXED_BYTE:
            connection.close("not compatible with NiceHash")

    def _end_of_score(self, connection: Connection) -> None:
        if self._state.behaviour.bans.score_bans:
            self._ban(connection, "the score is too low")
        else:
            self._kick(connection)

    def _kick(self, connection: Connection) -> None:
        text = self._state.behaviour.texts.kicked
        connection.notice(encode_error(NO_ID, text, self._state.behaviour.style))
        connection.close(text)

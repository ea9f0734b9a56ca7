"""How a Stratum V1 test pool judges shares: worker, job, duplicate, then the header rebuilt and hashed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from mining.stratum.bitcoin.difficulty import Difficulty, target_from_difficulty
from mining.stratum.bitcoin.header import header
from mining.stratum.bitcoin.job import V1Job
from mining.stratum.bitcoin.server import Submit
from mining.stratum.bitcoin.server_messages import ErrorStyle, encode_error, encode_result, encode_show_message
from mining.stratum.bitcoin.share_check import CheckedShare, ShareFault, check_share, share_key
from mining.stratum.cryptonote.server import JsonId
from mining.stratum.errors import UseError
from tests.support.pools.records import Offence, ShareRecord, Verdict
from tests.support.pools.v1.behaviour import OldJob, Reaction, Refusal
from tests.support.pools.v1.state import V1Connection, V1Session, V1State
from tests.support.pools.v1.work import scrypt

_OFFENCES = {
    Verdict.BAD_FORMAT: Offence.BAD_FORMAT,
    Verdict.LOW_DIFFICULTY: Offence.LOW_DIFFICULTY,
    Verdict.BAD_TIME: Offence.ROLLED_TIME,
}
_INVALID = frozenset({*_OFFENCES, Verdict.DUPLICATE, Verdict.WRONG_WORKER})
_VERDICTS = {ShareFault.LOW_DIFFICULTY: Verdict.LOW_DIFFICULTY, ShareFault.NTIME_RANGE: Verdict.BAD_TIME}

Ban = Callable[[V1Connection, str], None]


class V1Judge:
    """Judges each share at once (a hash costs 0.25 ms), answers, and keeps the score of each session."""

    def __init__(self, state: V1State, ban: Ban) -> None:
        self._state = state
        self._behaviour = state.behaviour
        self._ban = ban

    def take(self, link: V1Connection, reply_id: JsonId, submit: Submit) -> None:
        """Judge one share and answer it."""
        session = link.session
        self._note_offences(link, session, submit)
        injected, self._state.trouble.unauthenticated_text = self._state.trouble.unauthenticated_text, None
        if session is None or not session.is_authorized or injected is not None:
            self._turn_away(link, reply_id, submit, session, injected or "")
            return
        session.beat_at = time.monotonic()
        verdict, share, job = self._judge(session, submit)
        if verdict is Verdict.ACCEPTED:
            self._accept(link, reply_id, submit, session, worth(session, submit, share, job))
            return
        if verdict in _OFFENCES:
            self._state.offend(link.record.number, _OFFENCES[verdict], f"{share.fault}: {submit}")
        if verdict is Verdict.STALE and self._behaviour.old_job is OldJob.PRAISED:
            was_answered = link.reply(encode_result(reply_id, True))
            self._record(link, submit, verdict, "", was_answered=was_answered, was_praised=True)
            return
        self._refuse(link, reply_id, submit, verdict, self._refusal(verdict, share, submit, job))
        self._score(link, session, verdict)

    # --- what must never be sent ------------------------------------------------------------------------------------

    def _note_offences(self, link: V1Connection, session: V1Session | None, submit: Submit) -> None:
        offend, number = self._state.offend, link.record.number
        if session is None:
            offend(number, Offence.NOT_SUBSCRIBED, "mining.submit")
            return
        if any(character in "ABCDEF" for character in submit.extranonce2 + submit.ntime + submit.nonce):
            offend(number, Offence.UPPER_CASE, f"{submit.extranonce2} {submit.ntime} {submit.nonce}")
        if session.worker and submit.user != session.worker:
            offend(number, Offence.WRONG_WORKER, f"{submit.user}, not {session.worker}")
        job = session.jobs.get(submit.job_id)
        if job is None and self._state.ring.find(submit.job_id) is not None:
            offend(number, Offence.DEAD_GENERATION, f"job {submit.job_id} was never sent to session {session.id}")
        if job is not None and submit.ntime.lower() != f"{job.ntime:08x}":
            offend(number, Offence.ROLLED_TIME, f"{submit.ntime}, not {job.ntime:08x}")
        before = self._state.submitted.setdefault(self._key(session, submit), [])
        # A resumed session may send once more what the lost connection may have swallowed.
        if before and (not session.is_resumed or len(before) > 1 or number in before):
            offend(number, Offence.DUPLICATE_SHARE, f"job {submit.job_id} {submit.extranonce2} {submit.nonce}")
        before.append(number)

    def _key(self, session: V1Session, submit: Submit) -> tuple[str, ...]:
        job = session.jobs.get(submit.job_id)
        extranonce = session.extranonce if job is None else job.extranonce
        return (extranonce.first.hex(), *share_key(submit))

    # --- the share --------------------------------------------------------------------------------------------------

    def _judge(self, session: V1Session, submit: Submit) -> tuple[Verdict, CheckedShare, V1Job | None]:
        nothing = CheckedShare(None)
        if self._behaviour.checks_worker and submit.user != session.worker:
            return Verdict.WRONG_WORKER, nothing, None
        job, work = session.jobs.get(submit.job_id), self._state.ring.find(submit.job_id)
        if job is None or work is None:
            return Verdict.UNKNOWN_JOB, nothing, None
        if not self._state.ring.is_valid(work):
            return Verdict.STALE, nothing, job
        key = self._key(session, submit)
        if key in self._state.counted:
            return Verdict.DUPLICATE, nothing, job
        share = check_share(
            submit,
            self._with_least_target(session, job),
            scrypt,
            version_mask=self._behaviour.version_mask,
            ntime_roll_s=self._behaviour.ntime_roll_s,
        )
        if share.header:
            self._state.counted.add(key)
        if share.fault is not None:
            return _VERDICTS.get(share.fault, Verdict.BAD_FORMAT), share, job
        return Verdict.ACCEPTED, share, job

    def _with_least_target(self, session: V1Session, job: V1Job) -> V1Job:
        """The job with the easiest target at which this pool would take a share of it."""
        least = min(difficulties(session, job, is_current=self._behaviour.has_previous_difficulty))
        return replace(job, target=target_from_difficulty(float(least) * self._behaviour.accepted_part))

    # --- answers ----------------------------------------------------------------------------------------------------

    def _accept(
        self, link: V1Connection, reply_id: JsonId, submit: Submit, session: V1Session, difficulty: float
    ) -> None:
        session.judged += 1
        session.shares_since += 1
        session.invalid_since = None
        was_answered = link.reply(encode_result(reply_id, True))
        self._record(
            link, submit, Verdict.ACCEPTED, "", was_answered=was_answered, was_praised=True, difficulty=difficulty
        )

    def _turn_away(
        self, link: V1Connection, reply_id: JsonId, submit: Submit, session: V1Session | None, text: str
    ) -> None:
        """A share without a worker: refused, dropped, or the end."""
        code, words = self._behaviour.refusals[Verdict.UNAUTHENTICATED]
        if session is None and self._behaviour.unsubscribed is Reaction.ERROR:
            code, words = 25, "not subscribed"
        if self._behaviour.unauthorized is Reaction.SILENCE:
            self._record(link, submit, Verdict.UNAUTHENTICATED, "", was_answered=False)
            return
        self._refuse(link, reply_id, submit, Verdict.UNAUTHENTICATED, Refusal(code, text or words))

    def _refusal(self, verdict: Verdict, share: CheckedShare, submit: Submit, job: V1Job | None) -> Refusal:
        rows = self._behaviour
        code, text = rows.refusals[verdict]
        if share.fault is not None and job is not None:
            code, text = rows.faults.get(share.fault, (code, text))
            has_size = len(submit.extranonce2) == 2 * job.extranonce.second_size
            if share.fault is ShareFault.EXTRANONCE2 and has_size and rows.not_hex is not None:
                code, text = rows.not_hex
            is_none = job.difficulty >= 1 > share.difficulty
            if share.fault is ShareFault.LOW_DIFFICULTY and is_none and rows.no_share is not None:
                code, text = rows.no_share
        return Refusal(code, text.format(fault=share.fault, difficulty=share.difficulty))

    def _refuse(self, link: V1Connection, reply_id: JsonId, submit: Submit, verdict: Verdict, refusal: Refusal) -> None:
        style = self._behaviour.share_error_style
        if style is ErrorStyle.REJECT_REASON and verdict in (Verdict.BAD_FORMAT, Verdict.WRONG_WORKER):
            style = self._behaviour.error_style
        was_answered = link.reply(encode_error(reply_id, refusal.code, refusal.text, style))
        self._record(link, submit, verdict, refusal.text, was_answered=was_answered)

    def _record(
        self,
        link: V1Connection,
        submit: Submit,
        verdict: Verdict,
        text: str,
        *,
        was_answered: bool,
        was_praised: bool = False,
        difficulty: float = 0.0,
    ) -> None:
        share = ShareRecord(
            at=time.monotonic(),
            connection=link.record.number,
            session_id=None if link.session is None else link.session.id,
            job_id=submit.job_id,
            nonce=submit.nonce,
            verdict=verdict,
            text=text,
            credit=1.0 if verdict is Verdict.ACCEPTED else 0.0,
            was_answered=was_answered,
            worker=submit.user,
            extranonce2=submit.extranonce2,
            ntime=submit.ntime,
            difficulty=difficulty,
            was_praised=was_praised,
            header=header_of(link.session, submit),
        )
        self._state.shares.append(share)
        self._state.notify()

    def _score(self, link: V1Connection, session: V1Session, verdict: Verdict) -> None:
        """Ban or close for what is too much."""
        if verdict not in _INVALID:
            return
        rules, now = self._behaviour, time.monotonic()
        session.judged += 1
        session.invalid += 1
        since = session.invalid_since = session.invalid_since or now
        if rules.judged_shares is not None and session.judged >= rules.judged_shares:
            if session.invalid > rules.invalid_part * session.judged:
                self._ban(link, "too many invalid shares")
            session.judged = session.invalid = 0
        if rules.invalid_s is not None and now - since > rules.invalid_s:
            link.notice(encode_show_message(rules.farewell))
            link.close("only invalid shares")


def header_of(session: V1Session | None, submit: Submit) -> bytes:
    """The 80 bytes of a share, b"" for one whose job or texts do not tell them."""
    job = None if session is None else session.jobs.get(submit.job_id)
    if job is None:
        return b""
    try:
        extranonce2, nonce, ntime = bytes.fromhex(submit.extranonce2), int(submit.nonce, 16), int(submit.ntime, 16)
        return header(job, extranonce2, nonce=nonce, ntime=ntime)
    except (ValueError, UseError):
        return b""


def difficulties(session: V1Session, job: V1Job, *, is_current: bool) -> list[Difficulty]:
    """The difficulties that a share of the job may meet: those of the job, or of the session now and before."""
    if not is_current:
        return [job.difficulty, session.easiest[str(job.job_id)]]
    return [session.difficulty, session.previous_difficulty or session.difficulty]


def worth(session: V1Session, submit: Submit, share: CheckedShare, job: V1Job | None) -> float:
    """The hardest of the difficulties of a counted share that its hash meets."""
    assert job is not None
    both = (float(job.difficulty), float(session.easiest[submit.job_id]))
    return max((each for each in both if share.difficulty >= each), default=min(both))

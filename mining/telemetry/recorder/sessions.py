"""PoolSession rows: opened when a link becomes ready, closed with the cause of its loss.

Everything here may be told twice, and then changes nothing: a line can only close sessions that are not younger than
itself.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max, QuerySet

from mining.models import LinkEvent, Node, PoolSession, Share
from mining.telemetry.recorder.told import SessionTold

_LOST = ("down", "connecting")
_CAUSE_LENGTH = 300
REPLACED = "another session took over"
CUT_OFF = "the Supervisor ended without a goodbye"


def session_told(node: Node, epoch: str, at: datetime, told: SessionTold) -> None:
    """Follow a change of the link."""
    older = _open(node, epoch).filter(generation__lte=told.session)
    if told.link == "ready":
        _close(older.exclude(generation=told.session), at, REPLACED)
        PoolSession.objects.get_or_create(
            node=node, epoch=epoch, generation=told.session, defaults=_session_fields(at, told)
        )
    elif told.link in _LOST:
        _close(older, at, told.cause or "")
    elif told.cause:  # hashing goes on until another session is ready: the cause is kept for then
        older.update(end_cause=told.cause[:_CAUSE_LENGTH])


def epoch_began(node: Node, epoch: str, at: datetime) -> None:
    """A new Supervisor: sessions of those before it have ended, at the last moment that is known of them."""
    for session in PoolSession.objects.filter(node=node, ended_at=None, started_at__lte=at).exclude(epoch=epoch):
        session.ended_at = _last_known(node, session)
        session.end_cause = session.end_cause or CUT_OFF
        session.save(update_fields=["ended_at", "end_cause"])


def epoch_ended(node: Node, epoch: str, at: datetime, reason: str) -> None:
    """A Supervisor said goodbye."""
    _close(_open(node, epoch), at, reason)


def _open(node: Node, epoch: str) -> QuerySet[PoolSession]:
    return PoolSession.objects.filter(node=node, epoch=epoch, ended_at=None)


def _close(sessions: QuerySet[PoolSession], at: datetime, cause: str) -> None:
    for session in sessions:
        session.ended_at = max(at, session.started_at)
        session.end_cause = (cause if cause and cause != REPLACED else session.end_cause or cause)[:_CAUSE_LENGTH]
        session.save(update_fields=["ended_at", "end_cause"])


def _session_fields(at: datetime, told: SessionTold) -> dict[str, object]:
    return {
        "endpoint": (told.endpoint or "")[:280],
        "kind": told.source[:16],
        "profile": told.profile[:24],
        "is_tls": told.tls,
        "coin": told.coin[:24],
        "algorithm": told.algorithm[:16],
        "login_masked": told.login[:200],
        "started_at": at,
    }


def _last_known(node: Node, session: PoolSession) -> datetime:
    newest = [
        rows.filter(node=node, epoch=session.epoch).aggregate(at=Max("at"))["at"]
        for rows in (Share.objects, LinkEvent.objects)
    ]
    known: list[datetime] = [at for at in (session.started_at, *newest) if at is not None]
    return max(known)

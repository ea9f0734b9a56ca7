"""Calls that may be repeated: with an Idempotency-Key, the same call is carried out once and answered alike.

The answer is kept for a day. Another call under the same key is refused, and so is a repetition while the first one is
under way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from minerconsole.api.access import actor_of
from mining.models import IdempotentCall
from mining.services.errors import ConflictError, InvalidError

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
_LOST = timedelta(minutes=5)
LONGEST = 120
Answer = tuple[int, Any]


def once(request: HttpRequest, carry_out: Callable[[], Answer]) -> Answer:
    """Return (status, body) of `carry_out`, or the kept one of the same call. `body` is JSON's values or None.

    Raises InvalidError for a key that cannot be kept, ConflictError (idempotency_mismatch, idempotency_under_way).
    """
    key = request.headers.get(HEADER, "").strip()
    if not key:
        return carry_out()
    if len(key) > LONGEST or not key.isprintable():
        raise InvalidError({HEADER: [f"The key has {len(key)} characters; use 1 to {LONGEST} printable ones."]})
    call, is_new = _call(actor_of(request).key, key, _digest(request))
    if not is_new:
        return call.status, call.body
    try:
        status, body = carry_out()
    except BaseException:
        call.delete()  # nothing came of it: the next try is a first one
        raise
    IdempotentCall.objects.filter(pk=call.pk).update(status=status, body=body)
    return status, body


def _call(caller: str, key: str, digest: str) -> tuple[IdempotentCall, bool]:
    now = timezone.now()
    IdempotentCall.objects.filter(created_at__lt=now - KEPT).delete()
    IdempotentCall.objects.filter(caller=caller, key=key, status=0, created_at__lt=now - _LOST).delete()
    try:
        with transaction.atomic():
            return IdempotentCall.objects.create(caller=caller, key=key, digest=digest), True
    except IntegrityError:
        call = IdempotentCall.objects.filter(caller=caller, key=key).first() or IdempotentCall(digest=digest)
        # gone again: the first one was refused in this moment, and its key is free for another try
    if call.digest != digest:
        raise ConflictError(
            f"The key {key!r} stands for another call", next_step="Use a new key.", code="idempotency_mismatch"
        )
    if call.status == 0:
        raise ConflictError(
            "The same call is under way", next_step="Ask again in a moment.", code="idempotency_under_way"
        )
    return call, False


def _digest(request: HttpRequest) -> str:
    parts = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    return hashlib.sha256(parts).hexdigest()

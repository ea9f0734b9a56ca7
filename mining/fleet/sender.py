"""Puts tasks into the queue of a Node, as the console. The message is Celery's; what counts in it is signed."""

from __future__ import annotations

import base64
from functools import lru_cache

from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from mining.fleet.keys import node_prefix
from mining.fleet.node_app import TASK_PREFIX, broker_settings, queue_of

SEND_ERRORS = (OperationalError, RedisError, OSError)
"""All that `send_task` may raise when the broker does not take it."""


def send_task(broker: str, ulid: str, task: str, data: bytes, signature: bytes) -> None:
    """Put one task with a signed document into a Node's queue. Raises SEND_ERRORS."""
    app = _app(broker)
    settings = broker_settings(broker, prefix=node_prefix(ulid))
    fields = {"document": _text(data), "signature": _text(signature)}
    with Connection(
        broker, transport_options=settings["broker_transport_options"], ssl=settings.get("broker_use_ssl", False)
    ) as connection:
        app.send_task(
            TASK_PREFIX + task,
            kwargs=fields,
            queue=queue_of(ulid),
            connection=connection,
            retry=False,
            ignore_result=True,
        )


@lru_cache(maxsize=4)
def _app(broker: str) -> Celery:
    app = Celery("minerconsole", broker=broker, set_as_current=False, fixups=set())
    app.conf.update(task_serializer="json", accept_content=["json"], task_ignore_result=True)
    return app


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii")

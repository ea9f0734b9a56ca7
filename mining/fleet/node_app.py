"""The Celery app of a Node: its one queue, its closed set of tasks, and a boot step that keeps the miner.

Nothing of remote control, gossip, mingling, events or results is on: what reaches a Node is one list in Redis below its
own prefix, and what is in it counts by its signature alone.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from celery import Celery, bootsteps
from kombu.entity import Exchange, Queue

from mining.fleet.connection import KEEPALIVE
from mining.fleet.keys import node_prefix, node_queue
from mining.fleet.node_transport import NAME as NODE_TRANSPORT
from mining.fleet.tasks import TASKS

TASK_PREFIX = "node."
VISIBILITY_S = 60
"""A task that was taken by a worker which died is given again after this time; tasks take milliseconds."""
log = logging.getLogger(__name__)


class Services(Protocol):
    """What runs beside the tasks of a Node."""

    def start(self) -> None:
        """Begin. Called from the main thread."""

    def stop(self) -> None:
        """End in order: shares are submitted."""


Do = Callable[[str, str, str], dict[str, Any]]
"""Task, document, signature → answer."""


def node_app(ulid: str, broker: str, do: Do, services: Services) -> Celery:
    """Return the app of the Node `ulid`. `broker`: its own address, with user and password."""
    app = Celery("minerconsole-node", broker=broker, set_as_current=False, fixups=set())
    app.conf.update(**broker_settings(broker, prefix=node_prefix(ulid)), **_worker_settings(ulid))
    for name in TASKS:
        app.task(_task(name, do), name=TASK_PREFIX + name, acks_late=True, shared=False)
    app.finalize()
    for name in [each for each in app.tasks if not each.startswith(TASK_PREFIX)]:
        app.tasks.pop(name)  # Celery's own tasks could call ours: the set is closed
    app.steps["worker"].add(_step_for(services))
    return app


def broker_settings(broker: str, *, prefix: str) -> dict[str, Any]:
    """Settings for whoever sends to, or reads from, queues below a prefix."""
    options: dict[str, Any] = {
        "global_keyprefix": prefix,
        "visibility_timeout": VISIBILITY_S,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 5.0,
        "socket_timeout": 10.0,
        "socket_keepalive": True,
        "socket_keepalive_options": KEEPALIVE,
        "health_check_interval": 10,
    }
    settings: dict[str, Any] = {
        "broker_transport_options": options,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_create_missing_queues": True,
        # A broker that refuses a call (its memory is full, its users are gone) is one that is away: nobody ends for it.
        "broker_channel_error_retry": True,
        "worker_detect_quorum_queues": False,
    }
    if broker.startswith("rediss://"):
        settings["broker_use_ssl"] = _tls(broker)
    return settings


def queue_of(ulid: str) -> Queue:
    """The queue of a Node."""
    name = node_queue(ulid)
    return Queue(name, Exchange(name), routing_key=name)


def _worker_settings(ulid: str) -> dict[str, Any]:
    return {
        "broker_transport": NODE_TRANSPORT,
        "task_queues": [queue_of(ulid)],
        "task_default_queue": node_queue(ulid),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_pool_limit": 1,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
    }


def _tls(broker: str) -> dict[str, Any]:
    """The certificate is always checked; `ssl_ca_certs` of the address names an authority of one's own."""
    query = parse_qs(urlsplit(broker).query)
    found: dict[str, Any] = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
    if "ssl_ca_certs" in query:
        found["ssl_ca_certs"] = query["ssl_ca_certs"][0]
    return found


def _task(name: str, do: Do) -> Callable[..., None]:
    def run(document: str = "", signature: str = "", **_more: object) -> None:
        do(name, str(document), str(signature))

    run.__name__ = name
    return run


def _step_for(services: Services) -> type[bootsteps.StartStopStep]:
    class NodeStep(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery carries no types
        """Started before the broker is asked for anything: a Node mines also without it."""

        def start(self, parent: object) -> None:
            services.start()

        def stop(self, parent: object) -> None:
            services.stop()

        terminate = stop

    return NodeStep

"""The Celery app of a node: a closed set of tasks, one queue below its own prefix, and nothing else of Celery's."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from mining.fleet.node_app import broker_settings, node_app
from mining.fleet.tasks import TASKS

NODE = "01JDXXXXXXXXXXXXXXXXXXXXXX"


class NoServices:
    """Nothing beside."""

    def start(self) -> None:
        """Nothing begins."""

    def stop(self) -> None:
        """Nothing ends."""


def _app(broker: str = "redis://node:secret@127.0.0.1:1/0", told: list[Any] | None = None) -> Any:
    def do(task: str, document: str, signature: str) -> dict[str, Any]:
        if told is not None:
            told.append((task, document, signature))
        return {}

    return node_app(NODE, broker, do, NoServices())


def test_the_set_of_tasks_is_closed() -> None:
    assert set(_app().tasks) == {f"node.{name}" for name in TASKS}


def test_a_task_hands_on_what_came_whatever_came() -> None:
    told: list[Any] = []
    app = _app(told=told)
    app.tasks["node.stop"].run(document="doc", signature="sig", more=1)
    app.tasks["node.stop"].run()
    assert told == [("stop", "doc", "sig"), ("stop", "", "")]


def test_its_only_queue_lies_below_its_prefix_and_nothing_listens_to_everybody() -> None:
    conf = _app().conf
    assert [queue.name for queue in conf.task_queues] == [f"node.{NODE}"]
    assert conf.broker_transport_options["global_keyprefix"] == f"mc:node:{NODE}:"
    assert conf.accept_content == ["json"] and conf.task_ignore_result and not conf.result_backend
    assert not conf.worker_enable_remote_control and not conf.worker_send_task_events


@pytest.mark.parametrize("address", ["rediss://u:p@broker:6380/0", "rediss://u:p@broker/0?ssl_ca_certs=/ca.pem"])
def test_with_tls_the_certificate_and_its_name_are_checked(address: str) -> None:
    told = broker_settings(address, prefix="x:")["broker_use_ssl"]
    assert told["ssl_cert_reqs"] is ssl.CERT_REQUIRED and told["ssl_check_hostname"] is True
    assert told.get("ssl_ca_certs", "") == ("/ca.pem" if "ca.pem" in address else "")

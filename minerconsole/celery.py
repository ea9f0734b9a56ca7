"""The console's worker and its clock: `python -m minerconsole.celery worker|beat`.

Loaded only by these two processes. The worker does the regular work of `mining.tasks` and, in a thread, records what
the machines send; the clock tells it what is due. Its queue lies below the console's own prefix at the broker, which no
machine's user may touch. Nothing of remote control, gossip, events or results is on.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from celery import Celery
from celery.signals import setup_logging
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from mining.engine.processes import set_title
from mining.errors import ExitCode, MinerConsoleError
from mining.fleet.keys import CONSOLE_PREFIX
from mining.fleet.node_app import broker_settings

QUEUE = "console"
log = logging.getLogger("minerconsole.fleet")


def console_app(broker: str) -> Celery:
    """Return the app with the regular work in its schedule. Needs Django's settings."""
    from mining.tasks import REGULAR  # rows can be imported once Django is set up

    app = Celery("minerconsole", broker=broker, set_as_current=False, fixups=set())
    app.conf.update(
        **broker_settings(broker, prefix=CONSOLE_PREFIX),
        task_default_queue=QUEUE,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        # What was due while the worker was away is due once, not as often as it was missed.
        beat_schedule={
            name: {"task": name, "schedule": each.every_s, "options": {"expires": each.every_s}}
            for name, each in REGULAR.items()
        },
    )
    for name, each in REGULAR.items():
        app.task(_task(name, each.work), name=name, shared=False)
    app.finalize()
    return app


def _task(name: str, work: Callable[[], object]) -> Callable[..., None]:
    """A task that leaves no connection of its thread open, and whose failure is a line: it is due again soon."""

    def run() -> None:
        close_old_connections()
        try:
            work()
        except (MinerConsoleError, DatabaseError) as error:
            log.warning("%s: %s", name, error.sentence if isinstance(error, MinerConsoleError) else error)
        except Exception as error:  # whatever it is: the other work is due all the same
            log.error("%s: %s: %.200s", name, type(error).__name__, error)
        finally:
            close_old_connections()

    run.__name__ = name
    return run


def run_worker(app: Celery, home: Path, broker: str) -> int:
    """Run until it is asked to end; returns the exit code."""
    from minerconsole.fleet.recorder_step import recorder_step  # knows rows, too

    app.steps["worker"].add(recorder_step(home, broker))
    worker = app.Worker(
        hostname="console@minerconsole", pool="threads", concurrency=2, without_gossip=True, without_mingle=True,
        without_heartbeat=True, quiet=True, loglevel="WARNING",
    )  # fmt: skip
    worker.start()
    return int(worker.exitcode or 0)


def run_beat(app: Celery) -> int:
    """Tell the worker what is due, until it is asked to end. Nothing is kept on the disk: all of it is due again."""
    app.Beat(scheduler="celery.beat:Scheduler", quiet=True, loglevel="WARNING", max_interval=5).run()
    return 0


def main(role: str) -> int:
    """Entry of both processes."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    for name in ("celery", "kombu", "redis"):
        logging.getLogger(name).setLevel(logging.ERROR)
    setup_logging.connect(_keep_log, weak=False)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minerconsole.settings")
    try:
        django.setup()
        broker = str(settings.MINERCONSOLE_BROKER)
        app = console_app(broker)
        set_title(f"fleet {role}")
        return run_worker(app, settings.MINERCONSOLE_HOME, broker) if role == "worker" else run_beat(app)
    except MinerConsoleError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED_TWICE)


def _keep_log(**_: Any) -> None:
    """Somebody listens: so Celery does not set up logging of its own."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))

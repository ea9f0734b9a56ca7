"""The recorder of the fleet as a part of the console's Celery worker: begins and ends with it, in its own thread."""

from __future__ import annotations

import logging
from pathlib import Path

from celery import bootsteps

from mining.telemetry.recorder.fleet_recorder import FleetRecorder

STOP_S = 10.0
logger = logging.getLogger(__name__)
_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def recorder_step(home: Path, url: str) -> type[bootsteps.StartStopStep]:
    """Return the step for `app.steps["worker"]`. `url`: the broker's address with the console's user."""

    class RecorderStep(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery carries no types
        """Copies what Nodes far away tell into rows."""

        def start(self, parent: object) -> None:
            self._recorder = FleetRecorder(home, url)
            self._recorder.start(lambda level, sentence: logger.log(_LEVELS.get(level, logging.INFO), "%s", sentence))

        def stop(self, parent: object) -> None:
            if not self._recorder.stop(STOP_S):
                logger.warning("The recorder did not end within %.0f s; what it had not written is read again", STOP_S)

        terminate = stop

    return RecorderStep

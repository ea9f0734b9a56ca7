"""Who keeps what a run of this home does: its own rows, and for a Node of a fleet its console as well."""

from __future__ import annotations

import sys
from pathlib import Path

from mining.engine.recording import Recorders, RunRecorder
from mining.fleet.membership import is_member, read_membership
from mining.fleet.shipping import forget_acknowledged
from mining.telemetry.recorder import Recorder


def run_recorder(home: Path) -> RunRecorder:
    """Return it, not started. Raises CannotStartError for a membership that cannot be read."""
    recorder = Recorder(home)
    membership = read_membership(home) if is_member(home) else None
    if membership is None:
        forget_acknowledged(home)  # of a fleet that it left: nobody waits for its journal
        return recorder
    try:
        from mining.fleet.publisher import Publisher  # here: computers without a fleet do not have what it needs
    except ImportError as error:
        print(f"The console of {membership.owner} is told nothing: {error}.", file=sys.stderr)
        return recorder
    return Recorders([recorder, Publisher(home, membership.ulid, membership.broker)])

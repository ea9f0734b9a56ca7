"""The Supervisor: the one process per Node that owns the job source, the current job and the Crew."""

from mining.engine.supervisor.identity import Identity, make_identity
from mining.engine.supervisor.supervisor import Supervisor

__all__ = ["Identity", "Supervisor", "make_identity"]

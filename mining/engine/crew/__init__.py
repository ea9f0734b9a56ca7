"""The Crew: the hashing side of one Node."""

from mining.engine.crew.crew import Crew
from mining.engine.crew.settings import CrewEvents, CrewSettings
from mining.engine.crew.slots import Slot

__all__ = ["Crew", "CrewEvents", "CrewSettings", "Slot"]

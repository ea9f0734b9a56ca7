"""The recorder: a thread of the runner that copies the journal and samples of Frames into rows. Knows Django.

The only part of `mining.telemetry` that may: the engine never imports it.
"""

from mining.telemetry.recorder.recorder import Recorder

__all__ = ["Recorder"]

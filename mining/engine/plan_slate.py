"""PlanSlate: the Plan that the Supervisor follows, and the last good one, where they outlive a crash of it.

It lies in a memfd that both processes hold: a Plan has secrets in it (a pool's password), which must reach no file.
"""

from __future__ import annotations

import os
import zlib

import msgspec

from mining.decoding import ready_to_decode
from mining.engine.plan import Plan

_CRC_BYTES = 4


class SlatedPlans(msgspec.Struct, frozen=True):
    """`good` is the last plan that held, None before any did. `is_changed`: it is not the plan of the start any more,
    so its failure does not end the run."""

    plan: Plan
    good: Plan | None = None
    is_changed: bool = False


ready_to_decode(SlatedPlans)


class PlanSlate:
    """`fd` is inherited by the Supervisor, which makes a PlanSlate of it."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    @classmethod
    def create(cls) -> PlanSlate:
        """Make an empty one."""
        return cls(os.memfd_create("minerconsole-plan", os.MFD_CLOEXEC))

    def write(self, plans: SlatedPlans) -> None:
        """Put `plans` in the place of those before."""
        data = msgspec.json.encode(plans)
        whole = zlib.crc32(data).to_bytes(_CRC_BYTES, "little") + data
        os.ftruncate(self.fd, len(whole))
        os.pwrite(self.fd, whole, 0)

    def read(self) -> SlatedPlans | None:
        """Return the Plans; None when there are none, or when their writer was killed while it wrote."""
        whole = os.pread(self.fd, os.fstat(self.fd).st_size, 0)
        crc, data = whole[:_CRC_BYTES], whole[_CRC_BYTES:]
        if not data or zlib.crc32(data).to_bytes(_CRC_BYTES, "little") != crc:
            return None
        try:
            return msgspec.json.decode(data, type=SlatedPlans)
        except msgspec.MsgspecError:
            return None

    def close(self) -> None:
        """Give it back."""
        os.close(self.fd)

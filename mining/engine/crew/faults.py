"""CoreFaults: how workers ended, and which cores computed wrong hashes. A core that does so three times is put aside.

Wrong are a hash that the self-test of a new worker knows better, and one that our own re-hash disproves. Before a core
is blamed, our own kernel is: it hashes no more there.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Sequence

from mining.engine.boards import Counter, CounterBoard, Kernel
from mining.engine.crew.settings import CrewEvents
from mining.engine.crew.slots import Slot
from mining.engine.host_messages import HostEvent
from mining.engine.reconcile import restart_delay_s
from mining.engine.worker import WorkerExit
from mining.native.build import HASHLIB_HASHES

_QUARANTINE_AFTER = 3
_LEFTOVERS_S = 10.0  # how long after a wrong hash of our kernel others of its finds may still wait for the re-hash
_REPORT = "please report it with the output of doctor"
# By family: our kernel, and what hashes in its place.
_WORDS = {
    "randomx": ("our RandomX kernel", "so the library's own hash function is used"),
    "scrypt": ("our Scrypt kernel", f"so {HASHLIB_HASHES}"),
}


def kernel_troubles(family: str) -> dict[Kernel, tuple[str, str]]:
    """Return (level, sentence) for each trouble of our kernel for `family` that a worker tells."""
    kernel, instead = _WORDS[family]
    return {
        Kernel.OWN_FAILED: ("error", f"{kernel} failed its self-test, {instead}; {_REPORT}"),
        Kernel.OWN_REFUSED: ("warning", f"{kernel} got no memory for its scratchpads or its code, {instead}"),
    }


class CoreFaults:
    """Over the slots of one Crew; tells the owner, and sets when a slot may start again. `family` of the algorithm."""

    def __init__(self, slots: Sequence[Slot], counters: CounterBoard, events: CrewEvents, *, family: str) -> None:
        self._slots = slots
        self._counters = counters
        self._events = events
        self._troubles = kernel_troubles(family)
        kernel, instead = _WORDS[family]
        self._disproved = f"a hash of {kernel} was disproved by our own re-hash, {instead}; {_REPORT}"

    def worker_exited(self, slot: Slot, event: HostEvent, *, was_asked: bool) -> None:
        """Judge the end of a worker: asked for, or a failure after which the next start waits longer."""
        slot.last_exit = _ending_of(event) or slot.last_exit
        if was_asked or not slot.is_wanted or (not event.signal and not event.exit_code):
            self._events.worker(slot.core, "off", slot.last_exit, slot.restarts)
            return
        self._count_failure(slot, event)
        self._events.worker(slot.core, "failed", slot.last_exit, slot.restarts)

    def _count_failure(self, slot: Slot, event: HostEvent) -> None:
        has_hashed = self._counters.read(slot.slot, Counter.HASHES) > slot.hashes_at_start
        slot.failures = 0 if has_hashed else slot.failures + 1
        slot.restarts += 1
        slot.start_at = time.monotonic() + restart_delay_s(slot.failures)
        if event.exit_code == WorkerExit.PROBE_MISMATCH:
            slot.mismatches += 1
            self._wrong(slot, f"core {slot.core} computed a wrong hash in its self-test", slot.mismatches)
        elif event.exit_code == WorkerExit.NO_MEMORY:
            self._events.log("error", f"core {slot.core} got no memory for its scratchpad, trying again")

    def tell_kernel_trouble(self, slot: Slot) -> None:
        """Say once what keeps our kernel from hashing on a core."""
        kernel = self._counters.read(slot.slot, Counter.KERNEL)
        for trouble, (level, sentence) in self._troubles.items():
            if kernel == trouble != slot.kernel_told:
                slot.kernel_told = trouble
                self._events.log(level, f"core {slot.core}: {sentence}")

    def wrong_hash(self, slot: Slot) -> bool:
        """Count a candidate that our own re-hash disproved. True: our kernel computed it, and must hash no more."""
        slot.wrong_hashes += 1
        now = time.monotonic()
        is_own = self._counters.read(slot.slot, Counter.KERNEL) in (Kernel.OWN, Kernel.OWN_IN_TEST)
        if is_own:
            slot.kernel_wrong_at = now
        if slot.kernel_wrong_at is not None and now - slot.kernel_wrong_at < _LEFTOVERS_S:
            slot.kernel_wrong_hashes += 1
            if slot.kernel_told != Kernel.OWN_FAILED:
                slot.kernel_told = Kernel.OWN_FAILED
                self._events.log("error", f"core {slot.core}: {self._disproved}")
            return is_own
        count = slot.wrong_hashes - slot.kernel_wrong_hashes
        self._wrong(slot, f"core {slot.core} reported a hash that our own re-hash disproved", count)
        return False

    def _wrong(self, slot: Slot, sentence: str, count: int) -> None:
        """Log one wrong result; after _QUARANTINE_AFTER of them the core hashes no more until it is chosen again."""
        self._events.log("error", f"{sentence} ({count} times)")
        if count >= _QUARANTINE_AFTER and not slot.is_quarantined:
            slot.is_quarantined = True
            self._events.worker(slot.core, "quarantined", slot.last_exit, slot.restarts)
            if not any(other.is_wanted and not other.is_quarantined for other in self._slots):
                self._events.failed("every chosen core computed wrong hashes: check RAM, cooling and overclocking")


def _ending_of(event: HostEvent) -> str:
    """How a worker ended, for people: "SIGKILL", "no_memory", "exit 7"; "" for a signal without a name."""
    if event.signal:
        with contextlib.suppress(ValueError):
            return signal.Signals(event.signal).name
        return ""
    code = event.exit_code
    return WorkerExit(code).name.lower() if code in list(WorkerExit) else f"exit {code}"

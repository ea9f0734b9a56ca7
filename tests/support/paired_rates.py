"""What a disturbance costs a miner: its hash rate with it over the rate without, in halves that alternate."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from tests.support.mine import MineRun


def rate_over(run: MineRun, seconds: float) -> float:
    """Hashes per second from the next frame to the first one that is `seconds` younger."""
    first = run.wait_frame(lambda frame: True)
    last = run.wait_frame(lambda frame: frame["at"] - first["at"] >= seconds, timeout_s=seconds + 60)
    made = sum(row["hashes"] for row in last["cores"]) - sum(row["hashes"] for row in first["cores"])
    return float(made / (last["at"] - first["at"]))


def paired_ratios(
    run: MineRun, disturbed: Callable[[], AbstractContextManager[object]], *, seconds: float, pairs: int
) -> list[float]:
    """The ratio of each pair of halves; without and with, then with and without, and so on (ABBA)."""
    ratios = []
    for number in range(pairs):
        rates = {}
        for is_disturbed in (True, False) if number % 2 else (False, True):
            with disturbed() if is_disturbed else nullcontext():
                rates[is_disturbed] = rate_over(run, seconds)
        ratios.append(rates[True] / rates[False])
    return ratios

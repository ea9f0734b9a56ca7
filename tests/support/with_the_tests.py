"""Programs that end with the tests, also when those are killed and no fixture is ended in order."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial

from mining.engine.processes import die_with_parent


def ends_with_the_tests() -> Callable[[], object]:
    """The `preexec_fn` of such a program: it gets SIGTERM when the thread of the tests that starts it is gone."""
    return partial(die_with_parent, os.getpid(), signal.SIGTERM)

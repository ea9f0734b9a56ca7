"""The web process without the collector of cycles. At SIGUSR1 it writes into its home what it holds of websockets."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

from minerconsole.web.__main__ import main
from mining.home import VARIABLE

COUNTS = "counts.json"
_CLASSES = ("HTTPChannel", "LiveConsumer", "Outbox", "WebSocketProtocol")
"""What a websocket is made of, and an ordinary request leaves nothing of."""


def _count(*_: object) -> None:
    counts = Counter(type(thing).__name__ for thing in gc.get_objects())
    told = Path(os.environ[VARIABLE]) / COUNTS
    being_written = told.with_suffix(".new")
    being_written.write_text(json.dumps({name: counts[name] for name in _CLASSES}))
    being_written.replace(told)


if __name__ == "__main__":
    gc.disable()
    signal.signal(signal.SIGUSR1, _count)
    sys.exit(main())

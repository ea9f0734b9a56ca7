"""Makes journals for tests: the lines that a Supervisor would write, and parts of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mining.telemetry.journal_files import file_name, journal_folder

EPOCH = "01JD9Z7RB1C2D3E4F5G6H7JKMN"
AT = 1_764_288_000.0


class JournalMaker:
    """One epoch's lines in files of one home; `serial` and the time count up by themselves."""

    def __init__(self, home: Path, epoch: str = EPOCH, *, number: int = 1, at: float = AT) -> None:
        self.folder = journal_folder(home)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.epoch = epoch
        self.serial = 0
        self.at = at
        self._number = number

    @property
    def path(self) -> Path:
        """The file that is written now."""
        return self.folder / file_name(self._number, self.epoch)

    def next_file(self) -> None:
        """Go on in another file."""
        self._number += 1

    def line(self, event: str, **told: Any) -> bytes:
        """The next line, not written."""
        self.serial += 1
        self.at += 1.0
        made = {"epoch": self.epoch, "serial": self.serial, "at": self.at, "told": {"event": event, **told}}
        return json.dumps(made).encode() + b"\n"

    def write(self, data: bytes) -> None:
        """Append bytes as they are."""
        with self.path.open("ab") as file:
            file.write(data)

    def tell(self, event: str, **told: Any) -> None:
        """Write one line."""
        self.write(self.line(event, **told))

    def share(self, nonce: int, **told: Any) -> bytes:
        """A share as the Supervisor tells it, not written."""
        whole = {
            "generation": 4, "job": "j-1", "nonce": nonce, "core": 1, "difficulty": 5000, "outcome": "accepted",
            "reason": "", "detail": "", "rtt_ms": 31.5, "job_age_s": 2.25, "found_at": 1000.5, "check_ms": 12.5,
            "found_unix_s": self.at, "algorithm": "rx/0", "coin": "XMR", "height": 3_000_000, "pool_difficulty": None,
            "session": 1, "endpoint": "pool.example:443", "plan_version": 3,
        }  # fmt: skip
        return self.line("share", **{**whole, **told})

    def shares(self, count: int) -> None:
        """Write `count` shares, their nonces counting up."""
        self.write(b"".join(self.share(self.serial) for _ in range(count)))

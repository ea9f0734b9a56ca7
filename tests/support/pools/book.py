"""What every test pool writes down, whatever its dialect: records, bans, faults. Owned by the pool's thread."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.support.pools.faults import Trouble
from tests.support.pools.records import ConnectionRecord, LoginRecord, Offence, ShareRecord, Violation


class PoolBook:
    """Others only read the records. `notify` is called after every new one.

    `ban_text`: what a banned client is told, None closes without a word. `errors`: what failed inside of the pool.
    """

    def __init__(self) -> None:
        self.trouble = Trouble()
        self.banned_until = 0.0
        self.ban_text: str | None = None
        self.ban_closes = True
        self.connections: list[ConnectionRecord] = []
        self.logins: list[LoginRecord] = []
        self.shares: list[ShareRecord] = []
        self.violations: list[Violation] = []
        self.errors: list[BaseException] = []
        self.notify: Callable[[], None] = lambda: None

    def offend(self, connection: int, offence: Offence, detail: str = "") -> None:
        """Note an offence."""
        self.violations.append(Violation(time.monotonic(), connection, offence, detail))
        self.notify()

    def ban(self, seconds: float, text: str | None, *, closes: bool) -> None:
        """Ban the address. `text` None: closed without a word."""
        self.banned_until = time.monotonic() + seconds
        self.ban_text, self.ban_closes = text, closes

    @property
    def is_banned(self) -> bool:
        """Whether the address (all clients have the same) is banned."""
        return time.monotonic() < self.banned_until

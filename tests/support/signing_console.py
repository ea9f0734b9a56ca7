"""A console beside a running miner: it signs plans and hands them over as a real one does, and reads their receipts."""

from __future__ import annotations

import base64
from typing import Any

from mining.engine.signed_plan import (
    CONSOLE_KEY,
    PlanDocument,
    encode_document,
    private_key_of,
    public_key_of,
    sign,
    trust_console,
)
from tests.support.mine import Event, MineRun

RECEIPT_S = 60.0


class TestConsole:
    """The console that the Node of `run` trusts. `version` is that of the last plan."""

    __test__ = False

    def __init__(self, run: MineRun) -> None:
        self._run = run
        self._node_id = (run.home / "node_id").read_text().strip()
        self._key = private_key_of(run.home, CONSOLE_KEY)
        trust_console(run.home, public_key_of(self._key))
        self.version = 0

    def signed(self, version: int, values: dict[str, str]) -> dict[str, str]:
        """The fields of an order for a plan."""
        data = encode_document(PlanDocument(self._node_id, version, values))
        return {"document": _text(data), "signature": _text(sign(self._key, data))}

    def apply(self, values: dict[str, str], **fields: Any) -> Event:
        """Send the next plan and return the answer. Raises MinerConsoleError for a refusal."""
        self.version += 1
        return self._run.ask("apply_plan", **self.signed(self.version, values), **fields)

    def wait(self, state: str, timeout_s: float = RECEIPT_S) -> Event:
        """Wait for a receipt of the last plan."""
        return self._run.wait_event("plan", version=self.version, state=state, timeout_s=timeout_s)

    def states(self) -> list[str]:
        """The states of the last plan so far."""
        return [event["state"] for event in self._run.of_kind("plan") if event["version"] == self.version]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")

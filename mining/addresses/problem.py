"""What is wrong with an address, without the address itself: whoever reports it decides what may be shown."""

from __future__ import annotations


class AddressProblem(Exception):
    """An address that cannot be mined to. `why` continues a sentence after the address; `code` is stable."""

    def __init__(self, why: str, *, next_step: str, code: str) -> None:
        super().__init__(f"the address {why}. {next_step}")
        self.why = why
        self.next_step = next_step
        self.code = code

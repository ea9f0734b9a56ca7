"""What is wrong with an address, without the address itself: whoever reports it decides what may be shown."""

from __future__ import annotations

COPY_AGAIN = "Copy the whole address again from your wallet."


class AddressProblem(Exception):
    """An address that cannot be mined to. `why` continues a sentence after the address; `code` is stable."""

    def __init__(self, why: str, *, next_step: str, code: str) -> None:
        super().__init__(f"the address {why}. {next_step}")
        self.why = why
        self.next_step = next_step
        self.code = code


def character_problem(text: str, index: int, coin: str, hint: str = "") -> AddressProblem:
    """Return the problem that the character at `index` (from 0) of `text` is in no address of `coin`."""
    character = text[index]
    shown = character if character.isprintable() and not character.isspace() else f"U+{ord(character):04X}"
    return AddressProblem(
        f'has the character "{shown}" at position {index + 1}, which no {coin} address contains{hint}',
        next_step=COPY_AGAIN,
        code="wallet_character",
    )

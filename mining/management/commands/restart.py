"""`restart`: stop, then start in the background with the same options or with new ones."""

from __future__ import annotations

from typing import Any

from mining.background import remembered_arguments
from mining.errors import MinerConsoleError
from mining.home import is_running, option_in, resolve_home
from mining.management.commands.start import start
from mining.management.commands.stop import stop
from mining.management.mine_words_command import MineWordsCommand
from mining.program import program_name


class Command(MineWordsCommand):
    """Stop and start again."""

    help = "Stop the miner and start it in the background again: with its options, or with the ones given."

    def run(self, options: dict[str, Any]) -> int:
        """Stop and start."""
        words = list(self.words)
        home = resolve_home(option_in(words, "--home"), config=option_in(words, "--config"))
        arguments = _arguments(words, remembered_arguments(home), is_running=is_running(home))
        stop(home)
        return start(arguments)


def _arguments(words: list[str], remembered: list[str] | None, *, is_running: bool) -> list[str]:
    has_only_place = len(words) <= 2 and all(word.startswith(("--home", "--config")) for word in words[:1])
    if not has_only_place or not is_running:
        return words
    if remembered is None:
        raise MinerConsoleError(
            "The miner that runs was not started in the background, so its options are not known",
            next_step=f"Give them: {program_name()} restart OPTIONS (or stop it, and start it as before).",
            code="options_unknown",
        )
    return remembered

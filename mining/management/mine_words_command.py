"""The base of commands that hand their words on to `mine`."""

from __future__ import annotations

import os
import sys

from mining.management.sentence_command import SentenceCommand


class MineWordsCommand(SentenceCommand):
    """`words` are what was typed after the verb; `mine` reads its own options, and `--help` is its help."""

    words: tuple[str, ...] = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Keep the words."""
        self.words = tuple(argv[2:])
        if {"-h", "--help"} & set(self.words):
            os.execv(sys.executable, [sys.executable, argv[0], "mine", "--help"])
        super().run_from_argv(argv[:2])

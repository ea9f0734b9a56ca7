"""Writes the example file: every key, its meaning and default, commented out. Made from the table of keys."""

from __future__ import annotations

import textwrap

from mining.configuration.keys import FILE_NAME, PREFIX, Key, file_keys
from mining.program import program_name

_WIDTH = 116

_HEADER = """\
# MinerConsole configuration: every key, its meaning and its default. Copy to {file} (or run
# `{program} config init`) and remove the # before the keys you want to set.
#
# What is given on the command line or in the environment ({prefix} + key) wins over this file; this file wins over
# the console. `{program} mine --explain` shows each value and where it came from.
# The file may hold a password: keep it readable by you alone (mode 0600).
"""


def example_keys() -> tuple[Key, ...]:
    """The keys with a block of their own: all of a file, but those of endpoints for the first one only."""
    return tuple(key for key in file_keys() if key.endpoint <= 1)


def example_text() -> str:
    """Return the text of mining_config.env.example."""
    blocks = [_HEADER.format(program=program_name(), file=FILE_NAME, prefix=PREFIX)]
    for key in example_keys():
        option = f" Option {key.flag}." if key.flag else ""
        meaning = "\n# ".join(textwrap.wrap(key.meaning, _WIDTH, break_on_hyphens=False))
        blocks.append(f"# {meaning}\n# Default: {key.default}.{option}\n#{key.name}={key.example}\n")
    return "\n".join(blocks)

"""The recorded blocks, and templates made from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from mining.solo.litecoin_template import TemplateAnswer

_FILE = Path(__file__).parents[2] / "vectors" / "litecoin_blocks_regtest.json"
BLOCKS: dict[str, dict[str, Any]] = {
    name: row for name, row in json.loads(_FILE.read_text()).items() if isinstance(row, dict)
}


def answer_of(name: str, **changes: object) -> TemplateAnswer:
    """The template of a recorded block, with changed fields."""
    return msgspec.convert({**BLOCKS[name]["template"], **changes}, TemplateAnswer)

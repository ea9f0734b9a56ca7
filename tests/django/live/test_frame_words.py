"""A Frame as pages are told it: the same as everywhere else, but that the names of its cores' values are left out."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from minerconsole.live.wording import frame_json
from mining.telemetry.frame import CoreRow
from tests.support.many_cores import CORES, frame_at

ROOT = Path(__file__).parents[3]
NAMES = CoreRow.__struct_fields__


def test_only_the_names_of_the_cores_values_are_left_out() -> None:
    frame = frame_at(3, 1000.0)
    told = msgspec.json.decode(frame_json(frame))
    assert len(told["cores"]) == CORES
    told["cores"] = [dict(zip(NAMES, row, strict=True)) for row in told["cores"]]
    assert told == msgspec.json.decode(msgspec.json.encode(frame))
    assert len(frame_json(frame)) < len(msgspec.json.encode(frame)) / 2


def test_pages_and_documentation_name_the_values_in_their_order() -> None:
    script = (ROOT / "minerconsole/static/minerconsole/js/core_rows.js").read_text(encoding="utf-8")
    found = {int(place): name for name, place in re.findall(r"(\w+): row\[(\d)\]", script)}
    assert found == dict(enumerate(NAMES))
    words = " ".join((ROOT / "docs/PROTOCOLS.md").read_text(encoding="utf-8").split())
    assert f"rows `[{', '.join(NAMES)}]`" in words

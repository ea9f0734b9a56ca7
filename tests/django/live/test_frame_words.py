"""A Frame as pages are told it: the same as everywhere else, but that its cores are columns."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from minerconsole.live.wording import frame_json
from mining.telemetry.frame import CoreRow, Frame
from tests.support.many_cores import CORES, frame_at

ROOT = Path(__file__).parents[3]
NAMES = CoreRow.__struct_fields__


def told_of(frame: Frame) -> dict[str, Any]:
    """The Frame as a page reads it."""
    return dict(msgspec.json.decode(frame_json(frame)))


def rows_of(cores: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that columns stand for, as docs/PROTOCOLS.md says it."""
    count = len(cores["core"])
    columns = {name: told if isinstance(told, list) else [told] * count for name, told in cores.items()}
    return [{name: columns[name][place] for name in columns} for place in range(count)]


@pytest.mark.parametrize("count", [CORES, 2, 1, 0])
def test_columns_of_cores_say_what_rows_would(count: int) -> None:
    frame = frame_at(3, 1000.0)
    frame = msgspec.structs.replace(frame, cores=frame.cores[:count])
    told = told_of(frame)
    told["cores"] = rows_of(told["cores"])
    assert told == msgspec.json.decode(msgspec.json.encode(frame))


def test_a_value_that_all_cores_have_is_told_once() -> None:
    frame = frame_at(3, 1000.0)
    cores = told_of(frame)["cores"]
    assert (cores["errors"], cores["age_s"], cores["hashes"]) == (0, 0.1, 100_936)
    assert {name: len(column) for name, column in cores.items() if isinstance(column, list)} == dict.fromkeys(
        ("core", "state", "hashrate_hps", "temperature_c", "frequency_mhz"), CORES
    )
    assert len(frame_json(frame)) < len(msgspec.json.encode(frame)) / 2.5


def test_a_column_without_values_is_one_nothing() -> None:
    frame = frame_at(3, 1000.0)
    bare = [msgspec.structs.replace(core, temperature_c=None, hashrate_hps=None) for core in frame.cores]
    cores = told_of(msgspec.structs.replace(frame, cores=bare))["cores"]
    assert cores["temperature_c"] is None and cores["hashrate_hps"] is None
    assert told_of(msgspec.structs.replace(frame, cores=[]))["cores"] == {"core": []}


def test_pages_and_documentation_name_all_columns() -> None:
    script = (ROOT / "minerconsole/static/minerconsole/js/core_columns.js").read_text(encoding="utf-8")
    found = re.search(r"const NAMES = \[(.*)\];", script)
    assert found is not None
    assert re.findall(r'"(\w+)"', found[1]) == list(NAMES)
    words = " ".join((ROOT / "docs/PROTOCOLS.md").read_text(encoding="utf-8").split())
    assert f"an object of `{', '.join(NAMES)}`" in words

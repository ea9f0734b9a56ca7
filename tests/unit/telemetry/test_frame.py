"""Decoding Frames: missing or wrong fields are named, unknown ones from a newer engine are ignored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mining.telemetry.frame import frame_from_json

EXAMPLE = Path(__file__).parents[2] / "vectors" / "frame_v1.json"


@pytest.fixture
def frame() -> dict[str, Any]:
    """The example of the contract as a plain object."""
    content: dict[str, Any] = json.loads(EXAMPLE.read_text())
    return content


def test_fields_of_a_newer_engine_are_ignored(frame: dict[str, Any]) -> None:
    frame["invented_later"] = {"a": 1}
    frame["session"]["invented_later"] = True
    assert frame_from_json(json.dumps(frame)).session.link == "ready"


def test_optional_rows_may_be_null(frame: dict[str, Any]) -> None:
    for key in ("expected_hps", "next_share_s", "job"):
        frame[key] = None
    decoded = frame_from_json(json.dumps(frame))
    assert (decoded.expected_hps, decoded.next_share_s, decoded.job) == (None, None, None)


@pytest.mark.parametrize("key", ["node_id", "epoch", "seq", "at", "state", "payee", "hashrate_hps", "cores", "shares"])
def test_a_missing_field_is_named(frame: dict[str, Any], key: str) -> None:
    del frame[key]
    with pytest.raises(msgspec.ValidationError, match=f"missing required field `{key}`"):
        frame_from_json(json.dumps(frame))


@pytest.mark.parametrize(("key", "value"), [("seq", "7"), ("at", None), ("cores", {}), ("offline", 1), ("state", 3)])
def test_a_field_of_another_type_is_named(frame: dict[str, Any], key: str, value: object) -> None:
    frame[key] = value
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{key}"):
        frame_from_json(json.dumps(frame))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "\x00"])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        frame_from_json(text)

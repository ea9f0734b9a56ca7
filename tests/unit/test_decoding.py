"""No type is decoded for the first time while there are threads: see mining/decoding.py."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from mining.telemetry.frame import Frame

ROOT = Path(__file__).resolve().parents[2]
PLAIN = {"dict"}
OF_ONE_THREAD = {"answer_type"}  # of a daemon: asked by the Supervisor's only thread


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("mining", "minerconsole"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def _decoded_type(call: ast.Call) -> ast.expr | None:
    """The type that a call of msgspec decodes; None for other calls."""
    match ast.unparse(call.func):
        case "msgspec.convert":
            return call.args[1]
        case "msgspec.json.decode":
            return next((word.value for word in call.keywords if word.arg == "type"), None)
        case _:
            return None


def _names(node: ast.expr) -> set[str]:
    """Of classes, but for those that are only containers of others."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} - {"str", "msgspec"}


def test_what_is_decoded_was_looked_at_when_its_module_was_imported() -> None:
    ready: set[str] = set()
    decoded: dict[str, set[str]] = {}
    for place, call in _calls():
        if ast.unparse(call.func) == "ready_to_decode":
            ready |= {ast.unparse(each) for each in call.args}
        if (found := _decoded_type(call)) is not None:
            decoded[place] = _names(found) - PLAIN - OF_ONE_THREAD
    assert Frame.__name__ in ready and len(decoded) > 10
    for place, names in decoded.items():
        assert names <= ready, f"{place} decodes {names - ready}, which no module makes ready_to_decode"

"""What the OpenAPI description tells beyond the shapes: summaries, every refusal, and the header for repeated calls."""

from __future__ import annotations

from typing import Any

from minerconsole.api import idempotency, problems
from minerconsole.api.problems import Problem

REFUSALS: dict[int, str] = {
    400: "The body is no JSON.",
    401: "Nobody is logged in.",
    403: "The role does not allow it.",
    404: "There is no such thing.",
    409: "It contradicts what is there now.",
    413: "The body is too long.",
    422: "A value cannot be taken; `fields` says which.",
    429: "Too many requests; see Retry-After.",
    503: "The database does not answer.",
}
_ONLY_WITH_BODY = (400, 413)
_REPEATABLE = ("control", "plans", "benchmarks")
_KEY_PARAMETER = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": "The same call under the same key is carried out once within 24 hours and answered alike.",
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST, "pattern": "^[!-~]+$"},
    "example": "2f1c9a52-plan-7",
}


def completed(schema: Any) -> Any:
    """Return ninja's description with ours in it."""
    schema["components"].setdefault("schemas", {})["Problem"] = Problem.json_schema()
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            operation["summary"] = operation["description"].partition(". ")[0].rstrip(".")
            _add_refusals(operation)
            if method in ("post", "put") and set(operation["tags"]) & set(_REPEATABLE):
                operation["parameters"].append(_KEY_PARAMETER)
    return schema


def _add_refusals(operation: dict[str, Any]) -> None:
    for status, meaning in REFUSALS.items():
        if status in _ONLY_WITH_BODY and "requestBody" not in operation:
            continue
        content = {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        operation["responses"].setdefault(status, {"description": meaning, "content": content})

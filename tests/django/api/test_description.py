"""The OpenAPI description: every operation with an id, a summary, a tag, its refusals and an example of its body."""

from __future__ import annotations

import json
from typing import Any

import pytest

from minerconsole.api.app import api
from minerconsole.api.description import REFUSALS
from minerconsole.api.schemas.fields import Body


@pytest.fixture(scope="module")
def described() -> Any:
    """As programs read it."""
    return json.loads(json.dumps(api.get_openapi_schema()))


def _operations(described: Any) -> list[dict[str, Any]]:
    return [operation for operations in described["paths"].values() for operation in operations.values()]


def test_every_operation_has_an_id_of_its_own_a_summary_and_a_tag(described: Any) -> None:
    found = _operations(described)
    assert len({operation["operationId"] for operation in found}) == len(found) > 40
    for operation in found:
        assert operation["summary"] and operation["description"] and operation["tags"], operation["operationId"]
        assert operation["security"], operation["operationId"]


def test_every_operation_documents_its_refusals_as_problems(described: Any) -> None:
    for operation in _operations(described):
        for status in set(REFUSALS) - {400, 413}:
            content = operation["responses"][str(status)]["content"]
            assert list(content) == ["application/problem+json"], operation["operationId"]


def test_every_body_and_parameter_of_an_address_has_an_example(described: Any) -> None:
    shapes = described["components"]["schemas"]
    for operation in _operations(described):
        for parameter in operation.get("parameters", []):
            assert parameter["in"] != "path" or "example" in parameter, operation["operationId"]
        if "requestBody" in operation:
            name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert shapes[name].get("examples"), name


def test_examples_fit_their_shapes(described: Any) -> None:
    assert len(Body.__subclasses__()) > 10
    for shape in Body.__subclasses__():
        for example in described["components"]["schemas"][shape.__name__]["examples"]:
            shape.model_validate(example)

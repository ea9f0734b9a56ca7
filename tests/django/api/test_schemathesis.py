"""Schemathesis over the whole OpenAPI description: whatever is sent, no 5xx and nothing that is not documented."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from minerconsole.api.app import api
from minerconsole.api.throttles import BENCHMARKS, CALLS, POOL_TESTS
from mining.services.actors import COMMAND_LINE
from mining.services.tokens import token_create
from tests.django.api.conftest import Console
from tests.django.api.test_permissions import routes
from tests.support.visitors import make_user

pytestmark = pytest.mark.django_db
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
_QUIET = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
]
_SOME = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=_QUIET,
    phases=[Phase.explicit, Phase.generate],
)
_MANY = settings(max_examples=1000, deadline=None, suppress_health_check=_QUIET)


@pytest.fixture(scope="module")
def described() -> Any:
    """The description as the product serves it, and the product itself behind it."""
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(api.get_openapi_schema())))
    schema.app = get_wsgi_application()
    return schema


@pytest.fixture(autouse=True)
def open_connection() -> Iterator[None]:
    """Keep the connection at the end of a request: on PostgreSQL the transaction of the test would end with it."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def bearer(console: Console, monkeypatch: pytest.MonkeyPatch) -> str:
    """The header of an administrator's program that nobody counts."""
    for throttle in (CALLS, POOL_TESTS, BENCHMARKS):
        monkeypatch.setattr(throttle, "calls", 1 << 40)
    _, secret = token_create(COMMAND_LINE, user=make_user("admin"), name="fuzzer", role="admin")
    return f"Bearer {secret}"


@pytest.mark.parametrize("name", routes())
def test_no_answer_is_a_fault_or_undocumented(described: Any, console: Console, bearer: str, name: str) -> None:
    _try_out(_SOME, described, console, bearer, name)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", routes())
def test_no_answer_of_many_is_a_fault_or_undocumented(described: Any, console: Console, bearer: str, name: str) -> None:
    _try_out(_MANY, described, console, bearer, name)


def _try_out(kind: settings, described: Any, console: Console, bearer: str, name: str) -> None:
    """Send what the description allows, and what it forbids."""
    method, path = routes()[name]
    operation = described[path][method]
    for mode in GenerationMode:

        @kind
        @given(case=operation.as_strategy(generation_mode=mode))
        def judge(case: Case[Any]) -> None:
            _judge(case, console, bearer)

        judge()


def _judge(case: Case[Any], console: Console, bearer: str) -> None:
    _aim(case, console)
    response = case.call(headers={"Authorization": bearer})
    case.validate_response(response, checks=list(CHECKS))


def _aim(case: Case[Any], console: Console) -> None:
    """Let most calls reach a row that is there: nobody guesses a ULID."""
    parameters = case.path_parameters or {}
    for name, value in parameters.items():
        if name == "ulid" and len(str(value)) % 4:
            parameters[name] = console.node.ulid
        elif name == "ticker" and len(str(value)) % 4:
            parameters[name] = "XMR"
        elif isinstance(value, int) and value % 4:
            parameters[name] = value % 3 + 1

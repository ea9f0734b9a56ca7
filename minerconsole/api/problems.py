"""Refusals as application/problem+json (RFC 9457) with a stable `code`, the value at fault and the next step."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from pydantic import Field

from mining.errors import MinerConsoleError
from mining.services.errors import ServiceError

CONTENT_TYPE = "application/problem+json"
_LOG = logging.getLogger("minerconsole.api")
_RETRY_S = 5


class Problem(Schema):
    """Why something was not done."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(..., examples=["Conflict"])
    status: int = Field(..., examples=[409])
    code: str = Field(..., description="Stable, for programs.", examples=["pinned"])
    detail: str = Field(
        ..., description="One sentence for people.", examples=["INTENSITY is pinned by the command line"]
    )
    next_step: str = Field("", description="What to do about it.")
    fields: dict[str, list[str]] = Field(default_factory=dict, description="Sentences by the name of a field.")
    retry_after: int | None = Field(None, description="Seconds, when trying again can help.")


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    next_step: str = "",
    fields: Mapping[str, list[str]] | None = None,
    retry_after: int | None = None,
) -> HttpResponse:
    """Return the answer of a refusal."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "next_step": next_step,
        "fields": dict(fields or {}),
        "retry_after": retry_after,
    }
    response = JsonResponse(body, status=status, content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="minerconsole"'
    return response


def install(api: NinjaAPI) -> None:
    """Have every error of `api` answered here."""

    @api.exception_handler(ServiceError)
    def refused(_request: HttpRequest, error: ServiceError) -> HttpResponse:
        return problem(error.status, error.code, error.thing, next_step=error.next_step, fields=error.fields)

    @api.exception_handler(MinerConsoleError)
    def failed(_request: HttpRequest, error: MinerConsoleError) -> HttpResponse:
        retry_after = _RETRY_S if error.is_retryable else None
        return problem(409, error.code, error.thing, next_step=error.next_step, retry_after=retry_after)

    @api.exception_handler(ValidationError)
    def unreadable(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = _fields_of(error.errors)
        first = next(iter(fields.items()), ("", ["A value is wrong"]))
        detail = f"{first[0]}: {first[1][0]}" if first[0] else first[1][0]
        return problem(422, "invalid", detail, fields=fields)

    @api.exception_handler(AuthenticationError)
    def nobody(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
        return unauthenticated()

    @api.exception_handler(Throttled)
    def too_often(_request: HttpRequest, error: Throttled) -> HttpResponse:
        wait_s = max(1, round(error.wait or 1))
        return problem(429, "throttled", "Too many requests", next_step=f"Wait {wait_s} s.", retry_after=wait_s)

    @api.exception_handler(Http404)
    def missing(_request: HttpRequest, _error: Http404) -> HttpResponse:
        return problem(404, "not_found", "There is no such thing here")

    @api.exception_handler(HttpError)
    def http_error(_request: HttpRequest, error: HttpError) -> HttpResponse:
        code = {400: "bad_request", 415: "unsupported_media_type"}.get(error.status_code, "refused")
        return problem(error.status_code, code, str(error))

    @api.exception_handler(RequestDataTooBig)
    def too_long(_request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
        return problem(413, "too_long", "The body is too long", next_step="Send less at once.")

    @api.exception_handler(SuspiciousOperation)
    def suspicious(_request: HttpRequest, _error: SuspiciousOperation) -> HttpResponse:
        return unreadable_request()

    @api.exception_handler(MultiPartParserError)
    def no_form(_request: HttpRequest, _error: MultiPartParserError) -> HttpResponse:
        return unreadable_request()

    @api.exception_handler(BadRequest)
    def bad(_request: HttpRequest, _error: BadRequest) -> HttpResponse:
        return unreadable_request()

    @api.exception_handler(OperationalError)
    def without_database(request: HttpRequest, error: OperationalError) -> HttpResponse:
        return database_problem(request, error)

    @api.exception_handler(InterfaceError)
    def without_connection(request: HttpRequest, error: InterfaceError) -> HttpResponse:
        return database_problem(request, error)

    @api.exception_handler(Exception)
    def unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
        _LOG.error("%s %s failed", request.method, request.path, exc_info=error)
        return problem(500, "internal", "The console met an unexpected error; its log has the details")


def unauthenticated() -> HttpResponse:
    """The answer to a stranger."""
    step = "Log in, or send an API token: Authorization: Bearer mc_…"
    return problem(401, "unauthenticated", "Nobody is logged in", next_step=step)


def unreadable_request() -> HttpResponse:
    """The answer to a request that is none."""
    return problem(400, "bad_request", "The request cannot be read", next_step="Send a body of application/json.")


def database_problem(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer while the rows cannot be read or written; mining does not depend on them."""
    _LOG.error("%s %s: the database did not answer: %s", request.method, request.path, error)
    sentence = "The console's database does not answer. Mining goes on without it"
    return problem(503, "database", sentence, next_step="Try again in a moment.", retry_after=_RETRY_S)


def wrong_method(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """The answer to a method that an address does not have; `response` names those that it has."""
    allowed = ", ".join(sorted(response.headers["Allow"].split(", ")))
    answer = problem(
        405, "method_not_allowed", f"{request.method} is not for this address", next_step=f"Use {allowed}."
    )
    answer.headers["Allow"] = allowed
    return answer


def _fields_of(errors: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Sentences by field: pydantic's places without where they are, and without the name of the parameter `body`."""
    fields: dict[str, list[str]] = {}
    for error in errors:
        where, *place = (str(part) for part in error.get("loc", ()))
        name = ".".join(place[1:] if where == "body" else place)
        fields.setdefault(name, []).append(str(error.get("msg", "is wrong")).removeprefix("Value error, "))
    return fields

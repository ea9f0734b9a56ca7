"""Static files by WhiteNoise, answered whole: they are small, and an asynchronous server cannot stream its files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

Answer = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # it carries no types
    """Middleware for both kinds of server; other requests go on without a thread between."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Answer) -> None:
        super().__init__(get_response)
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Answer with the file of this address, or hand on."""
        file = self.files.get(request.path_info)
        if file is None:
            return self.get_response(request)
        answer = _whole(self.serve(file, request))
        return _later(answer) if self._is_async else answer


async def _later(answer: HttpResponse) -> HttpResponse:
    return answer


def _whole(streamed: Any) -> HttpResponse:
    body = b"".join(streamed) if streamed.streaming else streamed.content
    answer = HttpResponse(body, status=streamed.status_code)
    for name, value in streamed.items():
        answer.headers[name] = value
    streamed.close()
    return answer

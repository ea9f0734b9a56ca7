"""What a service refuses: each error has the HTTP status, the stable code and the exit code that fit it. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mining.errors import ExitCode, MinerConsoleError


class ServiceError(MinerConsoleError):
    """Something that a service does not do. `status` is its HTTP status.

    `fields`: sentences by the name of the argument, "" for all of them together; empty where no argument is to blame.
    Neither they nor the message ever hold a secret.
    """

    status: int = 400
    default_code = "refused"

    def __init__(
        self,
        thing: str,
        *,
        next_step: str = "",
        code: str | None = None,
        fields: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(thing, next_step=next_step, code=code)
        self.fields: dict[str, list[str]] = {name: list(each) for name, each in (fields or {}).items()}


class ForbiddenError(ServiceError):
    """The actor's role does not allow it."""

    status = 403
    default_code = "forbidden"


class NotFoundError(ServiceError):
    """There is no such row."""

    status = 404
    exit_code = ExitCode.BAD_CONFIGURATION
    default_code = "not_found"


class ConflictError(ServiceError):
    """It contradicts what is there now. `code`: in_use, pinned, duplicate, stale_version, not_running."""

    status = 409
    default_code = "conflict"


class InvalidError(ServiceError):
    """Values that cannot be taken. Without `thing` the message is the first of the sentences of `fields`."""

    status = 422
    exit_code = ExitCode.BAD_CONFIGURATION
    default_code = "invalid"

    def __init__(
        self,
        fields: Mapping[str, Sequence[str]],
        thing: str = "",
        *,
        next_step: str = "",
        code: str | None = None,
    ) -> None:
        first = next((sentence for sentences in fields.values() for sentence in sentences), "A value is wrong")
        super().__init__(thing or first, next_step=next_step, code=code, fields=fields)

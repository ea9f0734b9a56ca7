"""Whether the parts of the console work, as the API shows it."""

from __future__ import annotations

from typing import Literal, Self

from ninja import Schema

from mining.selectors.readiness import Dependency


class DependencyOut(Schema):
    """One thing that the console stands on."""

    name: str
    state: Literal["ok", "failed"]
    sentence: str

    @classmethod
    def of(cls, dependency: Dependency) -> Self:
        """As it is shown."""
        return cls(name=dependency.name, state="ok" if dependency.is_ok else "failed", sentence=dependency.sentence)


class HealthOut(Schema):
    """All of them; `ok` when none failed."""

    ok: bool
    dependencies: list[DependencyOut]

    @classmethod
    def of(cls, dependencies: list[Dependency]) -> Self:
        """As it is shown."""
        is_ok = all(dependency.is_ok for dependency in dependencies)
        return cls(ok=is_ok, dependencies=[DependencyOut.of(each) for each in dependencies])

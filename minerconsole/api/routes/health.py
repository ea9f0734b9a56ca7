"""Whether the parts of the console work. The same without a login, and with a status for machines, is `/readyz`."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from minerconsole.api.access import reader_of
from minerconsole.api.schemas.health import HealthOut
from mining.selectors.readiness import dependency_list

router = Router()


@router.get("/health", response=HealthOut)
def health(request: HttpRequest) -> HealthOut:
    """Say of database, miner and journal whether each works."""
    reader_of(request)
    return HealthOut.of(dependency_list(settings.MINERCONSOLE_HOME))

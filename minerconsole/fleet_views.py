"""The fleet page: all machines of this console, worst first. What it shows, its script takes from the live stream."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from minerconsole.page_modules import page_modules
from mining.fleet.presence import Presence
from mining.program import program_name
from mining.services.actors import Role, role_of_user


@never_cache
@require_safe
def fleet(request: HttpRequest) -> HttpResponse:
    """Every node with its state, its rate and its plan; for everybody with a role."""
    role = role_of_user(request.user)
    context = {
        "program": program_name(),
        "modules": page_modules("fleet.js"),
        "role": role.word,
        "can_act": role >= Role.OPERATOR,
        "presences": [presence.value for presence in Presence],
    }
    return render(request, "minerconsole/fleet.html", context)

"""`/start`: one page from nothing to verified hashing, and the receipt of a plan until it is there."""

from __future__ import annotations

from typing import Any

import msgspec
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from minerconsole.login_views import to_confirm
from minerconsole.start_form import StartForm
from mining.models import Plan, PlanState
from mining.program import program_name
from mining.selectors.plans import payee_notice, plan_get
from mining.services.actors import Role
from mining.services.errors import InvalidError, ServiceError
from mining.services.node_status import node_status
from mining.services.nodes import node_local
from mining.services.plan_wishes import public_text
from mining.services.pool_tests import PoolTest
from mining.services.set_up import entry_start, entry_test
from mining.services.shown_values import shown_values
from mining.services.visitors import actor_of_request
from mining.terminal.figures import format_hashrate

_TYPED = "start_form"
_STEPS = (
    (PlanState.QUEUED, "Saved and signed"),
    (PlanState.DELIVERED, "Handed to the miner"),
    (PlanState.APPLIED, "The miner follows it"),
    (PlanState.VERIFIED, "Hashing, verified"),
)
_ENDS = (PlanState.VERIFIED, PlanState.FAILED, PlanState.ROLLED_BACK, PlanState.SUPERSEDED)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Ask, test, start. Whatever is wrong comes back beside its field, with what was typed."""
    if request.method != "POST":
        return _page(request, StartForm(initial=request.session.pop(_TYPED, None)))
    form, test = StartForm(request.POST), None
    if form.is_valid():
        try:
            if request.POST.get("action") == "test":
                test = entry_test(actor_of_request(request), form.entry())
            else:
                plan = entry_start(actor_of_request(request), node_local(settings.MINERCONSOLE_HOME), form.entry())
                return HttpResponseRedirect(f"/start/plan/{plan.version}")
        except InvalidError as error:
            form.add_service_error(error)
        except ServiceError as error:
            if error.code == "confirm":
                request.session[_TYPED] = _kept(form)
                return to_confirm(request)
            form.add_error(None, error.sentence)
    return _page(request, form, test)


@never_cache
@require_GET
def receipt(request: HttpRequest, version: int) -> HttpResponse:
    """The steps of a plan until it hashes, or why it does not."""
    plan = _plan(version)
    notice = payee_notice(plan.node)
    if notice is not None and not notice.old.get("address"):
        notice = None  # nobody was paid before: this is the first one, not a change
    context = {
        "plan": plan,
        "news": _news(plan),
        "values": shown_values(plan.values),
        "notice": notice,
        "program": program_name(),
    }
    return render(request, "minerconsole/receipt.html", context)


@never_cache
@require_GET
def receipt_json(request: HttpRequest, version: int) -> HttpResponse:
    """The same for the script of that page."""
    return HttpResponse(msgspec.json.encode(_news(_plan(version))), content_type="application/json")


def _page(request: HttpRequest, form: StartForm, test: PoolTest | None = None) -> HttpResponse:
    role = actor_of_request(request).role
    context = {
        "form": form,
        "test": test,
        "program": program_name(),
        "role": role.word,
        "can_act": role >= Role.OPERATOR,
    }
    return render(request, "minerconsole/start.html", context, status=422 if form.errors else 200)


def _kept(form: StartForm) -> dict[str, str]:
    """What was typed, for after the password: without the login of an own node, since sessions are not encrypted."""
    typed = {name: str(form.data.get(name, "")) for name in form.fields}
    return typed | {name: public_text("POOL_1", typed[name]) for name in ("url", "node_url")}


def _plan(version: int) -> Plan:
    plan = plan_get(node_local(settings.MINERCONSOLE_HOME), version)
    if plan is None:
        raise Http404(f"There is no plan {version}")
    return plan


def _news(plan: Plan) -> dict[str, Any]:
    """What there is to tell: each step, whether it is over, and the rate once it hashes."""
    reached = {plan.state, *(receipt.state for receipt in plan.receipts.all())}
    order = [state for state, _ in _STEPS]
    furthest = max((order.index(PlanState(state)) for state in reached if state in order), default=0)
    is_over, is_good = plan.state in _ENDS, plan.state == PlanState.VERIFIED
    steps = []
    for place, (_, label) in enumerate(_STEPS):
        state = "done" if place <= furthest else "failed" if is_over and place == furthest + 1 else ""
        steps.append({"label": label, "is": state or ("now" if place == furthest + 1 and not is_over else "later")})
    return {
        "state": plan.state,
        "sentence": _sentence(plan),
        "steps": steps,
        "is_over": is_over,
        "is_good": is_good,
        "rate": _rate(plan) if is_good else "",
    }


def _sentence(plan: Plan) -> str:
    reason = plan.state_reason.rstrip(".")
    match PlanState(plan.state):
        case PlanState.VERIFIED:
            return "It hashes, and what it finds is checked."
        case PlanState.QUEUED if reason:
            next_step = f" Start it with {program_name()} mine." if "not running" in reason else ""
            return f"{reason[:1].upper()}{reason[1:]}.{next_step}"
        case PlanState.FAILED:
            return f"It did not work: {reason or 'no reason was told'}."
        case PlanState.ROLLED_BACK:
            return f"It did not work, and the miner went back to what it did before: {reason or 'no reason was told'}."
        case PlanState.SUPERSEDED:
            return f"Another plan took its place: {reason}."
        case _:
            return "The miner is preparing. The first time, building its memory takes up to some minutes."


def _rate(plan: Plan) -> str:
    frame = node_status(plan.node).frame
    return "" if frame is None else format_hashrate(frame.hashrate_hps.s10)

"""The login of a Plan at one of its endpoints. Pure."""

from __future__ import annotations

from mining.engine.plan import Endpoint, Plan
from mining.stratum.login_grammar import LoginFields, RenderedLogin, render_login
from mining.stratum.presets import profile_of


def login_fields(plan: Plan, endpoint: Endpoint, wanted_difficulty: int | None = None) -> LoginFields:
    """The fields of a Plan at one of its endpoints. `wanted_difficulty` is asked for where the person asked for none.

    A password for this endpoint comes before the one for all.
    """
    return LoginFields(
        wallet=plan.wallet,
        payment_id=plan.payment_id,
        worker=plan.worker,
        difficulty=plan.pool_difficulty or wanted_difficulty or 0,
        email=plan.pool_email,
        is_solo=plan.is_solo,
        password=endpoint.password_at_pool or plan.pool_password,
        coin=plan.coin,
    )


def login_at(plan: Plan, endpoint: Endpoint, wanted_difficulty: int | None = None) -> RenderedLogin:
    """Render the login of `plan` at `endpoint`. Raises LoginFieldError for what this pool's login cannot say."""
    profile = profile_of(endpoint, plan.pool_profile, algorithm=plan.algorithm)
    return render_login(profile, login_fields(plan, endpoint, wanted_difficulty))


def login_sentence(plan: Plan, endpoint: Endpoint) -> str:
    """What a person is told at the start: which pool gets which login, the address masked. Raises as `login_at`."""
    profile = profile_of(endpoint, plan.pool_profile, algorithm=plan.algorithm)
    rendered = login_at(plan, endpoint)
    note = f" {rendered.note}" if rendered.note else ""
    return f"{endpoint.label} ({profile.name}): logs in as {rendered.masked}.{note}"

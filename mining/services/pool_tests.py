"""The connection test of a pool: a real login dry run with a wallet, ended after its first job. Hashes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import msgspec

from mining.addresses.masking import mask_address
from mining.configuration.console_plan import resolve_console_values
from mining.configuration.planning import build_plan
from mining.engine.login_check import first_job, job_sentence
from mining.engine.plan import Plan
from mining.errors import MinerConsoleError
from mining.models import Endpoint, Pool, Wallet
from mining.services.actors import Actor, Role, require
from mining.services.errors import InvalidError
from mining.services.plan_wishes import PlanWish, values_of
from mining.stratum.plan_login import login_at


@dataclass(frozen=True, slots=True)
class PoolTest:
    """What came of it. `code` is "ok" or the stable code of the refusal; `sentence` is for people; no secret in any."""

    ok: bool
    code: str
    sentence: str
    endpoint: str
    login_masked: str
    job: str = ""


def pool_test(
    actor: Actor, pool: Pool, wallet: Wallet | None, *, worker: str = "", endpoint: Endpoint | None = None
) -> PoolTest:
    """Log in at `endpoint`, by default the first of `pool`, as a Node would, and see one job. Takes up to 30 s.

    Raises ForbiddenError below operator, InvalidError by field when there is nothing that could log in.
    """
    require(actor, Role.OPERATOR, "test pools")
    wish = PlanWish(coin=pool.coin, wallet=wallet, pools=(pool,), worker=worker)
    values = values_of(wish).all
    number = _number_of(pool, endpoint)
    if number > 1:
        values = _only(values, number)
    try:
        plan = build_plan(resolve_console_values(values, machine=None))
    except MinerConsoleError as error:
        raise InvalidError({"": [error.sentence]}, code=error.code) from None
    label = plan.endpoints[0].label
    masked = _masked_login(plan)
    try:
        place, job = asyncio.run(first_job(msgspec.structs.replace(plan, endpoints=plan.endpoints[:1])))
    except MinerConsoleError as error:
        return PoolTest(False, error.code, error.sentence, label, masked)
    found = job_sentence(job)
    return PoolTest(True, "ok", f"{place} accepts {mask_address(plan.wallet)}: {found}", place, masked, found)


def _number_of(pool: Pool, endpoint: Endpoint | None) -> int:
    rows = [row.pk for row in pool.endpoints.all() if row.is_enabled]
    if endpoint is None:
        return 1
    if endpoint.pk not in rows:
        raise InvalidError({"endpoint": [f"{endpoint.label} is not a switched-on endpoint of {pool.name}."]})
    return rows.index(endpoint.pk) + 1


def _only(values: dict[str, str], number: int) -> dict[str, str]:
    """The values with POOL_`number` as the only place."""
    name = f"POOL_{number}"
    kept = {key: text for key, text in values.items() if not key.startswith("POOL_") or not key[5:6].isdigit()}
    own = {key.replace(name, "POOL_1", 1): text for key, text in values.items() if key.split("_")[1:2] == [str(number)]}
    return kept | own


def _masked_login(plan: Plan) -> str:
    if plan.kind != "pool":
        return mask_address(plan.wallet)
    try:
        return login_at(plan, plan.endpoints[0], None).masked
    except MinerConsoleError:
        return mask_address(plan.wallet)

"""Makes the dialect of a connection, by what its pool's software speaks."""

from __future__ import annotations

from typing import assert_never

from mining.engine.session.dialects.base import Dialect
from mining.engine.session.dialects.bitcoin import BitcoinDialect, V1Wishes
from mining.engine.session.dialects.cryptonote import CryptonoteDialect
from mining.engine.session.endpoint_memory import EndpointMemory
from mining.engine.session.ownership import ConnectionPlan
from mining.stratum.profiles import WireDialect


def dialect_of(plan: ConnectionPlan, memory: EndpointMemory, *, generation: int) -> Dialect:
    """Return the dialect for one connection."""
    behaviour = plan.behaviour
    match behaviour.dialect:
        case WireDialect.CRYPTONOTE:
            return CryptonoteDialect(plan.login, algorithm=plan.algorithm, generation=generation)
        case WireDialect.STRATUM_V1:
            return BitcoinDialect(
                plan.login,
                V1Wishes(behaviour.error_family, plan.suggested_difficulty, behaviour.is_extranonce_asked),
                memory,
                algorithm=plan.algorithm,
                generation=generation,
            )
        case _:
            assert_never(behaviour.dialect)

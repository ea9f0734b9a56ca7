"""Whatever is typed: a service answers with a row or with a named refusal, never with anything else."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.selectors.coins import coin_get
from mining.selectors.nodes import node_get
from mining.selectors.pools import pool_get
from mining.selectors.tokens import token_get
from mining.selectors.wallets import wallet_get
from mining.services.actors import COMMAND_LINE
from mining.services.errors import ServiceError
from mining.services.pools import EndpointInput, pool_create
from mining.services.wallets import wallet_create
from mining.stratum.profiles import PROFILES
from tests.support.console import MONERO_ADDRESSES

pytestmark = pytest.mark.django_db
_TEXT = st.text(max_size=80) | st.sampled_from(
    ["", "1", "²", "\x00", "auto", *PROFILES, *MONERO_ADDRESSES, "1f" * 32, "user:pass@host"]
)
_COIN = st.sampled_from(["XMR", "LTC", "DOGE", "XMR-STAGENET", "LTC-REGTEST"]) | _TEXT
_ENDPOINTS = st.lists(
    st.builds(
        EndpointInput,
        scheme=st.sampled_from(["stratum+ssl", "stratum+tcp", "daemon+http"]) | _TEXT,
        host=st.sampled_from(["pool.example", "127.0.0.1", "::1"]) | _TEXT,
        port=st.sampled_from([443, 18081]) | st.integers(-(2**70), 2**70),
        tls_fingerprint=st.sampled_from(["", "ab" * 32]) | _TEXT,
        priority=st.integers(-5, 10**6),
        rpc_user=_TEXT,
        rpc_password=st.none() | _TEXT,
        is_enabled=st.booleans(),
    ),
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(_COIN, _TEXT, _ENDPOINTS, _TEXT, _TEXT, st.integers(-5, 2**70), _TEXT, st.booleans(), _TEXT)
def test_any_pool_is_kept_or_refused_by_name(
    coin: str, name: str, endpoints: list[EndpointInput], profile: str, password: str, difficulty: int, email: str,
    is_solo: bool, note: str,
) -> None:  # fmt: skip
    try:
        with transaction.atomic():
            pool_create(
                COMMAND_LINE, name=name, coin=coin, endpoints=endpoints, profile=profile, password=password,
                difficulty=difficulty, email=email, is_solo=is_solo, note=note,
            )  # fmt: skip
            transaction.set_rollback(True)
    except ServiceError as refused:
        assert refused.status in (404, 409, 422) and refused.sentence
        assert not (len(password) > 12 and password in refused.sentence)


@settings(max_examples=60, deadline=None)
@given(_COIN, _TEXT, _TEXT, _TEXT, _TEXT)
def test_any_wallet_is_kept_or_refused_by_name(coin: str, name: str, address: str, payment_id: str, note: str) -> None:
    try:
        with transaction.atomic():
            wallet_create(COMMAND_LINE, name=name, coin=coin, address=address, payment_id=payment_id, note=note)
            transaction.set_rollback(True)
    except ServiceError as refused:
        assert refused.status in (404, 409, 422)
        assert "1f" * 32 not in refused.sentence


@settings(max_examples=60, deadline=None)
@given(_TEXT)
def test_any_name_finds_a_row_or_nothing(text: str) -> None:
    for find in (coin_get, wallet_get, pool_get, node_get, token_get):
        try:
            find(text)
        except ServiceError as refused:
            assert refused.status == 404
        else:
            assert find is coin_get  # the only rows that are there

"""The catalogue of pools, and the profile of an endpoint."""

from __future__ import annotations

import pytest

from mining.coins import COINS
from mining.configuration.endpoints import parse_endpoint
from mining.engine.plan import Endpoint
from mining.stratum.presets import PRESETS, PoolPreset, preset_for_endpoint, presets_of, profile_for_host, profile_of
from mining.stratum.profiles import PROFILES


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.key)
def test_a_preset_is_a_right_url_of_a_known_profile(preset: PoolPreset) -> None:
    assert preset.coin in COINS and preset.profile in PROFILES and preset.source and preset.note
    assert preset.plain or preset.tls
    for is_tls, ports in ((False, preset.plain), (True, preset.tls)):
        if ports:
            endpoint = parse_endpoint(preset.url(is_tls=is_tls))
            assert (endpoint.host, endpoint.port) == (preset.host, ports[0])


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.key)
def test_a_preset_says_that_nobody_verified_it_unless_it_is_one_s_own(preset: PoolPreset) -> None:
    assert ("not verified" in preset.note) != preset.key.startswith("own_")


def test_a_port_the_catalogue_does_not_know_is_not_made_up() -> None:
    with pytest.raises(ValueError, match="no TLS port"):
        PRESETS["supportxmr"].url(is_tls=True)


@pytest.mark.parametrize(
    ("host", "profile"),
    [
        ("gulf.moneroocean.stream", "moneroocean"),
        ("GULF.MoneroOcean.stream.", "moneroocean"),
        ("pool.supportxmr.com", "supportxmr"),
        ("de.monero.herominers.com", "herominers"),
        ("solo-xmr.2miners.com", "2miners_solo"),
        ("xmr.2miners.com", "2miners"),
        ("xmrpool.eu", "xmrpool_eu"),
        ("notxmrpool.eu", "generic"),
        ("nicehash.com.example.org", "generic"),
        ("pool.example.org", "generic"),
        ("127.0.0.1", "generic"),
        ("localhost", "generic"),
        ("::1", "generic"),
        ("", "generic"),
    ],
)
def test_the_profile_goes_by_the_host_suffix_and_never_by_the_port(host: str, profile: str) -> None:
    assert profile_for_host(host).key == profile
    assert profile_of(Endpoint("stratum+tcp", host, 3333)).key == profile


def test_a_named_profile_wins_over_the_host() -> None:
    assert profile_of(Endpoint("stratum+tcp", "pool.supportxmr.com", 3333), "p2pool").key == "p2pool"


def test_the_preset_of_an_endpoint_is_found_but_never_one_on_this_computer() -> None:
    assert preset_for_endpoint("xmr.kryptex.network", 8029) is PRESETS["kryptex"]
    assert preset_for_endpoint("XMR.kryptex.network", 1) is PRESETS["kryptex"]
    assert preset_for_endpoint("127.0.0.1", 3333) is None
    assert preset_for_endpoint("pool.example.org", 3333) is None


def test_a_coin_has_its_own_presets() -> None:
    assert {preset.coin for preset in presets_of("XMR")} == {"XMR"}
    assert {preset.key for preset in presets_of("LTC")} == {"own_ckpool", "own_nomp"}
    assert {PROFILES[preset.profile].family for preset in presets_of("DOGE")} == {"scrypt"}


def test_an_unknown_host_is_of_the_generic_kind_of_the_algorithm() -> None:
    for host in ("127.0.0.1", "pool.example.org", "gulf.moneroocean.stream"):
        assert profile_of(Endpoint("stratum+tcp", host, 3333), algorithm="scrypt").key == "generic_v1"
    assert profile_of(Endpoint("stratum+tcp", "127.0.0.1", 3333), "ckpool", algorithm="scrypt").key == "ckpool"

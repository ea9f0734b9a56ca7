"""Digest authentication against the example of the standard and the header that monerod sends."""

from __future__ import annotations

import pytest

from mining.solo.http_digest import DigestChallenge, authorization, challenge_parse


def test_the_example_of_rfc_7616_gives_its_response() -> None:
    challenge = DigestChallenge(
        "http-auth@example.org",
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    )
    value = authorization(
        challenge,
        user="Mufasa",
        password="Circle of Life",
        method="GET",
        path="/dir/index.html",
        count=1,
        client_nonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert 'response="8ca523f5e9506fed4657c9700eebdbec"' in value
    assert "nc=00000001" in value and f'opaque="{challenge.opaque}"' in value


def test_the_challenge_of_monerod_is_read() -> None:
    header = 'Digest qop="auth",algorithm=MD5,realm="monero-rpc",nonce="w/eVWIzstjmiOEknS0Gxdg==",stale=false'
    assert challenge_parse(header) == DigestChallenge("monero-rpc", "w/eVWIzstjmiOEknS0Gxdg==", "", True)


@pytest.mark.parametrize(
    "header",
    [
        "",
        'Basic realm="x"',
        'Digest qop="auth",algorithm=MD5-sess,realm="monero-rpc",nonce="a"',
        'Digest qop="auth-int",realm="r",nonce="a"',
        "Digest realm=,,,nonce",
        'Digest algorithm=SHA-256,realm="r",nonce="a"',
    ],
)
def test_a_challenge_we_cannot_answer_is_passed_over(header: str) -> None:
    assert challenge_parse(header) is None

"""What people are told about a link: what is known, and what is only possible."""

from __future__ import annotations

import pytest

from mining.engine.session.problems import silence_hint
from mining.stratum.profiles import SOFTWARE


@pytest.mark.parametrize(
    ("software", "other"), [("generic", "Stratum V1"), ("generic_v1", "CryptoNote Stratum"), ("ckpool", "CryptoNote")]
)
def test_a_login_that_was_cut_off_is_explained_by_what_it_may_mean_only(software: str, other: str) -> None:
    hint = silence_hint(SOFTWARE[software])
    assert "may have banned this address" in hint and "port may be for" in hint and other in hint
    assert "does not understand" not in hint, "nobody knows that"


def test_a_pool_that_delays_its_refusals_is_named_as_such() -> None:
    assert "delays a refusal by up to 600 s" in silence_hint(SOFTWARE["moneroocean"])

"""Taking over an xmrig config.json: pools, wallets, settings for the plan, and a word about everything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mining.models import Event, Pool, Wallet
from mining.services.actors import COMMAND_LINE, Role
from mining.services.errors import ForbiddenError
from mining.services.xmrig_import import ImportReport, xmrig_import
from tests.support.console import MONERO_ADDRESSES, make_actor, make_pool, make_wallet

pytestmark = pytest.mark.django_db
MAIN, SUB = MONERO_ADDRESSES
FILE = (
    """{
    // the rig in the cellar
    "autosave": true,
    "donate-level": 1,
    "cpu": {"enabled": true, "huge-pages": true, "max-threads-hint": 100, "rx": [0, 2], "asm": true},
    "opencl": {"enabled": false},
    "pools": [
        {"algo": "rx/0", "coin": "monero", "url": "pool.hashvault.pro:443", "user": "MAIN+5000",
         "pass": "geheim", "rig-id": "cellar", "keepalive": true, "enabled": true, "tls": true,
         "tls-fingerprint": "PIN", "nicehash": false},
        {"url": "stratum+tcp://xmr-eu1.nanopool.org:10300", "user": "MAIN.cellar/me@example.org", "pass": "x"},
        {"url": "127.0.0.1:3333", "user": "SUB", "enabled": false},
        {"url": "127.0.0.1:18081", "user": "SUB", "daemon": true},
    ],
}""".replace("MAIN", MAIN)
    .replace("SUB", SUB)
    .replace("PIN", "AB" * 32)
)


def _import(*pools: dict[str, Any], **sections: Any) -> ImportReport:
    return xmrig_import(COMMAND_LINE, json.dumps({"pools": list(pools), **sections}))


def _left(report: ImportReport) -> dict[str, str]:
    return {step.source: step.sentence for step in report.steps if not step.is_taken}


def test_a_whole_file_is_taken_over_and_every_line_has_its_word() -> None:
    report = xmrig_import(COMMAND_LINE, FILE)
    hashvault, nanopool, node = (Pool.objects.get(name=name) for name in report.pools)
    assert (hashvault.name, hashvault.password, hashvault.difficulty) == ("HashVault", "geheim", 5000)
    endpoint = hashvault.endpoints.get()
    assert (endpoint.scheme, endpoint.port, endpoint.tls_fingerprint) == ("stratum+ssl", 443, "ab" * 32)
    assert (nanopool.name, nanopool.email) == ("Nanopool", "me@example.org")
    assert node.endpoints.get().scheme == "daemon+http"
    assert list(Wallet.objects.values_list("address", flat=True).order_by("pk")) == [MAIN, SUB]
    assert report.wallets == ["xmrig 44AFFq-EP3A", "xmrig 888tNk-up3H"]
    assert report.settings == {"WORKER": "cellar", "HUGE_PAGES": "auto", "CORES": "0,2"}
    assert set(_left(report)) == {"autosave", "donate-level", "cpu.asm", "pools[0].keepalive", "pools[2]"}


def test_no_password_or_whole_address_is_in_the_report_or_the_events() -> None:
    report = xmrig_import(COMMAND_LINE, FILE)
    said = f"{report}{list(Event.objects.values())}"
    assert "geheim" not in said and MAIN not in said and SUB not in said


def test_a_trial_says_the_same_and_keeps_nothing() -> None:
    trial = xmrig_import(COMMAND_LINE, FILE, is_dry_run=True)
    assert not Pool.objects.exists() and not Wallet.objects.exists()
    assert not Event.objects.filter(kind__startswith="pool").exists()
    assert xmrig_import(COMMAND_LINE, FILE) == trial


def test_importing_again_adds_nothing() -> None:
    first = xmrig_import(COMMAND_LINE, FILE)
    again = xmrig_import(COMMAND_LINE, FILE)
    assert (again.pools, again.wallets) == (first.pools, first.wallets)
    assert (Pool.objects.count(), Wallet.objects.count()) == (3, 2)
    assert "is there already, as the pool 'HashVault'" in again.steps[0].sentence


def test_what_is_there_already_is_used() -> None:
    make_wallet("savings", address=MAIN)
    make_pool("Nanopool")
    report = _import({"url": "xmr-eu1.nanopool.org:10300", "user": MAIN})
    assert (report.wallets, report.pools) == (["savings"], ["Nanopool 2"])


@pytest.mark.parametrize(
    ("pool", "source", "sentence"),
    [
        ({"url": "pool.example", "user": MAIN}, "pools[0]", "has no port"),
        ({"user": MAIN}, "pools[0]", "no port"),
        ({"url": "ftp://pool.example:1", "user": MAIN}, "pools[0]", "scheme that is not known"),
        ({"url": "pool.example:1", "user": MAIN, "algo": "cn/gpu"}, "pools[0]", '"cn/gpu" is not mined here'),
        ({"url": "pool.example:1", "user": MAIN, "coin": "wownero"}, "pools[0]", '"wownero" is not mined here'),
        ({"url": "pool.example:1", "user": MAIN[:-1]}, "pools[0].user", "94 characters"),
        ({"url": "pool.example:1", "user": "${WALLET}"}, "pools[0].user", "character"),
        ({"url": "pool.example:1", "user": "1f" * 32}, "pools[0].user", "private key"),
        ({"url": "pool.example:1", "user": ""}, "pools[0].user", "no wallet"),
        ({"url": "pool.example:1", "user": MAIN, "rig-id": "${HOSTNAME}"}, "pools[0].rig-id", "no name for a computer"),
        (
            {"url": "pool.example:1", "user": MAIN, "tls-fingerprint": "ab" * 32},
            "pools[0].tls-fingerprint",
            "pins nothing",
        ),
        ({"url": "pool.example:1", "user": MAIN, "tls": True, "tls-fingerprint": "zz"}, "pools[0]", "64 hexadecimal"),
        ({"url": "pool.example:1", "user": MAIN, "socks5": "127.0.0.1:9050"}, "pools[0].socks5", "no counterpart"),
        ({"url": "pool.example:1", "user": MAIN, "nicehash": True}, "pools[0].nicehash", "not needed"),
        ({"url": "pool.example:1", "user": 7}, "pools[0].user", "another kind"),
        ({"url": "pool.example:1", "user": MAIN, "enabled": False}, "pools[0]", "switched off"),
    ],
)
def test_what_cannot_be_taken_over_says_why(pool: dict[str, Any], source: str, sentence: str) -> None:
    left = _left(_import(pool))
    assert sentence in left[source], left
    assert "1f1f" not in str(left)


def test_one_bad_pool_does_not_keep_the_others_away() -> None:
    report = _import(
        {"url": "nowhere"}, {"url": "pool.example:1", "user": MAIN}, {"url": "pool.example:2", "user": "bad"}
    )
    assert report.pools == ["pool.example:1", "pool.example:2"] and len(report.wallets) == 1


def test_a_guess_is_called_one() -> None:
    report = _import({"url": "pool.example:1", "user": f"{MAIN}.rig1"})
    assert any("guess" in step.sentence for step in report.steps)
    assert report.settings["WORKER"] == "rig1" and len(report.wallets) == 1


def test_a_label_for_a_pool_of_ones_own_is_no_wallet() -> None:
    report = _import({"url": "127.0.0.1:3333", "user": MAIN, "coin": "XMR"})
    assert report.pools == ["127.0.0.1:3333"]


def test_a_second_name_for_this_computer_is_left_out() -> None:
    report = _import(
        {"url": "a.example:1", "user": MAIN, "rig-id": "one"}, {"url": "b.example:1", "user": MAIN, "rig-id": "two"}
    )
    assert report.settings["WORKER"] == "one" and "one was first" in _left(report)["pools[1].rig-id"]


def test_it_needs_an_administrator() -> None:
    with pytest.raises(ForbiddenError):
        xmrig_import(make_actor(Role.OPERATOR), FILE)
    assert not Pool.objects.exists()


def test_the_command_prints_what_became_of_each_line_and_the_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.json"
    path.write_text("\ufeff" + FILE, encoding="utf-8")
    call_command("import_xmrig", str(path), "--dry-run")
    assert "nothing was kept" in capsys.readouterr().out
    call_command("import_xmrig", str(path))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("+ pools[0] becomes the pool 'HashVault'")
    assert lines[-1].endswith(
        "plan apply --wallet 'xmrig 44AFFq-EP3A' --pool HashVault --pool Nanopool --pool 127.0.0.1:18081 "
        "--worker cellar --cores 0,2 --huge-pages auto"
    )
    call_command("import_xmrig", str(path), "--json")
    assert json.loads(capsys.readouterr().out)["pools"] == ["HashVault", "Nanopool", "127.0.0.1:18081"]


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, "cannot be read"), (b"\xff\xfe\x00", "not text"), (b"{", "not JSON"),
                              (b" " * ((1 << 20) + 1), "larger than 1 MB")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "config.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("import_xmrig", str(path))
    assert refused.value.returncode == 2

"""Takes pools and wallets over from an xmrig config.json, and says of every line what it became, or why nothing.

One entry of `pools` becomes one pool; the address in its user becomes a wallet. What belongs to a plan (cores, worker,
memory) is told as settings for the next one: an import starts and changes no miner.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from mining.addresses import AddressProblem, looks_like_secret, mask_address
from mining.coins import COINS, DEFAULT_COIN
from mining.configuration.problem import ValueProblem, shown
from mining.configuration.values import read_worker
from mining.configuration.xmrig_config import XmrigConfig, XmrigPool, read_xmrig_config
from mining.configuration.xmrig_settings import said_of, said_of_pool_key
from mining.hardware.topology import machine_default_cores
from mining.models import Coin, Endpoint, Pool, Wallet
from mining.services.actors import Actor, Role, require
from mining.services.coins import coin_of
from mining.services.endpoints import TLS_SCHEME, EndpointInput, endpoint_from_url
from mining.services.entries import SECRET_SENTENCE, Entries, sentence_of
from mining.services.errors import InvalidError, ServiceError
from mining.services.pool_entries import profile_at
from mining.services.pools import pool_create
from mining.services.wallets import CheckedAddress, checked_address, wallet_create
from mining.stratum.login_reading import ReadLogin, read_login
from mining.stratum.presets import AUTO, preset_for_endpoint
from mining.stratum.profiles import PoolProfile, WalletKind

_COIN_OF_WORD = {word: coin.ticker for coin in COINS.values() for word in (coin.ticker.lower(), coin.name.lower())}


@dataclass(frozen=True, slots=True)
class ImportStep:
    """What one line of the file became. `is_taken`: something here stands for it now, or did before."""

    source: str
    sentence: str
    is_taken: bool = True


@dataclass(slots=True)
class ImportReport:
    """The whole import: its steps, the rows in the order of the file, and settings for the next plan."""

    steps: list[ImportStep] = field(default_factory=list)
    pools: list[str] = field(default_factory=list)
    wallets: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)

    def took(self, source: str, sentence: str) -> None:
        """Note what a line became."""
        self.steps.append(ImportStep(source, sentence))

    def left(self, source: str, sentence: str) -> None:
        """Note why nothing became of a line."""
        self.steps.append(ImportStep(source, sentence, is_taken=False))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A pool of the file, understood."""

    source: str
    pool: XmrigPool
    coin: Coin
    endpoint: EndpointInput
    profile: PoolProfile | None
    login: ReadLogin


def xmrig_import(actor: Actor, text: str, *, is_dry_run: bool = False) -> ImportReport:
    """Make pools and wallets of a config.json; with `is_dry_run` everything is tried and taken back.

    Needs an administrator. Raises ConfigurationError when the file cannot be read; what cannot be taken over is a step.
    """
    require(actor, Role.ADMIN, "import pools and wallets")
    config = read_xmrig_config(text)
    report = ImportReport()
    with transaction.atomic():
        for pool in config.pools:
            _take_pool(actor, pool, report)
        if is_dry_run:
            transaction.set_rollback(True)
    _take_settings(config, report)
    return report


def _take_pool(actor: Actor, pool: XmrigPool, report: ImportReport) -> None:
    source = f"pools[{pool.number}]"
    for name in pool.wrong:
        report.left(f"{source}.{name}", "is not taken over: its value is of another kind")
    if not pool.is_enabled:
        report.left(source, "is not taken over: it is switched off there")
        return
    try:
        entry = _understood(source, pool)
        with transaction.atomic():
            _take_entry(actor, entry, report)
    except (ServiceError, ValueProblem) as error:
        sentence = error.sentence if isinstance(error, ServiceError) else sentence_of(pool.url, error)
        report.left(source, f"is not taken over: {sentence}")


def _understood(source: str, pool: XmrigPool) -> _Entry:
    """Raises ValueProblem for its URL, InvalidError for what cannot be mined here."""
    coin = coin_of(_ticker(pool))
    endpoint = _endpoint(pool)
    if endpoint.is_daemon:
        return _Entry(source, pool, coin, endpoint, None, ReadLogin(pool.user))
    profile = profile_at(coin, AUTO, endpoint)
    login = read_login(profile, pool.user, pool.password, coin=coin.ticker)
    return _Entry(source, pool, coin, endpoint, profile, login)


def _ticker(pool: XmrigPool) -> str:
    """The coin that an entry mines. Raises InvalidError for one that is not mined here."""
    ticker = _COIN_OF_WORD.get(pool.coin.lower()) if pool.coin else DEFAULT_COIN
    if ticker is None or (pool.algo and pool.algo != COINS[ticker].algorithm):
        what = pool.coin if ticker is None else pool.algo
        known = ", ".join(f"{coin.ticker} ({coin.algorithm})" for coin in COINS.values())
        raise InvalidError({"coin": [f"{shown(what)} is not mined here, only {known}."]})
    return ticker


def _endpoint(pool: XmrigPool) -> EndpointInput:
    """The place of an entry. Raises ValueProblem."""
    scheme, separator, rest = pool.url.partition("://")
    if not separator:
        rest = pool.url
        scheme = "daemon+http" if pool.is_daemon else TLS_SCHEME if pool.is_tls else "stratum+tcp"
    if pool.is_tls and scheme == "stratum+tcp":
        scheme = TLS_SCHEME
    return endpoint_from_url(f"{scheme}://{rest}")


def _take_entry(actor: Actor, entry: _Entry, report: ImportReport) -> None:
    _take_row(actor, entry, report)
    _take_wallet(actor, entry, report)
    _take_worker(entry, report)
    for name in entry.pool.others:
        report.left(f"{entry.source}.{name}", said_of_pool_key(name))


def _take_row(actor: Actor, entry: _Entry, report: ImportReport) -> None:
    endpoint, source = entry.endpoint, entry.source
    place = Endpoint.objects.filter(
        pool__coin=entry.coin, scheme=endpoint.scheme, host=endpoint.host.rstrip(".").lower(), port=endpoint.port
    )
    present = place.select_related("pool").first()
    if present is not None:
        report.pools.append(present.pool.name)
        report.took(source, f"is there already, as the pool {present.pool.name!r}")
        return
    pool = _make_pool(actor, entry, report)
    report.pools.append(pool.name)
    asked = _asked(entry.login) if entry.profile is not None else []
    kind = entry.profile.name if entry.profile is not None else "own node"
    report.took(source, ", ".join([f"becomes the pool {pool.name!r} ({kind})", *asked]))
    if entry.login.is_guess:
        report.took(f"{source}.user", "was taken apart by a guess: check the parts")


def _make_pool(actor: Actor, entry: _Entry, report: ImportReport) -> Pool:
    login, is_pool = entry.login, entry.profile is not None
    return pool_create(
        actor,
        name=_free_name(entry.endpoint),
        coin=entry.coin,
        endpoints=[_pinned(entry, report)],
        password=login.password if is_pool else "",
        difficulty=login.difficulty if is_pool else 0,
        email=login.email if is_pool else "",
        is_solo=login.is_solo and is_pool,
        note="imported from xmrig",
    )


def _pinned(entry: _Entry, report: ImportReport) -> EndpointInput:
    fingerprint, endpoint = entry.pool.tls_fingerprint, entry.endpoint
    if not fingerprint:
        return endpoint
    if endpoint.scheme != TLS_SCHEME:
        report.left(f"{entry.source}.tls-fingerprint", "is not taken over: the pool is without TLS, so it pins nothing")
        return endpoint
    return EndpointInput(endpoint.scheme, endpoint.host, endpoint.port, fingerprint)


def _asked(login: ReadLogin) -> list[str]:
    """What of the login went into the pool, in words."""
    return [
        *([f"difficulty {login.difficulty}"] if login.difficulty else []),
        *(["its e-mail address"] if login.email else []),
        *(["solo mining"] if login.is_solo else []),
        *(["its password (encrypted)"] if login.password else []),
    ]


def _free_name(endpoint: EndpointInput) -> str:
    preset = preset_for_endpoint(endpoint.host, endpoint.port)
    name = preset.name if preset is not None else f"{endpoint.host}:{endpoint.port}"[:60]
    taken = {each.lower() for each in Pool.objects.values_list("name", flat=True)}
    numbered = (f"{name} {number}" for number in range(2, len(taken) + 3))
    return next(each for each in (name, *numbered) if each.lower() not in taken)


def _take_wallet(actor: Actor, entry: _Entry, report: ImportReport) -> None:
    source, address = f"{entry.source}.user", entry.login.wallet
    if "user" in entry.pool.wrong:
        return
    if not entry.pool.user:
        report.left(source, "is empty, so there is no wallet in it")
    elif looks_like_secret(entry.pool.user) or looks_like_secret(address):
        report.left(source, f"is not taken over. {SECRET_SENTENCE}")
    else:
        try:
            _keep_wallet(actor, entry, checked_address(entry.coin, address), report)
        except AddressProblem as problem:
            report.left(source, _no_wallet(entry, problem))
        except ServiceError as error:
            report.left(source, f"is not taken over: {error.sentence}")


def _no_wallet(entry: _Entry, problem: AddressProblem) -> str:
    if entry.profile is not None and entry.profile.grammar.wallet is WalletKind.LABEL:
        return "is not needed: such a pool pays whom it was told about elsewhere"
    return f"is not taken over: the address {problem.why}. {problem.next_step}"


def _keep_wallet(actor: Actor, entry: _Entry, checked: CheckedAddress, report: ImportReport) -> None:
    text, payment_id = checked.text, entry.login.payment_id
    wallet = Wallet.objects.filter(coin=entry.coin, address=text, payment_id=payment_id).first()
    if wallet is not None:
        report.took(f"{entry.source}.user", f"is the wallet {wallet.name!r}, which is there already")
    else:
        name = " ".join(["xmrig", f"{text[:6]}-{text[-4:]}", payment_id]).strip()
        wallet = wallet_create(
            actor, name=name, coin=entry.coin, address=text, payment_id=payment_id, note="imported from xmrig"
        )
        report.took(f"{entry.source}.user", f"becomes the wallet {wallet.name!r} ({mask_address(text)})")
    if wallet.name not in report.wallets:
        report.wallets.append(wallet.name)


def _take_worker(entry: _Entry, report: ImportReport) -> None:
    """The name of the computer belongs to the plan; the first pool that has one gives it."""
    for source, worker in ((f"{entry.source}.rig-id", entry.pool.rig_id), (f"{entry.source}.user", entry.login.worker)):
        entries = Entries()
        if not worker:
            continue
        if entries.read(worker, read_worker, field="") is None:
            report.left(source, f"is not taken over: {shown(worker)} is no name for a computer here")
        elif report.settings.setdefault("WORKER", worker) == worker:
            report.took(source, f"names this computer {worker} in the next plan")
        else:
            report.left(source, f"is not taken over: a plan has one name, and {report.settings['WORKER']} was first")


def _take_settings(config: XmrigConfig, report: ImportReport) -> None:
    for said in said_of(config.sections, len(machine_default_cores())):
        if said.key:
            report.settings.setdefault(said.key, said.value)
            report.took(said.source, f"{said.sentence} = {said.value} in the next plan")
        else:
            report.left(said.source, said.sentence)

"""Checks between several values: coin and algorithm, wallet and source, and where mining is not allowed at all. Pure.

Each check names the keys it judges, so that it is left out while one of them is known to be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mining.addresses import AddressKind, AddressProblem, MoneroAddress, Network, mask_address, parse_monero_address
from mining.coins import COINS
from mining.configuration import not_yet, pool_checks
from mining.configuration.endpoints import is_loopback
from mining.configuration.origins import Level
from mining.configuration.run_configuration import RunConfiguration
from mining.errors import ConfigurationError
from mining.stratum.combined_wallet import split_combined

CI_VARIABLES = (
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "CIRCLECI",
    "TRAVIS",
    "BUILDKITE",
    "JENKINS_URL",
    "TF_BUILD",
    "BITBUCKET_BUILD_NUMBER",
    "CODEBUILD_BUILD_ID",
    "APPVEYOR",
    "CIRRUS_CI",
    "DRONE",
    "SEMAPHORE",
    "TEAMCITY_VERSION",
    "CI",
)
_NOT_SET = ("", "false", "0", "no", "off")


@dataclass(frozen=True, slots=True)
class Check:
    """One check: the keys (or groups) it needs, and the function that finds a problem."""

    keys: frozenset[str]
    find: Callable[[RunConfiguration, Mapping[str, str]], ConfigurationError | None]


def find_problems(
    configuration: RunConfiguration, environ: Mapping[str, str], bad_keys: frozenset[str] = frozenset()
) -> list[ConfigurationError]:
    """Return what is wrong between values, in the order of the table of checks."""
    found = (check.find(configuration, environ) for check in CHECKS if not check.keys & bad_keys)
    return [problem for problem in found if problem is not None]


def algorithm_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """An algorithm that is not the coin's. Offline without a chosen coin, any algorithm may be tried."""
    coin = COINS[configuration.coin]
    is_free = configuration.offline and configuration.sources["COIN"].level is Level.DEFAULT
    if configuration.algorithm == coin.algorithm or is_free:
        return None
    return ConfigurationError(
        f'{configuration.sources["ALGORITHM"].subject} "{configuration.algorithm}" does not agree with the coin '
        f"{coin.ticker}, which uses {coin.algorithm}",
        next_step=f"Leave the algorithm out or set it to {coin.algorithm}.",
        code="algorithm_disagrees",
    )


def source_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """A wallet without a place to mine, a place without a wallet, or places of different kinds."""
    sources = configuration.sources
    if configuration.offline:
        if sources["WALLET"].level > Level.DEFAULT and sources["OFFLINE"].level is Level.DEFAULT:
            return ConfigurationError(
                f"{sources['WALLET'].subject} is given, but no pool or daemon to mine at",
                next_step="Add --pool daemon+http://127.0.0.1:18081 (POOL_1 in the file), or --offline.",
                code="pool_missing",
            )
        return None
    place = configuration.pools[0].label
    if not configuration.wallet:
        return ConfigurationError(
            f"There is no wallet to mine for at {place}",
            next_step="Give your public address with --wallet, or WALLET in mining_config.env.",
            code="wallet_missing",
        )
    if len({endpoint.scheme.partition("+")[0] for endpoint in configuration.pools}) > 1:
        return ConfigurationError(
            "The pools mix stratum and daemon URLs", next_step="Use one kind.", code="pools_mixed"
        )
    return None


def wallet_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """A wallet that is malformed, of another network or coin, or of a kind that solo mining cannot pay."""
    if not configuration.wallet or COINS[configuration.coin].address_format != "monero":
        return None
    if configuration.kind == "pool" and not pool_checks.is_coin_address_wanted(configuration):
        return None
    if combined := split_combined(configuration.wallet):
        return ConfigurationError(
            f"{configuration.sources['WALLET'].subject} {mask_address(combined.wallet)} has more in it than an address",
            next_step=f"Give the parts apart: {combined.settings}.",
            code="wallet_combined",
        )
    subject = f"{configuration.sources['WALLET'].subject} {mask_address(configuration.wallet)}"
    try:
        address = parse_monero_address(configuration.wallet)
        check_network(address)
        if configuration.kind == "daemon":
            check_solo(address)
    except AddressProblem as problem:
        return ConfigurationError(f"{subject} {problem.why}", next_step=problem.next_step, code=problem.code)
    return None


def check_network(address: MoneroAddress) -> None:
    """Raise AddressProblem unless the address is of mainnet (whose prefixes regtest shares)."""
    if address.network is not Network.MAINNET:
        raise AddressProblem(
            f"is a {address.network} {address.kind}, and XMR is paid to mainnet addresses only",
            next_step="Give the main address of a mainnet wallet (it starts with 4).",
            code="wallet_network",
        )


def check_solo(address: MoneroAddress) -> None:
    """Raise AddressProblem unless monerod can build a block that pays the address."""
    if address.kind is AddressKind.SUB_ADDRESS:
        raise AddressProblem(
            "is a sub-address, and monerod pays the reward of a block to main addresses only",
            next_step="Give the wallet's main address (it starts with 4), or mine at a pool.",
            code="wallet_sub_address",
        )
    if address.kind is AddressKind.INTEGRATED:
        raise AddressProblem(
            "is an integrated address, and the reward of a block cannot carry its payment id, so an exchange would "
            "not credit it",
            next_step="Give the main address of a wallet of your own (95 characters, it starts with 4).",
            code="wallet_integrated",
        )


def public_ci_problem(configuration: RunConfiguration, environ: Mapping[str, str]) -> ConfigurationError | None:
    """Mining for a payee on a public continuous-integration runner: only loopback endpoints are allowed there."""
    far = [endpoint for endpoint in configuration.pools if not is_loopback(endpoint.host)]
    sign = next((name for name in CI_VARIABLES if environ.get(name, "").strip().lower() not in _NOT_SET), None)
    if configuration.offline or not far or sign is None:
        return None
    return ConfigurationError(
        f"Mining at {far[0].label} is refused here: {sign} says that this is a continuous-integration runner, whose "
        "owners do not allow mining",
        next_step="Mine on a computer of your own; --offline and loopback addresses work here.",
        code="public_ci",
    )


def difficulty_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """--difficulty beside a pool or daemon, which would have no effect."""
    if configuration.offline or configuration.sources["DIFFICULTY"].level is not Level.COMMAND_LINE:
        return None
    instead = "Use --pool-difficulty" if configuration.kind == "pool" else "Leave it out"
    return ConfigurationError(
        f"--difficulty is for offline jobs, and {configuration.pools[0].label} sets its own",
        next_step=f"{instead}, or add --offline.",
        code="difficulty_not_offline",
    )


CHECKS: tuple[Check, ...] = (
    Check(frozenset({"COIN", "ALGORITHM"}), lambda configuration, _: not_yet.refuse_coin(configuration)),
    Check(frozenset({"COIN", "ALGORITHM"}), algorithm_problem),
    Check(frozenset({"POOL"}), public_ci_problem),
    Check(frozenset({"COIN", "WALLET", "POOL", "POOL_PROFILE"}), wallet_problem),
    Check(frozenset({"POOL", "WALLET"}), source_problem),
    Check(frozenset({"POOL", "TLS_FINGERPRINT"}), pool_checks.fingerprint_problem),
    Check(frozenset({"POOL"}), pool_checks.pool_only_problem),
    Check(pool_checks.LOGIN_KEYS, pool_checks.login_problem),
    Check(frozenset({"POOL", "DIFFICULTY"}), difficulty_problem),
    Check(frozenset({"LISTEN", "WEB_ENABLED"}), lambda configuration, _: not_yet.refuse_wide_listening(configuration)),
    Check(frozenset({"AI_ENABLED"}), lambda configuration, _: not_yet.refuse_optimizer(configuration)),
)

"""Checks between several values: coin and algorithm, wallet and source, and where mining is not allowed at all. Pure.

Each check names the keys it judges, so that it is left out while one of them is known to be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mining.coins import COINS, coins_of
from mining.configuration import not_yet, pool_checks
from mining.configuration.endpoints import is_loopback
from mining.configuration.keys import ENDPOINT_KEYS
from mining.configuration.origins import Level
from mining.configuration.run_configuration import RunConfiguration
from mining.configuration.wallet_checks import payment_id_problem, wallet_problem
from mining.errors import ConfigurationError

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
    """An algorithm that is not the coin's. Offline, one that was named in a stronger place than the coin is tried."""
    coin, sources = COINS[configuration.coin], configuration.sources
    is_free = configuration.offline and sources["COIN"].level < sources["ALGORITHM"].level
    if configuration.algorithm == coin.algorithm or is_free:
        return None
    others = " or ".join(coins_of(configuration.algorithm))
    instead = f", or choose a coin that uses {configuration.algorithm} ({others})" if others else ""
    return ConfigurationError(
        f'{sources["ALGORITHM"].subject} "{configuration.algorithm}" does not agree with the coin '
        f"{coin.ticker}, which uses {coin.algorithm}",
        next_step=f"Leave the algorithm out or set it to {coin.algorithm}{instead}.",
        code="algorithm_disagrees",
    )


def source_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """A wallet without a place to mine, a place without a wallet, or places of different kinds."""
    sources = configuration.sources
    if configuration.offline:
        if sources["WALLET"].level > Level.DEFAULT and sources["OFFLINE"].level is Level.DEFAULT:
            coin = COINS[configuration.coin]
            url = f"daemon+http://127.0.0.1:{coin.daemon_port}" if coin.is_mined_solo else "stratum+tcp://host:port"
            return ConfigurationError(
                f"{sources['WALLET'].subject} is given, but no pool or daemon to mine at",
                next_step=f"Add --pool {url} (POOL_1 in the file), or --offline.",
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
    Check(frozenset({"COIN", "POOL"}), lambda configuration, _: not_yet.refuse_daemon(configuration)),
    Check(frozenset({"COIN", "ALGORITHM"}), algorithm_problem),
    Check(frozenset({"POOL"}), public_ci_problem),
    Check(pool_checks.PROFILE_KEYS | {"ALGORITHM"}, pool_checks.profile_problem),
    Check(pool_checks.PROFILE_KEYS | {"WALLET"}, wallet_problem),
    Check(frozenset({"COIN", "POOL", "PAYMENT_ID"}), payment_id_problem),
    Check(frozenset({"POOL", "WALLET"}), source_problem),
    Check(frozenset({"POOL", "TLS_FINGERPRINT"}) | ENDPOINT_KEYS, pool_checks.fingerprint_problem),
    Check(frozenset({"POOL"}) | ENDPOINT_KEYS, pool_checks.pool_only_problem),
    Check(pool_checks.LOGIN_KEYS, pool_checks.login_problem),
    Check(frozenset({"POOL", "DIFFICULTY"}), difficulty_problem),
    Check(frozenset({"AI_ENABLED"}), lambda configuration, _: not_yet.refuse_optimizer(configuration)),
)

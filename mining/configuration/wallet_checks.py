"""Checks of the wallet: right for the coin, its network and who shall pay it, before anything starts. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from mining.addresses import (
    VALIDATORS,
    AddressKind,
    AddressProblem,
    ChainNetwork,
    MoneroAddress,
    Network,
    ScriptAddress,
    mask_address,
    require_network,
)
from mining.coins import COINS
from mining.configuration import pool_checks
from mining.configuration.origins import Level
from mining.configuration.run_configuration import RunConfiguration
from mining.errors import ConfigurationError
from mining.stratum.combined_wallet import split_combined


def wallet_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """A wallet that is malformed, of another network or coin, or of a kind that solo mining cannot pay."""
    if not configuration.wallet or _is_of_another_run(configuration):
        return None
    if configuration.kind == "pool" and not pool_checks.is_coin_address_wanted(configuration):
        return None
    subject = configuration.sources["WALLET"].subject
    if combined := split_combined(configuration.wallet):
        return ConfigurationError(
            f"{subject} {mask_address(combined.wallet)} has more in it than an address",
            next_step=f"Give the parts apart: {combined.settings}.",
            code="wallet_combined",
        )
    try:
        _check_address(configuration)
    except AddressProblem as problem:
        shown = "" if problem.code == "wallet_secret" else f" {mask_address(configuration.wallet)}"
        return ConfigurationError(f"{subject}{shown} {problem.why}", next_step=problem.next_step, code=problem.code)
    return None


def payment_id_problem(configuration: RunConfiguration, _environ: Mapping[str, str]) -> ConfigurationError | None:
    """A payment id with a coin that has none, where it would be lost."""
    coin, origin = COINS[configuration.coin], configuration.sources["PAYMENT_ID"]
    is_for_nobody = configuration.offline and origin.level is not Level.COMMAND_LINE
    if not configuration.payment_id or coin.has_payment_ids or is_for_nobody:
        return None
    return ConfigurationError(
        f"{origin.subject} is given, but {coin.name} has no payment ids",
        next_step="Leave it out; an address of your own is enough.",
        code="payment_id_coin",
    )


def check_network(address: MoneroAddress | ScriptAddress) -> None:
    """Raise AddressProblem unless the address is of mainnet (whose prefixes Monero's regtest shares)."""
    if isinstance(address, ScriptAddress):
        require_network(address, ChainNetwork.MAINNET)
    elif address.network is not Network.MAINNET:
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


def _check_address(configuration: RunConfiguration) -> None:
    address = VALIDATORS[COINS[configuration.coin].address_format](configuration.wallet)
    if configuration.kind == "daemon" and isinstance(address, ScriptAddress):
        return  # litecoind tells its network, and the source holds the address against it
    check_network(address)
    if configuration.kind == "daemon" and isinstance(address, MoneroAddress):
        check_solo(address)


def _is_of_another_run(configuration: RunConfiguration) -> bool:
    """Whether this is a trial without a payee, of a coin named in a stronger place than the wallet."""
    sources = configuration.sources
    return configuration.offline and sources["COIN"].level > sources["WALLET"].level

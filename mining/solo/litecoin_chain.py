"""Which Litecoin network a node is on, and what an address means there. Pure."""

from __future__ import annotations

from mining.addresses import ChainNetwork, parse_litecoin_address, require_network

NETWORK_OF_GENESIS = {
    "12a765e31ffd4059bada1e25190f6e98c99d9714d334efa41a195a7e7e04bfe2": ChainNetwork.MAINNET,
    "4966625a4b2851d9fdee139e56211a0d88575f59ed816ff5e6a63deb4e3e29a0": ChainNetwork.TESTNET,
    "530827f38f93b43ed12af0b3ad25a288dc02ed74d6d7857862df51fc56c416f9": ChainNetwork.REGTEST,
}
"""By the id of the first block: a node of another coin (Bitcoin's names its networks alike) is told by it."""


def payout_script(wallet: str, network: ChainNetwork) -> bytes:
    """Return the output script that pays `wallet` on `network`. Raises AddressProblem."""
    address = parse_litecoin_address(wallet)
    require_network(address, network)
    return address.script

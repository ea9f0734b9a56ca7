"""The table of pool profiles: one row per pool or pool software, each with the source of its login grammar.

Vectors: tests/vectors/login_grammar.json holds at least one rendered login of every row.
"""

from __future__ import annotations

from mining.errors import ConfigurationError
from mining.stratum.profiles.shape import LoginGrammar, Piece, PoolProfile, WalletKind
from mining.stratum.profiles.software import SOFTWARE

_IN_PASSWORD = "+/%~:#,;="
"""What a worker name in the password may not contain; a dot is just a character there."""

_WALLET = Piece("wallet")
_PLUS_DIFFICULTY = Piece("difficulty", joint="+")
_DOT_WORKER = Piece("worker", joint=".")
_AS_PASSWORD = Piece("worker_or_password")
_SOLO = Piece("solo")

_SNIPA = LoginGrammar(
    "ADDR[+DIFF], pass WORKER[:EMAIL]", (_WALLET, _PLUS_DIFFICULTY), (_AS_PASSWORD, Piece("email", joint=":")),
    forbidden_in_worker=_IN_PASSWORD, is_difficulty_sure=True,
)  # fmt: skip
_MONEROOCEAN = LoginGrammar(
    "ADDR[+DIFF], pass WORKER[:EMAIL], rigid WORKER", (_WALLET, _PLUS_DIFFICULTY),
    (_AS_PASSWORD, Piece("email", joint=":")),
    forbidden_in_worker=_IN_PASSWORD, is_difficulty_sure=True, has_rigid=True,
)  # fmt: skip
_DVANDAL = LoginGrammar(
    "[solo:]ADDR[.DIFF], pass WORKER", (_SOLO, _WALLET, Piece("difficulty", joint=".")), (_AS_PASSWORD,),
    forbidden_in_worker=_IN_PASSWORD, solo="solo:",
)  # fmt: skip
_WALLET_DOT_WORKER = LoginGrammar("ADDR[.WORKER]", (_WALLET, _DOT_WORKER))

_ROWS: tuple[PoolProfile, ...] = (
    PoolProfile(
        "generic", "a pool of unknown kind",
        LoginGrammar("ADDR, pass WORKER", (_WALLET,), (_AS_PASSWORD,), forbidden_in_worker=_IN_PASSWORD),
        SOFTWARE["generic"], "?",
        note="Name the kind with POOL_PROFILE if the pool's software is known.",
    ),
    # Software that many pools run; no host names it.
    PoolProfile("snipa", "nodejs-pool (Snipa22)", _SNIPA, SOFTWARE["snipa"], "S"),
    PoolProfile(
        "zone", "node-cryptonote-pool (zone117x)",
        LoginGrammar("ADDR, pass WORKER", (_WALLET,), (_AS_PASSWORD,), forbidden_in_worker=_IN_PASSWORD),
        SOFTWARE["zone"], "S behaviour, ? login",
    ),
    PoolProfile(
        "dvandal", "cryptonote-nodejs-pool (dvandal)", _DVANDAL, SOFTWARE["dvandal"], "S",
        note="Each operator chooses the separator before the difficulty; the dot is the one of the example.",
    ),
    PoolProfile(
        "jtgrassie", "monero-pool (jtgrassie)",
        LoginGrammar(
            "ADDR, pass WORKER[,d=DIFF], rigid WORKER", (_WALLET,),
            (_AS_PASSWORD, Piece("difficulty", joint=",", before="d=")),
            forbidden_in_worker=_IN_PASSWORD, is_difficulty_sure=True, has_rigid=True,
            wallet=WalletKind.COIN_NOT_INTEGRATED,
        ),
        SOFTWARE["jtgrassie"], "S",
    ),
    PoolProfile(
        "p2pool", "p2pool",
        LoginGrammar(
            "LABEL[+DIFF]", (Piece("label"), _PLUS_DIFFICULTY),
            solo_hint="Leave POOL_SOLO out: p2pool is your own node already.",
            difficulty_min=1000, is_difficulty_sure=True, wallet=WalletKind.LABEL,
        ),
        SOFTWARE["p2pool"], "S", is_tls_on_same_port=True,
        note="p2pool pays the wallet its own node was started with, whatever WALLET says.",
    ),
    PoolProfile("sammy", "monero-stratum (sammy007)", _WALLET_DOT_WORKER, SOFTWARE["sammy"], "S"),
    PoolProfile(
        "miningcore", "miningcore",
        LoginGrammar(
            "ADDR[.WORKER], pass d=DIFF", (_WALLET, _DOT_WORKER),
            (Piece("difficulty", before="d="), Piece("password", joint=";")), is_difficulty_sure=True,
        ),
        SOFTWARE["miningcore"], "S", note="A wrong address is a ban of 10 seconds.",
    ),
    PoolProfile(
        "xmrig_proxy", "xmrig-proxy",
        LoginGrammar(
            "LOGIN[+DIFF], pass ACCESS_PASSWORD, rigid WORKER", (Piece("label"), _PLUS_DIFFICULTY),
            forbidden_in_worker="+", difficulty_min=100, difficulty_max=1 << 31, is_difficulty_sure=True,
            has_rigid=True, wallet=WalletKind.LABEL,
        ),
        SOFTWARE["xmrig_proxy"], "S", is_tls_on_same_port=True,
        note="The proxy mines for the wallet of its own configuration, whatever WALLET says.",
    ),
    PoolProfile(
        "xmr_node_proxy", "xmr-node-proxy",
        LoginGrammar("ADDR, pass WORKER", (_WALLET,), (_AS_PASSWORD,), forbidden_in_worker=_IN_PASSWORD,
                     wallet=WalletKind.LABEL),
        SOFTWARE["xmr_node_proxy"], "S behaviour, ? login",
        note="The proxy mines for the wallet of its own configuration, whatever WALLET says.",
    ),
    # Pools with a name.
    PoolProfile("supportxmr", "SupportXMR", _SNIPA, SOFTWARE["snipa"], "T, on software S", ("supportxmr.com",)),
    PoolProfile(
        "moneroocean", "MoneroOcean", _MONEROOCEAN, SOFTWARE["moneroocean"], "S", ("moneroocean.stream",),
        note="Its TLS certificate is self-signed: pin it with TLS_FINGERPRINT.",
    ),
    PoolProfile(
        "c3pool", "C3Pool", _MONEROOCEAN, SOFTWARE["moneroocean"], "T, on software S", ("c3pool.com", "c3pool.org"),
    ),
    PoolProfile(
        "herominers", "HeroMiners", _DVANDAL, SOFTWARE["dvandal"], "T", ("herominers.com",),
        is_tls_on_same_port=True,
        note="https://COIN.herominers.com/api/stats publishes the separator (fixedDiffSeparator); the dot is a guess.",
    ),
    PoolProfile(
        "hashvault", "HashVault",
        LoginGrammar("ADDR[+DIFF], pass WORKER", (_WALLET, _PLUS_DIFFICULTY), (_AS_PASSWORD,),
                     forbidden_in_worker=_IN_PASSWORD,
                     solo_hint="Leave POOL_SOLO out, and see the pool's own pages for solo mining."),
        SOFTWARE["generic"], "T", ("hashvault.pro",), is_tls_on_same_port=True,
    ),
    PoolProfile(
        "nanopool", "Nanopool",
        LoginGrammar("ADDR.WORKER[/EMAIL]", (_WALLET, _DOT_WORKER, Piece("email", joint="/"))),
        SOFTWARE["generic"], "T", ("nanopool.org",),
    ),
    PoolProfile(
        "2miners_solo", "2Miners (solo)", LoginGrammar("ADDR.WORKER", (_WALLET, _DOT_WORKER), solo=""),
        SOFTWARE["generic"], "T", ("solo-xmr.2miners.com", "solo-zeph.2miners.com"),
    ),
    PoolProfile(
        "2miners", "2Miners",
        LoginGrammar("ADDR.WORKER", (_WALLET, _DOT_WORKER),
                     solo_hint="Use the solo address of the pool (solo-xmr.2miners.com:4444) as POOL_1."),
        SOFTWARE["generic"], "T", ("2miners.com",),
    ),
    PoolProfile(
        "kryptex", "Kryptex",
        LoginGrammar("[solo:]ADDR/WORKER", (_SOLO, _WALLET, Piece("worker", joint="/")), solo="solo:"),
        SOFTWARE["generic"], "T", ("kryptex.network",),
    ),
    PoolProfile(
        "xmrpool_eu", "xmrpool.eu", LoginGrammar("ADDR+WORKER", (_WALLET, Piece("worker", joint="+"))),
        SOFTWARE["generic"], "T", ("xmrpool.eu",), note="Here the plus sign is not a difficulty.",
    ),
    PoolProfile(
        "nicehash", "NiceHash",
        LoginGrammar("BTC_ADDR.WORKER", (_WALLET, _DOT_WORKER), wallet=WalletKind.NICEHASH),
        SOFTWARE["generic"], "T", ("nicehash.com",), note="The top byte of the nonce belongs to the pool.",
    ),
    PoolProfile(
        "unmineable", "Unmineable",
        LoginGrammar("COIN:ADDR.WORKER", (Piece("ticker", after=":"), _WALLET, _DOT_WORKER),
                     wallet=WalletKind.TICKERED),
        SOFTWARE["generic"], "T", ("unmineable.com",),
        note="To be paid in another coin give WALLET as TICKER:address.",
    ),
    PoolProfile(
        "yiimp", "yiimp or zpool type",
        LoginGrammar(
            "ADDR[.WORKER], pass c=SYM[,d=DIFF]", (_WALLET, _DOT_WORKER),
            (Piece("ticker", before="c="), Piece("difficulty", joint=",", before="d="), Piece("password", joint=",")),
            solo_hint="Leave POOL_SOLO out; where the pool offers it, write what it asks for into POOL_PASSWORD.",
            is_difficulty_sure=True,
        ),
        SOFTWARE["yiimp"], "S (yiimp 2026-01), T (zpool)",
    ),
    # Stratum V1 (Scrypt): the worker belongs to the user name, and the password says nothing.
    PoolProfile(
        "generic_v1", "a Stratum V1 pool of unknown kind", _WALLET_DOT_WORKER, SOFTWARE["generic_v1"], "?",
        note="Name the kind with POOL_PROFILE if the pool's software is known.",
    ),
    PoolProfile("nsp", "node-stratum-pool or NOMP", _WALLET_DOT_WORKER, SOFTWARE["nsp"], "S"),
    PoolProfile(
        "ckpool", "ckpool",
        LoginGrammar(
            "ADDR[.WORKER], then mining.suggest_difficulty DIFF", (_WALLET, _DOT_WORKER),
            is_difficulty_sure=True, is_difficulty_suggested=True,
        ),
        SOFTWARE["ckpool"], "S",
    ),
    PoolProfile(
        "account", "a Stratum V1 pool with accounts",
        LoginGrammar("ACCOUNT[.WORKER]", (_WALLET, _DOT_WORKER), wallet=WalletKind.LABEL), SOFTWARE["generic_v1"], "?",
        note="WALLET is the name of your account there: the pool pays the address that you gave it.",
    ),
)  # fmt: skip

PROFILES: dict[str, PoolProfile] = {row.key: row for row in _ROWS}
GENERIC = PROFILES["generic"]
GENERIC_V1 = PROFILES["generic_v1"]


def profile_named(key: str) -> PoolProfile:
    """Return the row of `key`. Raises ConfigurationError that lists what there is."""
    try:
        return PROFILES[key]
    except KeyError:
        known = ", ".join(PROFILES)
        raise ConfigurationError(f"Pool profile {key!r} is not known", next_step=f"Choose one of: {known}.") from None

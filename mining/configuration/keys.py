"""The one table of configuration keys. A new key is a row here, a field in `RunConfiguration`, and nothing else.

The example file, the options of `mine`, `--explain` and `config` are all made from this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from mining.configuration import values
from mining.configuration.values import Reader
from mining.stratum.presets import AUTO
from mining.stratum.profiles import PROFILES

PREFIX = "MINERCONSOLE_"
MOST_POOLS = 9
FILE_NAME = "mining_config.env"

OTHER_VARIABLES: dict[str, str] = {
    "MINERCONSOLE_RANDOMX_LIBRARY": "path of the librandomx.so to load",
    "MINERCONSOLE_RANDOMX_KERNEL": "off: hash with the library's own code, not with our kernel",
    "MINERCONSOLE_SCRYPT_KERNEL": "off: hash Scrypt with Python's hashlib, not with our kernel",
}
"""Environment variables of the product that are not configuration keys."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `plan_field` is its name in the Plan ("" when it is not part of it), `default` is for people.

    `group`: keys of one group replace each other, so a stronger source of one hides weaker sources of all. `metavar`
    is "" for a flag without a value, which then means `constant`. `is_in_file`: files and environment may give it.
    """

    name: str
    flag: str
    plan_field: str
    read: Reader
    default: str
    meaning: str
    example: str = ""
    group: str = ""
    metavar: str = ""
    constant: str = ""
    is_in_file: bool = True
    is_secret: bool = False

    @property
    def exclusive_group(self) -> str:
        """The group, which is the key's own name when it stands alone."""
        return self.group or self.name

    @property
    def argument(self) -> str:
        """The name of the option among parsed arguments."""
        return "web_enabled" if self.name == "WEB_ENABLED" else self.flag.removeprefix("--").replace("-", "_")


def _pool(number: int) -> Key:
    meaning = f"Backup {number - 1}, used when those before it fail."
    if number == 1:
        meaning = "URL of your own daemon (daemon+http://[user:pass@]host:port) or of a pool "
        meaning += "(stratum+tcp://host:port, stratum+ssl://host:port)."
    return Key(
        f"POOL_{number}", "--pool", "endpoints", values.read_endpoint, "none", meaning,
        f"daemon+http://{'127.0.0.1' if number == 1 else 'other-computer'}:18081",
        group="POOL", metavar="URL", is_secret=True,
    )  # fmt: skip


_ROWS: tuple[Key, ...] = (
    Key("COIN", "--coin", "coin", values.read_coin, "XMR", "Coin to mine, by its ticker.", "XMR", metavar="XMR"),
    Key("ALGORITHM", "--algorithm", "algorithm", values.read_algorithm, "from the coin",
        "Algorithm; must agree with the coin. Rarely needed.", "rx/0", metavar="rx/0"),
    Key("WALLET", "--wallet", "wallet", values.read_wallet, "none",
        "Public payout address (never a key or seed words). For your own monerod: the main address, starting with 4.",
        "your-address", metavar="ADDR"),
    Key("WORKER", "--worker", "worker", values.read_worker, "host name", "Name of this computer at the pool.",
        "rig-1", metavar="NAME"),
    *(_pool(number) for number in range(1, MOST_POOLS + 1)),
    Key("POOL_PASSWORD", "--password", "pool_password", values.read_password, "x",
        "Password at the pool. The option --password is visible in `ps`: prefer this key.", "x",
        group="POOL_PASSWORD", metavar="P", is_secret=True),
    Key("POOL_PASSWORD_FILE", "", "pool_password", values.read_password_file, "none",
        "File whose first line is the password at the pool (instead of POOL_PASSWORD).", "/path/to/password",
        group="POOL_PASSWORD"),
    Key("POOL_PROFILE", "--pool-profile", "pool_profile", values.one_of(AUTO, *PROFILES), AUTO,
        "How the pool reads a login and behaves; auto goes by its host name. One of: " + ", ".join(PROFILES) + ".",
        AUTO, metavar="KIND"),
    Key("POOL_DIFFICULTY", "--pool-difficulty", "pool_difficulty", values.whole_number(1, 2**53 - 1),
        "the pool's own choice", "Difficulty of shares to ask the pool for, where its login can say it.", "10000",
        metavar="N"),
    Key("POOL_EMAIL", "--email", "pool_email", values.read_email, "none",
        "E-mail address to register at the pool, where its login can say it.", "me@example.org", metavar="EMAIL"),
    Key("POOL_SOLO", "--solo", "is_solo", values.read_switch, "off",
        "Ask the pool for solo mining, where its login can say it: on or off.", "off", constant="on"),
    Key("PAYMENT_ID", "--payment-id", "payment_id", values.read_payment_id, "none",
        "Short payment id of the receiver (Monero); it is merged into an integrated address.",
        "16 hexadecimal digits", metavar="ID"),
    Key("TLS_FINGERPRINT", "--tls-fingerprint", "tls_fingerprint", values.read_fingerprint, "none",
        "SHA-256 fingerprint of the pool's certificate, for pools without a public one.", "64 hexadecimal digits",
        metavar="SHA256"),
    Key("CORES", "--cores", "cores", values.read_cores, "by cache size and CPU quota",
        "Cores to mine on, such as 0-3,6.", "0-3,6", group="CORES", metavar="0-3,6"),
    Key("THREADS", "--threads", "cores", values.read_threads, "as CORES",
        "How many cores to mine on (instead of CORES).", "2", group="CORES", metavar="N"),
    Key("INTENSITY", "--intensity", "intensity", values.whole_number(0, 100), "100",
        "Share of the time of each chosen core, in percent; 0 is paused.", "100", metavar="0-100"),
    Key("MODE", "--light", "mode", values.one_of("auto", "fast", "light"), "auto",
        "Memory mode: fast (2.3 GB), light (256 MB, many times slower), auto: light only if memory is short.",
        "auto", constant="light"),
    Key("HUGE_PAGES", "--huge-pages", "huge_pages", values.one_of("auto", "on", "off"), "auto",
        "Large memory pages: auto, on (do not start without them) or off.", "auto", metavar="auto|on|off"),
    Key("PRIORITY", "--priority", "priority", values.one_of("idle", "low", "normal"), "low",
        "Process priority: idle, low or normal.", "low", metavar="idle|low|normal"),
    Key("WEB_ENABLED", "--web", "", values.read_switch, "on", "Whether the web page is served: on or off.", "on",
        constant="on"),
    Key("LISTEN", "--listen", "", values.read_listen, "127.0.0.1:3333", "Address and port of the web page.",
        "127.0.0.1:3333", metavar="HOST:PORT"),
    Key("AI_ENABLED", "", "", values.read_switch, "off",
        "The optimizer (not available yet in this version): off.", "off"),
    Key("HOME", "--home", "", values.read_folder, "var/ in the checkout",
        "Folder for logs, caches and the control socket.", "/path/to/folder", metavar="DIR"),
    Key("DIFFICULTY", "--difficulty", "difficulty", values.whole_number(1, 2**53),
        "one share in about 10 s", "Difficulty of offline jobs; pools and daemons set their own.", "10000",
        metavar="N"),
    Key("OFFLINE", "--offline", "kind", values.read_switch, "off",
        "Hash self-made jobs and check them here: no connection, nothing is earned.", group="POOL", constant="on",
        is_in_file=False),
    Key("DURATION", "--duration", "duration_s", values.read_seconds, "no end",
        "Stop this many seconds after the first hash.", metavar="SECONDS", is_in_file=False),
    Key("SHARES", "--shares", "shares", values.whole_number(1, 10**12), "no end",
        "Stop after this many accepted shares.", metavar="N", is_in_file=False),
)  # fmt: skip

KEYS: dict[str, Key] = {row.name: row for row in _ROWS}


def file_keys() -> tuple[Key, ...]:
    """The keys that a file or the environment may give, in the order of the table."""
    return tuple(key for key in KEYS.values() if key.is_in_file)

"""The one table of configuration keys. A new key is a row here, a field in `RunConfiguration`, and nothing else.

The example file, the options of `mine`, `--explain` and `config` are all made from this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from mining.coins import COINS
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
    "MINERCONSOLE_HOSTS": "further names by which the page is reached, separated by commas",
    "MINERCONSOLE_CORS_ORIGINS": "origins whose pages may read /api/ with a token, separated by commas",
    "MINERCONSOLE_SCRYPT_KERNEL": "our Scrypt kernel: avx512, avx2, sse2 (neon), portable; off: Python's hashlib",
}
"""Environment variables of the product that are not configuration keys."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `plan_field` is its name in the Plan ("" when it is not part of it), `default` is for people.

    `endpoint`: the n of POOL_n that the key belongs to, 0 for keys of the whole run; its `plan_field` is one of an
    Endpoint then. `group`: keys of one group replace each other, so a stronger source of one hides weaker sources of
    all. `metavar` is "" for a flag without a value, which then means `constant`. `is_in_file`: files and environment
    may give it.
    `is_in_console`: a Plan of the console may; not so what is of one computer or one run, or reads one of its files.
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
    is_in_console: bool = True
    endpoint: int = 0

    @property
    def exclusive_group(self) -> str:
        """The group, which is the key's own name when it stands alone."""
        return self.group or self.name

    @property
    def pin_group(self) -> str:
        """The group whose keys are pinned together: what belongs to one endpoint goes with the endpoints."""
        return "POOL" if self.endpoint else self.exclusive_group

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


def _of_pool(number: int) -> tuple[Key, ...]:
    """The keys that stand in for POOL_PROFILE, POOL_PASSWORD and TLS_FINGERPRINT at one endpoint only."""
    pool = f"POOL_{number}"
    also = " POOL_2_{0} to POOL_9_{0} are alike." if number == 1 else ""
    return (
        Key(f"{pool}_PROFILE", "", "profile", values.one_of(AUTO, *PROFILES), "as POOL_PROFILE",
            f"Kind of {pool} alone.{also.format('PROFILE')}", AUTO, endpoint=number),
        Key(f"{pool}_PASSWORD", "", "password_at_pool", values.read_password, "as POOL_PASSWORD",
            f"Password at {pool} alone.{also.format('PASSWORD')}", "x", is_secret=True, endpoint=number),
        Key(f"{pool}_TLS_FINGERPRINT", "", "tls_fingerprint", values.read_fingerprint, "as TLS_FINGERPRINT",
            f"Fingerprint of the certificate of {pool} alone.{also.format('TLS_FINGERPRINT')}",
            "64 hexadecimal digits", endpoint=number),
    )  # fmt: skip


_ROWS: tuple[Key, ...] = (
    Key("COIN", "--coin", "coin", values.read_coin, "XMR",
        f"Coin to mine, by its ticker: {', '.join(COINS)}. It gives the algorithm.", "XMR", metavar="TICKER"),
    Key("ALGORITHM", "--algorithm", "algorithm", values.read_algorithm, "from the coin",
        "Algorithm; must agree with the coin. Rarely needed: offline, any may be tried.", "rx/0", metavar="NAME"),
    Key("WALLET", "--wallet", "wallet", values.read_wallet, "none",
        "Public payout address of the coin (never a key or seed words). For your own monerod: the main address (4…).",
        "your-address", metavar="ADDR"),
    Key("WORKER", "--worker", "worker", values.read_worker, "host name", "Name of this computer at the pool.",
        "rig-1", metavar="NAME"),
    *(_pool(number) for number in range(1, MOST_POOLS + 1)),
    *(key for number in range(1, MOST_POOLS + 1) for key in _of_pool(number)),
    Key("POOL_PASSWORD", "--password", "pool_password", values.read_password, "x",
        "Password at the pool. The option --password is visible in `ps`: prefer this key.", "x",
        group="POOL_PASSWORD", metavar="P", is_secret=True),
    Key("POOL_PASSWORD_FILE", "", "pool_password", values.read_password_file, "none",
        "File whose first line is the password at the pool (instead of POOL_PASSWORD).", "/path/to/password",
        group="POOL_PASSWORD", is_in_console=False),
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
        "Memory mode of RandomX: fast (2.3 GB), light (256 MB, many times slower), auto: light if memory is short.",
        "auto", constant="light"),
    Key("HUGE_PAGES", "--huge-pages", "huge_pages", values.one_of("auto", "on", "off"), "auto",
        "Large memory pages: auto, on (do not start without them) or off.", "auto", metavar="auto|on|off"),
    Key("PRIORITY", "--priority", "priority", values.one_of("idle", "low", "normal"), "low",
        "Process priority: idle, low or normal.", "low", metavar="idle|low|normal"),
    Key("WEB_ENABLED", "--web", "", values.read_switch, "on", "Whether the web page is served: on or off.", "on",
        constant="on", is_in_console=False),
    Key("LISTEN", "--listen", "", values.read_listen, "127.0.0.1:3333", "Address and port of the web page.",
        "127.0.0.1:3333", metavar="HOST:PORT", is_in_console=False),
    Key("AI_ENABLED", "", "", values.read_switch, "off",
        "The optimizer (not available yet in this version): off.", "off"),
    Key("HOME", "--home", "", values.read_folder, "var/ in the checkout",
        "Folder for logs, caches and the control socket.", "/path/to/folder", metavar="DIR", is_in_console=False),
    Key("DATABASE", "", "", values.read_database, "console.sqlite3 in HOME",
        "PostgreSQL database of the console, for many machines; beyond this computer with TLS unless the address ends "
        "in ?sslmode=disable.", "postgresql://user:password@host:5432/name", is_secret=True, is_in_console=False),
    Key("BROKER", "", "", values.read_broker, "none",
        "Redis server through which this console speaks with the nodes of its fleet; rediss:// is with TLS.",
        "rediss://user:password@host:6379/0", is_secret=True, is_in_console=False),
    Key("BROKER_PUBLIC", "", "", values.read_broker, "BROKER without user, password and own certificate",
        "Address of the same Redis server as the nodes reach it.", "rediss://broker.example.org:6379/0",
        is_in_console=False),
    Key("DIFFICULTY", "--difficulty", "difficulty", values.whole_number(1, 2**53),
        "one share in about 10 s", "Difficulty of offline jobs; pools and daemons set their own.", "10000",
        metavar="N"),
    Key("OFFLINE", "--offline", "kind", values.read_switch, "off",
        "Hash self-made jobs and check them here: no connection, nothing is earned.", group="POOL", constant="on",
        is_in_file=False),
    Key("DURATION", "--duration", "duration_s", values.read_seconds, "no end",
        "Stop this many seconds after the first hash.", metavar="SECONDS", is_in_file=False,
        is_in_console=False),
    Key("SHARES", "--shares", "shares", values.whole_number(1, 10**12), "no end",
        "Stop after this many accepted shares.", metavar="N", is_in_file=False, is_in_console=False),
)  # fmt: skip

KEYS: dict[str, Key] = {row.name: row for row in _ROWS}


ENDPOINT_KEYS = frozenset(key.name for key in KEYS.values() if key.endpoint)
"""The names of the keys that belong to one endpoint."""


def file_keys() -> tuple[Key, ...]:
    """The keys that a file or the environment may give, in the order of the table."""
    return tuple(key for key in KEYS.values() if key.is_in_file)


def console_keys() -> tuple[Key, ...]:
    """The keys that a Plan of the console may give, in the order of the table."""
    return tuple(key for key in KEYS.values() if key.is_in_console)

"""The table of algorithms, named as xmrig names them. Adding one is a row here and a vector file."""

from __future__ import annotations

from dataclasses import dataclass

from mining.errors import ConfigurationError

KIB = 1 << 10
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Algorithm:
    """Facts about one algorithm.

    `scratchpad_bytes` is what each core needs, `lease_nonces` the size of one nonce lease (about a minute of one fast
    core), `number` its code on the work board, `is_v2` whether the work test uses the RandomX v2 commitment,
    `scrypt_n` the N of Scrypt (0 for others), with which a hash needs 128 * N bytes.
    """

    name: str
    number: int
    family: str
    scratchpad_bytes: int
    lease_nonces: int
    is_v2: bool = False
    scrypt_n: int = 0

    @property
    def has_modes(self) -> bool:
        """Whether it can be hashed fast, over a dataset, or light, without."""
        return self.family == "randomx"


ALGORITHMS: dict[str, Algorithm] = {
    "rx/0": Algorithm("rx/0", 1, "randomx", 2 * MIB, 1 << 16),
    "rx/2": Algorithm("rx/2", 2, "randomx", 2 * MIB, 1 << 16, is_v2=True),
    "scrypt": Algorithm("scrypt", 3, "scrypt", 128 * KIB, 1 << 20, scrypt_n=1024),
}
BY_NUMBER: dict[int, Algorithm] = {row.number: row for row in ALGORITHMS.values()}


def algorithm_named(name: str) -> Algorithm:
    """Return the row of `name`. Raises ConfigurationError that lists what there is."""
    try:
        return ALGORITHMS[name]
    except KeyError:
        known = ", ".join(ALGORITHMS)
        raise ConfigurationError(f"Algorithm {name!r} is not known", next_step=f"Choose one of: {known}.") from None

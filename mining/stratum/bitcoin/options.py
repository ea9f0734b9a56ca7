"""The optional extensions of a Stratum V1 session: `mining.configure` (BIP 310) and the version bits. No I/O."""

from __future__ import annotations

from mining.stratum.bitcoin.answers import error_of, options_of, version_mask_of
from mining.stratum.bitcoin.difficulty import Difficulty, target_from_difficulty
from mining.stratum.bitcoin.events import Configured, Event, Ignored, VersionMaskSet
from mining.stratum.bitcoin.header import header_version, word_hex
from mining.stratum.bitcoin.job import V1Job
from mining.stratum.errors import MessageError, UseError

VERSION_MASK = 0x1FFFE000  # BIP 320
VERSION_ROLLING = "version-rolling"
MINIMUM_DIFFICULTY = "minimum-difficulty"
SUBSCRIBE_EXTRANONCE = "subscribe-extranonce"


def wire_number(difficulty: Difficulty) -> int | float:
    """Return a difficulty as a JSON number. Raises TargetError for one that no target has."""
    target_from_difficulty(difficulty)
    whole = int(difficulty)
    return whole if whole == difficulty else float(difficulty)


class Options:
    """What was asked for, and what of it holds. `version_mask`: the bits of the version that are ours now."""

    def __init__(self) -> None:
        self._asked: dict[str, dict[str, object]] = {}
        self._mask_asked = 0
        self.is_version_rolling = False
        self.version_mask = 0

    def ask(
        self, *, version_mask: int, minimum_difficulty: Difficulty | None, is_extranonce_wanted: bool
    ) -> list[object]:
        """Return the params of `mining.configure`. Raises UseError at a second time, or with nothing to ask for."""
        asked: dict[str, dict[str, object]] = {}
        if version_mask:
            asked[VERSION_ROLLING] = {"mask": word_hex(version_mask), "min-bit-count": 2}
        if minimum_difficulty is not None:
            asked[MINIMUM_DIFFICULTY] = {"value": wire_number(minimum_difficulty)}
        if is_extranonce_wanted:
            asked[SUBSCRIBE_EXTRANONCE] = {}
        if not asked or self._asked:
            raise UseError("A connection is configured once, with something to ask for")
        self._asked, self._mask_asked = asked, version_mask
        return [list(asked), {f"{name}.{key}": value for name, row in asked.items() for key, value in row.items()}]

    def answered(self, message: dict[str, object]) -> Configured:
        """Read the answer to `mining.configure`."""
        error, result = error_of(message), message.get("result")
        options = options_of(result, self._asked)
        if error is not None or not options:
            options = dict.fromkeys(self._asked, error.message if error else "refused")
        granted = frozenset(name for name, answer in options.items() if answer is True)
        if VERSION_ROLLING in granted and isinstance(result, dict):
            self.is_version_rolling = True
            self.version_mask = (version_mask_of(result.get("version-rolling.mask")) or 0) & self._mask_asked
        refused = tuple((name, answer) for name, answer in options.items() if isinstance(answer, str))
        return Configured(granted, refused, self.version_mask)

    def set_version_mask(self, params: object) -> Event:
        """Take `mining.set_version_mask` [mask], valid at once. Raises MessageError for what is no mask."""
        mask = version_mask_of(params[0] if isinstance(params, list) and params else None)
        if not self.is_version_rolling:
            return Ignored("The server set a version mask that was not asked for", b"")
        if mask is None:
            raise MessageError("The server set a version mask that is not hex")
        self.version_mask = mask & self._mask_asked
        return VersionMaskSet(self.version_mask)

    def submitted_bits(self, job: V1Job, version_bits: int | None) -> str | None:
        """Return the sixth parameter of a submit, None without version rolling; by default the job's own bits.

        Raises UseError for bits that are not ours.
        """
        if not self.is_version_rolling:
            if version_bits:
                raise UseError("The pool has not granted version rolling", next_step="Do not send the share.")
            return None
        bits = job.version & self.version_mask if version_bits is None else version_bits
        header_version(job.version, version_bits=bits, version_mask=self.version_mask)
        return word_hex(bits)

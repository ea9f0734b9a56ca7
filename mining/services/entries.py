"""Reads what a person entered into a field: the sentences that go beside it. No rows; the readers of the keys judge."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from mining.addresses import looks_like_secret
from mining.configuration.cores import Machine
from mining.configuration.problem import SecretProblem, ValueProblem, shown
from mining.configuration.values import Context, Reader
from mining.services.errors import InvalidError

SECRET_SENTENCE = (
    "This looks like a private key or a seed phrase, so it was neither kept nor shown. Nobody but you may ever see it: "
    "if others can read the place you took it from, move the funds to a new wallet. Enter the public address only."
)
_CONTEXT = Context(Path(), Machine(frozenset(), frozenset()))


class Entries:
    """Collects what is wrong with each field, so that a person sees all of it at once."""

    def __init__(self) -> None:
        self._fields: dict[str, list[str]] = defaultdict(list)

    def wrong(self, field: str, sentence: str) -> None:
        """Note a sentence beside a field, "" for all of them together."""
        self._fields[field].append(sentence)

    def is_fine(self, *fields: str) -> bool:
        """Whether nothing was noted beside these fields."""
        return not any(field in self._fields for field in fields)

    @property
    def is_all_fine(self) -> bool:
        """Whether nothing was noted at all."""
        return not self._fields

    def check(self, thing: str) -> None:
        """Raise InvalidError if anything was noted; `thing` begins its message: "The wallet was not saved"."""
        if not self._fields:
            return
        sentences = [sentence for each in self._fields.values() for sentence in each]
        code = "secret_refused" if SECRET_SENTENCE in sentences else None
        raise InvalidError(self._fields, f"{thing}: {' '.join(sentences)}", code=code)

    def name(self, text: str, *, most: int = 64, field: str = "name") -> str:
        """A name: one printable line that is not empty and no secret."""
        clean = self.line(text, most=most, field=field)
        if not clean and self.is_fine(field):
            self.wrong(field, "Enter a name.")
        return clean

    def line(self, text: str, *, most: int, field: str) -> str:
        """One printable line of at most `most` characters that is no secret, without blanks around it."""
        clean = text.strip()
        if looks_like_secret(clean):
            self.wrong(field, SECRET_SENTENCE)
        elif not clean.isprintable():
            self.wrong(field, "Use one line of printable characters.")
        elif len(clean) > most:
            self.wrong(field, f"This has {len(clean)} characters. Use at most {most}.")
        return clean

    def read(self, text: str, reader: Reader, *, field: str) -> object:
        """What a reader of configuration values makes of `text`; None when it is wrong."""
        try:
            return reader(text, _CONTEXT)
        except ValueProblem as problem:
            self.wrong(field, sentence_of(text, problem))
        return None


def sentence_of(text: str, problem: ValueProblem) -> str:
    """The sentence of a bad value, for the place beside its field."""
    safe = problem.shown_as if isinstance(problem, SecretProblem) else text
    return f"{shown(safe) if safe else 'This'} {problem.why}. {problem.next_step}".strip()

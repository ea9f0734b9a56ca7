"""`import-xmrig FILE`: take pools and wallets over from an xmrig config.json."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path

from mining.configuration.xmrig_config import MOST_BYTES
from mining.errors import ConfigurationError
from mining.management.rows_command import Answer, Options, RowsCommand, add_common
from mining.program import program_name
from mining.services.actors import COMMAND_LINE
from mining.services.xmrig_import import ImportReport, xmrig_import

_OPTIONS = {
    "WORKER": "--worker",
    "CORES": "--cores",
    "THREADS": "--threads",
    "MODE": "--mode",
    "HUGE_PAGES": "--huge-pages",
}


class Command(RowsCommand):
    """The import of a configuration of xmrig."""

    help = "Take pools and wallets over from an xmrig config.json, and say what became of each line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file."""
        parser.add_argument("file", metavar="FILE", help="the config.json")
        parser.add_argument("--dry-run", action="store_true", help="say what would become of it, and keep nothing")
        add_common(parser)

    def act(self, options: Options) -> Answer:
        """Read the file and take it over. Raises ConfigurationError when it cannot be read."""
        path = Path(options["file"]).expanduser()
        report = xmrig_import(COMMAND_LINE, _text(path), is_dry_run=options["dry_run"])
        return Answer(
            asdict(report) | {"is_dry_run": options["dry_run"]}, _lines(report, is_dry_run=options["dry_run"])
        )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"The file {path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"The file {path} is not text in UTF-8") from None
    if len(content) > MOST_BYTES:
        raise ConfigurationError(f"The file {path} is larger than {MOST_BYTES >> 20} MB, so it is no config.json")
    return text


def _lines(report: ImportReport, *, is_dry_run: bool) -> list[str]:
    lines = [f"{'+' if step.is_taken else '-'} {step.source} {step.sentence}" for step in report.steps]
    if is_dry_run:
        return [*lines, "This was a trial: nothing was kept."]
    if not report.pools:
        return [*lines, "There is no pool in it that could be taken over."]
    return [*lines, f"Next: {_plan_command(report)}"]


def _plan_command(report: ImportReport) -> str:
    words = [program_name(), "plan", "apply"]
    words += [word for name in report.wallets[:1] for word in ("--wallet", name)]
    words += [word for name in report.pools for word in ("--pool", name)]
    words += [
        word for key, option in _OPTIONS.items() if key in report.settings for word in (option, report.settings[key])
    ]
    return shlex.join(words)

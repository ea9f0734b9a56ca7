"""Where the home folder and the configuration file are. Reads only whether files exist."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mining.configuration import env_file
from mining.configuration.keys import FILE_NAME
from mining.errors import ConfigurationError
from mining.program import checkout_folder, program_name


def default_home(environ: Mapping[str, str] | None = None, checkout: Path | None = None) -> Path:
    """`var/` in a checkout, else minerconsole/ in the user's data folder (XDG)."""
    folder = checkout or checkout_folder()
    if folder is not None:
        return folder / "var"
    variables = os.environ if environ is None else environ
    data = variables.get("XDG_DATA_HOME") or ""
    root = Path(data) if Path(data).is_absolute() else Path.home() / ".local" / "share"
    return root / "minerconsole"


def find_config(
    config: str | None, home: str | None, environ: Mapping[str, str], *, checkout: Path | None = None
) -> Path | None:
    """Return the configuration file to read, or None: --config, else that of the home, else that of the checkout."""
    if config is not None:
        path = Path(config).expanduser()
        if not path.is_file():
            raise ConfigurationError(
                f"The configuration file {config} does not exist",
                next_step=f"Name an existing file, or make one with {program_name()} config init --config {config}.",
                code="config_missing",
            )
        return path
    candidates = [_given_home(home, environ, checkout) / FILE_NAME]
    folder = checkout or checkout_folder()
    if folder is not None:
        candidates.append(folder / FILE_NAME)
    return next((path for path in candidates if path.is_file()), None)


def config_to_write(
    config: str | None, home: str | None, environ: Mapping[str, str], *, checkout: Path | None = None
) -> Path:
    """Return the file that an edit changes: the one in use, else the one to be made in the home."""
    if config is not None:
        return Path(config).expanduser()
    found = find_config(None, home, environ, checkout=checkout)
    return found or _given_home(home, environ, checkout) / FILE_NAME


def find_home(home: str | None, environ: Mapping[str, str], config: str | None = None) -> Path:
    """Return the home folder for commands that need nothing else (status, stop, logs): --home, environment, file."""
    if home or environ.get("MINERCONSOLE_HOME"):
        return _given_home(home, environ, None).resolve()
    path = find_config(config, home, environ)
    if path is not None:
        for entry in env_file.parse(env_file.read_text(path), path.name).entries:
            if entry.key == "HOME" and entry.value:
                return (path.parent / Path(entry.value).expanduser()).resolve()
    return default_home(environ).resolve()


def _given_home(home: str | None, environ: Mapping[str, str], checkout: Path | None) -> Path:
    text = home or environ.get("MINERCONSOLE_HOME") or ""
    return Path(text).expanduser() if text else default_home(environ, checkout)

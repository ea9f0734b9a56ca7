"""The Node's ULID in HOME/node_id: made once, the same for every process that asks, whoever comes first."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from mining.engine.ulid import new_ulid

LENGTH = 26


def node_id_of(home: Path) -> str:
    """Return the ULID of the Node of `home`, made at the first call. Raises OSError when the home cannot be used."""
    path = home / "node_id"
    found = _read(path)
    if found is not None and len(found) == LENGTH:
        return found
    _offer(path, is_broken=found is not None)
    return _read(path) or ""


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None


def _offer(path: Path, *, is_broken: bool) -> None:
    """Put a new ULID there whole, unless another process was first; a file that was cut short is replaced."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f"node_id.{os.getpid()}.{secrets.token_hex(4)}")
    temporary.write_text(f"{new_ulid()}\n", encoding="ascii")
    if is_broken:
        os.replace(temporary, path)
        return
    try:
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        temporary.unlink()

"""Where the database is, found without reading the whole configuration: looking at it should start at once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

# The name used where `state:` is not set.
DEFAULT_STATE = "monitor.db"


def state_path(config: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """The database that a configuration names. A relative path is taken from systemd's state directory where there is
    one, else from the configuration's folder. Raises FileErrors where the configuration cannot be read."""
    try:
        text = config.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        text = ""
    plain = re.search(r"^state:[ \t]*([^\s#'\"&*!|>{\[][^#\n]*?)[ \t]*(?:#.*)?$", text, re.MULTILINE)
    name = (
        plain[1]
        if plain
        else _by_parser(config)
        if not text or re.search(r"^['\"]?state", text, re.M)
        else DEFAULT_STATE
    )
    return resolve_state(name, config.absolute().parent, environment)


def resolve_state(name: str, base: Path, environment: Mapping[str, str]) -> Path:
    """The database's path from its name in the configuration."""
    return Path(environment.get("STATE_DIRECTORY") or base) / name


def _by_parser(config: Path) -> str:
    from ..yamlfile import read_mapping

    return str(read_mapping(config).get("state", DEFAULT_STATE))

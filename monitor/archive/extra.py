"""The packages of the extra `cluster`, asked for where they are needed: nobody else has to have them."""

from __future__ import annotations

from importlib.util import find_spec

from ..yamlfile import FileError, FileErrors


def require(*packages: str) -> None:
    """Raise FileErrors that say what to install, where one of these packages is not."""
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        mend = "Run `pip install 'monitor[cluster]'`"
        raise FileErrors([FileError("archives", f"need {' and '.join(missing)}, not installed", mend)])

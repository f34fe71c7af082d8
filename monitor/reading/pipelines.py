"""Which spaCy pipeline is installed, asked without loading it."""

from __future__ import annotations

from importlib.util import find_spec

from .read import MissingModel


def require_model(name: str) -> None:
    """Raise MissingModel, which says what to install, unless the pipeline `name` can be loaded."""
    try:
        found = find_spec(name)
    except (ImportError, ValueError):
        found = None
    if found is None:
        package = name.replace("_", "-")
        raise MissingModel(
            f"the spaCy pipeline `{name}` is not installed: run `pip install {package}`, or change `model:`"
        )

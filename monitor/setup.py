"""`monitor init`: an annotated configuration, the watchlists and a feed list, for a person to edit."""

from __future__ import annotations

import shutil
from pathlib import Path

from .shipped import example_config, watchlists_dir


def write_setup(folder: Path) -> list[str]:
    """Write what is missing into `folder`; returns a line for each file, for the person to read."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [_copy(example_config(), folder / "monitor.yaml")]
    source = watchlists_dir()
    for path in sorted([*source.glob("*.yaml"), *(source / "feeds").glob("*.yaml")]):
        lines.append(_copy(path, folder / "watchlists" / path.relative_to(source)))
    config = folder / "monitor.yaml"
    lines.append("")
    lines.append(
        f"Next: put your contact and a channel into {config}, then `monitor --config {config} check --notify`."
    )
    return lines


def _copy(source: Path, target: Path) -> str:
    if target.exists():
        return f"kept    {target} (already there)"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return f"wrote   {target}"

"""With what an archive was read: versions of rules, model and watchlists, so that results of two kinds never mix."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .. import __version__
from ..watchlists import Watchlist
from ..yamlfile import FileError, FileErrors

_PACKAGE = Path(__file__).parents[1]
# The rooms whose code and data decide what is found, read and grouped.
_ROOMS = ("reading", "events", "stories")
# What of a watchlist decides what is found; its rules and routes may differ between two looks at one result.
_MATCHED = {"id", "names", "people", "titles", "related", "not_"}

Stamp = dict[str, str]


def stamp_of(watchlists: Sequence[Watchlist], model: str) -> Stamp:
    """The versions behind a reading by these watchlists with this spaCy pipeline, each a short text."""
    return {**_engine(model), "watchlists": watchlists_version(watchlists)}


def watchlists_version(watchlists: Sequence[Watchlist]) -> str:
    """`id@version` of each watchlist, by id; the version is of what it looks for."""
    found = []
    for watchlist in sorted(watchlists, key=lambda each: each.id):
        plain = watchlist.model_dump_json(include=_MATCHED)
        found.append(f"{watchlist.id}@{blake2b(plain.encode(), digest_size=4).hexdigest()}")
    return " ".join(found)


@cache
def _engine(model: str) -> Stamp:
    rules, weights = blake2b(digest_size=6), blake2b(digest_size=6)
    for room in _ROOMS:
        for path in sorted((_PACKAGE / room).rglob("*")):
            if not path.is_file() or "__pycache__" in path.parts:
                continue
            into = weights if "weights" in path.parts else rules
            into.update(str(path.relative_to(_PACKAGE)).encode() + b"\0" + path.read_bytes())
    package = model.replace("_", "-")
    try:
        model_version = version(package)
    except PackageNotFoundError:
        model_version = "?"
    return {
        "monitor": __version__,
        "lexicon": rules.hexdigest(),
        "encoder": weights.hexdigest(),
        "model": f"{model} {model_version}",
    }


def refuse_mixed(found: Mapping[str, str], expected: Mapping[str, str], where: str, mend: str) -> None:
    """Raise FileErrors, which names what differs, unless two stamps are the same."""
    keys = sorted(set(found) | set(expected))
    differences = [
        f"{key} {found.get(key, 'none')} against {expected.get(key, 'none')}"
        for key in keys
        if found.get(key) != expected.get(key)
    ]
    if differences:
        problem = f"read with other versions: {'; '.join(differences)}"
        raise FileErrors([FileError(where, problem, mend)])


def to_line(stamp: Mapping[str, str]) -> str:
    """A stamp as it is written on files."""
    return json.dumps(dict(sorted(stamp.items())), ensure_ascii=False)

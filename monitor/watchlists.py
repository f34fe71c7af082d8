"""watchlists/*.yaml -> Watchlist: names, related phrases, context, exclusions, and when to tell."""

from __future__ import annotations

import itertools
import math
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from .yamlfile import FileError, FileErrors, line_of, read_mapping, validate

# Periods in which a user may count false shifts, in days.
_PERIOD_DAYS = {"month": 30.0, "quarter": 91.25, "year": 365.0}


# Phrases one line of a watchlist may stand for.
MAX_CHOICES = 400


def _choices(text: str) -> tuple[str, ...]:
    parts = [
        part[1:-1].split("|") if part.startswith("(") else [part] for part in re.split(r"(\([^()]*\|[^()]*\))", text)
    ]
    if math.prod(len(part) for part in parts) > MAX_CHOICES:
        return ("",) * (MAX_CHOICES + 1)
    return tuple(dict.fromkeys(" ".join("".join(words).split()) for words in itertools.product(*parts)))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Term(_Strict):
    """A name or phrase to find. `(a|b)` in the text stands for a choice of words: `(head|chief) of the Quds Force`.

    `near`: the term counts only within a sentence or two of one of these words. `since`: only in stories
    published on or after this day. `unless`: not where one of these words stands beside it (another name
    attached to an office). `without`: not in stories with one of these words (the field of a namesake).
    """

    text: str = Field(min_length=1)
    near: tuple[str, ...] = ()
    since: date | None = None
    unless: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @field_validator("text")
    @classmethod
    def _has_letters(cls, text: str) -> str:
        if not re.search(r"\w", text):
            raise ValueError("a name needs at least one letter -> Write the name, or delete the line")
        if len(_choices(text)) > MAX_CHOICES:
            raise ValueError(f"stands for more than {MAX_CHOICES} phrases -> Split it into several lines")
        return text.strip()

    @property
    def phrases(self) -> tuple[str, ...]:
        """Every phrase the text stands for, its choices written out."""
        return _choices(self.text)


def _as_term(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


Terms = tuple[Annotated[Term, BeforeValidator(_as_term)], ...]


class SignalRule(_Strict):
    """When one event is told at once: least strength, least number of independent sources; `confidence` is the bar."""

    strength: int = Field(default=2, ge=1, le=3)
    sources: int = Field(default=1, ge=1)
    confidence: float = Field(default=0.5, ge=0, le=1)


class ShiftRule(_Strict):
    """How many false shifts the user accepts. `false_alarms` reads `1 per quarter`."""

    false_alarms: str = "1 per quarter"

    @field_validator("false_alarms")
    @classmethod
    def _parses(cls, text: str) -> str:
        if not re.fullmatch(r"(\d+(\.\d+)?|\.\d+) per (month|quarter|year)", text.strip()):
            raise ValueError(f"cannot read {text!r} -> Write a number `per month`, `per quarter` or `per year`")
        return text.strip()

    @property
    def per_quarter(self) -> float:
        """False shifts accepted per quarter (91.25 days)."""
        number, period = re.split(r" per ", self.false_alarms)
        return float(number) * _PERIOD_DAYS["quarter"] / _PERIOD_DAYS[period]


class Watchlist(_Strict):
    """An actor or subject to follow. `names`, `people` and `titles` are direct mentions, `related` only described."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str = Field(min_length=1)
    names: Terms = Field(min_length=1)
    people: Terms = ()
    titles: Terms = ()
    related: Terms = ()
    not_: tuple[str, ...] = Field(default=(), alias="not")
    languages: tuple[str, ...] = ("en", "ar", "fa")
    signal: SignalRule = SignalRule()
    related_signal: SignalRule = SignalRule(strength=3, sources=2)
    shift: ShiftRule = ShiftRule()
    routes: tuple[str, ...] = ()


def read_watchlist(path: Path) -> Watchlist:
    """One watchlist file; FileErrors names every fault in it."""
    return validate(Watchlist, read_mapping(path), str(path))


def read_watchlists(folder: Path) -> list[Watchlist]:
    """All `*.yaml` of a folder (not of its subfolders), by id; FileErrors names every fault of every file."""
    if not folder.is_dir():
        raise FileErrors([FileError(str(folder), "no such folder", "Set `watchlists:` to a folder of YAML files")])
    found: dict[str, tuple[Path, Watchlist]] = {}
    errors: list[FileError] = []
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        try:
            watchlist = read_watchlist(path)
        except FileErrors as error:
            errors += error.errors
            continue
        if watchlist.id in found:
            other = found[watchlist.id][0]
            line = line_of(read_mapping(path), ("id",))
            problem = f"`{watchlist.id}` is already the id of {other}"
            errors.append(FileError(str(path), problem, "Give one of them another id", line, "id"))
        else:
            found[watchlist.id] = (path, watchlist)
    if not found and not errors:
        errors.append(FileError(str(folder), "no watchlist in this folder", "Put at least one `*.yaml` there"))
    if errors:
        raise FileErrors(errors)
    return [watchlist for _, watchlist in sorted(found.values(), key=lambda pair: pair[1].id)]

"""The numbers a story turns on: tolls, counts and ordinals, each with what it counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from ..reading.context import normal
from ..yamlfile import read_data

Kind = Literal["toll", "ordinal", "count"]

# How many words behind a number may name what it counts dead or hurt: "three American soldiers were killed".
_TOLL_REACH = 5
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)$")


@dataclass(frozen=True, slots=True)
class Number:
    """A number and what it counts: for tolls `dead` or `hurt`, else the word behind it."""

    kind: Kind
    of: str
    value: int


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    raw: dict[str, Any] = read_data(Path(__file__).parent / "data" / "numbers.yaml")
    return {
        "cardinals": {normal(str(word)).strip(): int(value) for word, value in raw["cardinals"].items()},
        "ordinals": {normal(str(word)).strip(): int(value) for word, value in raw["ordinals"].items()},
        "dead": tuple(normal(word).strip() for word in raw["dead"]),
        "hurt": tuple(normal(word).strip() for word in raw["hurt"]),
        "idle": frozenset(normal(word).strip() for word in raw["idle"]),
    }


def numbers_in(text: str) -> frozenset[Number]:
    """The numbers of a headline and lede that tell one happening from another."""
    known = _words()
    words = normal(text).translate(_DIGITS).split()
    found = set()
    for at, word in enumerate(words):
        behind = words[at + 1 : at + 1 + _TOLL_REACH]
        if ordinal := _ORDINAL.match(word):
            found |= _counted("ordinal", int(ordinal[1]), behind)
        elif word in known["ordinals"]:
            found |= _counted("ordinal", known["ordinals"][word], behind)
        elif word in known["cardinals"] or (word.isdecimal() and len(word) < 7):
            value = known["cardinals"].get(word) or int(word)
            if 1900 <= value <= 2100:
                continue
            toll = _toll(words[max(0, at - 2) : at], behind)
            found |= {Number("toll", toll, value)} if toll else _counted("count", value, behind)
    return frozenset(found)


def _toll(before: list[str], behind: list[str]) -> str | None:
    known = _words()
    for kind in ("dead", "hurt"):
        for word in (*before, *behind):
            if word.startswith(known[kind]):
                return kind
            if word in known["cardinals"] and word in behind:
                break
    return None


def _counted(kind: Kind, value: int, behind: list[str]) -> set[Number]:
    known = _words()
    unit = next((word for word in behind[:2] if word not in known["idle"] and not word.isdecimal()), None)
    return {Number(kind, unit.removesuffix("s"), value)} if unit and len(unit) > 2 else set()


def contradiction(earlier: frozenset[Number], later: frozenset[Number], same_day: bool) -> str | None:
    """What the numbers of two stories contradict each other in, or None.

    A toll may grow within a day, as retellings do; it never shrinks. Other counts and ordinals must be the same.
    """
    for kind, of in sorted({(one.kind, one.of) for one in earlier} & {(one.kind, one.of) for one in later}):
        before = {one.value for one in earlier if (one.kind, one.of) == (kind, of)}
        after = {one.value for one in later if (one.kind, one.of) == (kind, of)}
        if before & after:
            continue
        if kind == "toll" and same_day and max(after) > max(before):
            continue
        return f"{of}: {min(before)} there, {min(after)} here"
    return None

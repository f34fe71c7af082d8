"""YAML by libyaml, some thirty times faster than the reader in Python: for what both read alike, and only that.

A list of 1,000 feeds took two seconds of every start. Where a text holds anything on which YAML's versions or the two
readers might differ (tags, merge keys, numbers in unusual forms, a key given twice, any error), `load` returns None, and
the slower reader has the last word.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

_INTEGER = re.compile(r"0|[-+]?[1-9][0-9]{0,17}")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Plain scalars that may be something else than text in one version of YAML or another.
_DOUBTFUL = re.compile(
    r"[-+]?0[xXoObB].*|[-+.]*[0-9_.]+(?:[eE][-+]?[0-9]*)?|(?=.*[0-9])[-+0-9:.,_TtZz ]+|[-+]?\.(?:inf|nan)|<<|=",
    re.IGNORECASE,
)
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = ("", "~", "null", "Null", "NULL")


class Place:
    """Where the parts of a mapping or sequence stand, as (line, column), counted from 0."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.places: dict[Any, tuple[int, int]] = {}

    def key(self, key: Any) -> tuple[int, int]:
        """Where a key stands."""
        return self.places[key]

    def item(self, index: int) -> tuple[int, int]:
        """Where an item stands."""
        return self.places[index]


class Mapping(dict[Any, Any]):
    """A mapping that knows its lines."""

    lc: Place


class Sequence(list[Any]):
    """A sequence that knows its lines."""

    lc: Place


class _Doubt(Exception):
    """Here the readers might differ."""


def load(text: str) -> Any:
    """The document, with line numbers on its mappings and sequences; None where only the slower reader can tell."""
    import yaml

    try:
        events = yaml.parse(text, Loader=yaml.CLoader)
        return _document(yaml, iter(events))
    except (yaml.YAMLError, _Doubt, AttributeError, KeyError, StopIteration, RecursionError, ValueError):
        return None


def _document(yaml: Any, events: Any) -> Any:
    start = next(events), next(events)
    if start[1].version or start[1].tags:
        raise _Doubt
    data = _Reader(yaml, events).value(next(events))
    if not isinstance(next(events), yaml.DocumentEndEvent) or not isinstance(next(events), yaml.StreamEndEvent):
        raise _Doubt
    return data


class _Reader:
    """Events -> data."""

    def __init__(self, yaml: Any, events: Any) -> None:
        self._yaml, self._events = yaml, events
        self._anchors: dict[str, Any] = {}

    def value(self, event: Any) -> Any:
        """The value that begins with this event."""
        if isinstance(event, self._yaml.AliasEvent):
            return self._anchors[event.anchor]
        if event.tag is not None:
            raise _Doubt
        if isinstance(event, self._yaml.ScalarEvent):
            found = _scalar(event.value) if event.implicit[0] else event.value
        elif isinstance(event, self._yaml.SequenceStartEvent):
            found = self._sequence(event)
        else:
            found = self._mapping(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = found
        return found

    def _sequence(self, event: Any) -> Sequence:
        items = Sequence()
        items.lc = Place(event.start_mark.line)
        while not isinstance(inner := next(self._events), self._yaml.SequenceEndEvent):
            items.lc.places[len(items)] = inner.start_mark.line, inner.start_mark.column
            items.append(self.value(inner))
        return items

    def _mapping(self, event: Any) -> Mapping:
        found = Mapping()
        found.lc = Place(event.start_mark.line)
        while not isinstance(inner := next(self._events), self._yaml.MappingEndEvent):
            key = self.value(inner)
            if isinstance(key, (dict, list)) or key in found:
                raise _Doubt
            found.lc.places[key] = inner.start_mark.line, inner.start_mark.column
            found[key] = self.value(next(self._events))
        return found


def _scalar(text: str) -> Any:
    """A plain scalar as YAML 1.2 takes it."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if not _DOUBTFUL.fullmatch(text):
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _DATE.fullmatch(text):
        return date.fromisoformat(text)
    raise _Doubt

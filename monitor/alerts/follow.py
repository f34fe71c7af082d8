"""The alerts for other tools: an Atom feed for readers, and JSON lines for programs. Pure; feed text is never trusted.

One object a line in `alerts.jsonl`, the oldest first, each with these keys:

- `id` of the alert (for `monitor explain` and `monitor label`); `thread`, shared by all that was told on one event;
- `time` (UTC, ISO 8601) and `kind`: signal, shift, declared, contested, retraction, volume, health;
- `watchlist`, the leading one ("" in a health alert), and `watchlists`, the ids of all;
- `direction`: escalation, de-escalation, none; `strength`: 1 to 3; `title`;
- `source`, `link`, `published` of the story that it is about, null where it is about several;
- `evidence`, the words that decided, or null; `numbers` of a shift, or null; `onset` of a shift, or null;
- `event`, its number, or null; `update_of`, the id of the alert that it adds to, or null;
- `stories`: list of `{"source", "title", "link"}`; `lines`: what a health alert says, else empty.

A digest repeats alerts that are listed by themselves, so neither form has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree import ElementTree

from ..clock import to_text
from ..reading.records import MARKS
from .subject import is_rtl, one_line, subject
from .writing import safe_link

# What a feed reader gets at most, and what it can take in any case.
MOST_ENTRIES = 100
_ATOM = "http://www.w3.org/2005/Atom"
# Characters that no XML document may hold.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_json(payload: dict[str, Any]) -> dict[str, Any]:
    """An alert as a line of `alerts.jsonl` has it."""
    evidence, update = payload.get("evidence"), payload.get("update")
    return {
        "id": payload["id"],
        "time": payload["at"],
        "kind": payload["kind"],
        "watchlist": payload["watchlist"],
        "watchlists": [each["id"] for each in payload["watchlists"]],
        "direction": payload["direction"],
        "strength": payload["strength"],
        "title": payload["title"],
        "source": payload.get("owner"),
        "link": payload.get("link"),
        "published": payload.get("published"),
        "evidence": evidence["text"] if evidence else None,
        "numbers": payload.get("numbers"),
        "onset": payload.get("onset"),
        "event": payload["event_id"],
        "update_of": update["of"] if update else None,
        "stories": [
            {"source": each.get("owner", ""), "title": each.get("title", ""), "link": each.get("link", "")}
            for each in _stories(payload)
        ],
        "lines": list(payload.get("lines") or ()),
        "thread": payload["thread"],
    }


def as_lines(payloads: Iterable[dict[str, Any]]) -> Iterable[str]:
    """One line for each alert, with its end."""
    for payload in payloads:
        yield json.dumps(as_json(payload), ensure_ascii=False) + "\n"


def atom(payloads: Sequence[dict[str, Any]], contact: str, now: datetime) -> bytes:
    """The Atom feed (RFC 4287) of alerts, the newest first; `contact` says whose monitor it is: its id comes from that.

    An alert's id in the feed stays the same for good, and is another one in another monitor's feed.
    """
    whose = uuid5(NAMESPACE_URL, f"monitor:{contact}")
    feed = ElementTree.Element("feed", xmlns=_ATOM)
    _add(feed, "id", whose.urn)
    _add(feed, "title", "monitor: alerts")
    _add(feed, "updated", max((payload["at"] for payload in payloads), default=to_text(now)))
    _add(_add(feed, "author"), "name", "monitor")
    _add(feed, "generator", "monitor")
    for payload in payloads:
        _entry(feed, payload, whose)
    ElementTree.indent(feed)
    found: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return found + b"\n"


def _entry(feed: ElementTree.Element, payload: dict[str, Any], whose: UUID) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", uuid5(whose, payload["id"]).urn)
    _add(entry, "title", subject(payload))
    _add(entry, "updated", payload["at"])
    _add(entry, "published", payload["at"])
    for term in (payload["kind"], payload["direction"], *(each["id"] for each in payload["watchlists"])):
        _add(entry, "category", term=term)
    links = list(dict.fromkeys(_web(each) for each in (payload, *_stories(payload)) if _web(each)))
    for place, link in enumerate(links):
        _add(entry, "link", rel="related" if place else "alternate", href=link)
    _add(entry, "content", _page(payload), type="html")


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    clean = {key: _NOT_XML.sub(" ", value) for key, value in attributes.items()}
    child = ElementTree.SubElement(parent, name, clean)
    child.text = _NOT_XML.sub(" ", text) or None
    return child


def _page(payload: dict[str, Any]) -> str:
    """What an entry shows, as a piece of HTML with every word of a feed escaped."""
    names = ", ".join(each["name"] for each in payload["watchlists"])
    head = f"{MARKS[payload['direction']]} {payload['kind']}: {payload['direction']}"
    head = "The monitor about itself" if payload["kind"] == "health" else head
    parts = [f"<p>{escape(head)}"]
    if names:
        parts.append(escape(f", strength {payload['strength']} of 3, {names}"))
    parts.append("</p>")
    evidence = payload.get("evidence")
    if evidence:
        before, text, after = (escape(evidence[part]) for part in ("before", "text", "after"))
        quoted = evidence["before"] + evidence["text"]
        parts.append(f'<blockquote dir="{_way(quoted)}">{before}<strong>{text}</strong>{after}</blockquote>')
    update = payload.get("update")
    if update:
        parts.append(f"<p>{escape(update['what'])}</p>")
    if payload.get("onset"):
        parts.append(f"<p>It began about {escape(payload['onset'])}.</p>")
    parts += [f"<p>{escape(one_line(line, 1000))}</p>" for line in (*(payload.get("lines") or ()), payload.get("mend"))
              if line]  # fmt: skip
    stories = _stories(payload)
    if stories:
        parts.append(f"<ul>{''.join(map(_item, stories))}</ul>")
    if payload["kind"] != "health":
        parts.append(f"<p><code>monitor explain {escape(payload['id'])}</code></p>")
    return "".join(parts)


def _item(story: dict[str, Any]) -> str:
    title = one_line(story.get("title", ""), 300)
    shown = f'<span dir="{_way(title)}">{escape(title)}</span>'
    link = _web(story)
    shown = f'<a href="{escape(link)}">{shown}</a>' if link else shown
    return f"<li>{shown} ({escape(one_line(story.get('owner', ''), 100))})</li>"


def _stories(payload: dict[str, Any]) -> list[dict[str, Any]]:
    return list(payload.get("sources") or payload.get("stories") or ())


def _web(story: dict[str, Any]) -> str:
    """A story's link where a reader may follow it, else nothing."""
    link = safe_link(story.get("link"))
    try:
        return link if link and urlsplit(link).hostname and not _NOT_XML.search(link) else ""
    except ValueError:
        return ""


def _way(text: str) -> str:
    return "rtl" if is_rtl(text) else "ltr"

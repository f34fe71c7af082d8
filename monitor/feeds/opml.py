"""Lists of feeds as other readers keep them (OPML): read and written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from . import charset, repair

# More feeds than this in one list are a mistake or an attack.
_MOST_FEEDS = 20_000


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list. `folder` is the path of headings above it, joined by `/`."""

    url: str
    title: str = ""
    site: str = ""
    folder: str = ""


class OpmlError(ValueError):
    """A list that cannot be read: what is wrong, and where."""


def read_opml(data: bytes) -> tuple[list[Outline], list[str]]:
    """The feeds of an OPML file, each address once, and what was left out and why. OpmlError if it is none."""
    text, _ = charset.to_text(data, None)
    text, _ = repair.defuse(text)
    text, _ = repair.repair(text)
    feeds: dict[str, Outline] = {}
    problems: list[str] = []
    headings: list[str] = []
    seen_root = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal seen_root
        seen_root = seen_root or name.lower() == "opml"
        if name.lower() != "outline":
            return
        have = {key.lower(): value.strip() for key, value in attributes.items()}
        title = have.get("title") or have.get("text") or ""
        url = have.get("xmlurl", "")
        headings.append("" if url else title)
        if not url:
            return
        if not url.startswith(("http://", "https://")):
            problems.append(f"line {parser.CurrentLineNumber}: {url[:80]!r} is neither http nor https")
        elif url in feeds:
            problems.append(f"line {parser.CurrentLineNumber}: {url[:80]} is listed twice")
        elif len(feeds) >= _MOST_FEEDS:
            raise OpmlError(f"more than {_MOST_FEEDS:,} feeds in one list")
        else:
            folder = "/".join(heading for heading in headings if heading)
            feeds[url] = Outline(url, title, have.get("htmlurl", ""), folder)

    def end(name: str) -> None:
        if name.lower() == "outline" and headings:
            headings.pop()

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        if not feeds:
            raise OpmlError(f"not readable as OPML ({error})") from error
        problems.append(f"the list breaks off ({error}); {len(feeds)} feeds were read before")
    if not seen_root:
        raise OpmlError("not an OPML file: there is no <opml> in it")
    return list(feeds.values()), problems


def write_opml(feeds: Iterable[Outline], title: str = "Feeds of monitor") -> str:
    """An OPML 2.0 document of the feeds, grouped by folder."""
    folders: dict[str, list[Outline]] = {}
    for feed in feeds:
        folders.setdefault(feed.folder, []).append(feed)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">', "  <head>"]
    lines += [f"    <title>{title.replace('&', '&amp;').replace('<', '&lt;')}</title>", "  </head>", "  <body>"]
    for folder, members in sorted(folders.items()):
        indent = "    "
        if folder:
            lines.append(f"    <outline text={quoteattr(folder)}>")
            indent = "      "
        for feed in members:
            name = quoteattr(feed.title or feed.url)
            site = f" htmlUrl={quoteattr(feed.site)}" if feed.site else ""
            lines.append(f'{indent}<outline type="rss" text={name} title={name} xmlUrl={quoteattr(feed.url)}{site}/>')
        if folder:
            lines.append("    </outline>")
    lines += ["  </body>", "</opml>", ""]
    return "\n".join(lines)

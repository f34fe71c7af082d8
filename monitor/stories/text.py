"""Markup of a feed's title, summary or content -> clean text: no tags, entities, link lines or hidden characters.

Linear in its input and bounded in its output, because the input is a stranger's. Paragraphs become lines.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache
from importlib.resources import files

# Bounds of the clean text, in characters; longer input is cut at a word.
MAX_TITLE = 500
MAX_SUMMARY = 10_000
MAX_BODY = 100_000
# Markup beyond this multiple of the bound is not even looked at.
_MARKUP_FACTOR = 8
# A tag longer than this is not a tag.
_MAX_TAG = 4096

_TAG_START = re.compile(r"<(?=[a-zA-Z/!?])")
_TAG_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9:_-]{0,40})")
_LOOKS_LIKE_MARKUP = re.compile(
    r"</?(?:p|br|b|i|a|em|strong|div|span|img|ul|ol|li|h[1-6]|blockquote|figure|table|iframe|script|style)\b[^<]{0,2000}>"
    r"|&(?:#x?[0-9a-fA-F]{1,7}|nbsp|amp|quot|lt|gt|apos|[lr]s?[da]quo|[mn]dash|hellip);",
    re.IGNORECASE,
)
_DROPPED = frozenset(
    ("script", "style", "iframe", "object", "svg", "math", "noframes", "template", "select", "textarea")
)
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer"),
        *("form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "option", "p", "pre"),
        *("section", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul"),
    )
)
# Characters that change nothing a reader sees, but hide a word from a search. ZWNJ (U+200C) stays: Persian needs it.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200d-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"[ ]*\n[ \n]*")
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_LOOSE_ZWNJ = re.compile("(?:(?<=\\s)|^)\u200c+|\u200c+(?=\\s|$)")


def clean(markup: str, limit: int = MAX_BODY, *, link_lines: bool = True) -> str:
    """The text of HTML or plain text of at most `limit` characters; idempotent on its own output but for cutting.

    Doubly escaped markup is unpacked a second time. `link_lines` False keeps lines such as "Read also: …".
    """
    cut = len(markup) > limit * _MARKUP_FACTOR
    text = markup[: limit * _MARKUP_FACTOR] if cut else markup
    for _ in range(3):
        if "<" not in text and "&" not in text:
            break
        before = text
        text = html.unescape(_strip_tags(text))
        if text == before or not _LOOKS_LIKE_MARKUP.search(text):
            break
    text = _tidy(text)
    if link_lines:
        text = _drop_link_lines(text)
    return _bounded(text, limit)


def title(markup: str) -> str:
    """A title on one line."""
    return _bounded(" ".join(clean(markup, MAX_TITLE * 2, link_lines=False).split()), MAX_TITLE)


def _strip_tags(text: str) -> str:
    """Text outside tags; blocks become line breaks; script, style and their like lose their content."""
    out: list[str] = []
    position, size = 0, len(text)
    lowered: str | None = None
    # Once an element is found never to be closed, later ones of its name need no second search.
    unclosed: set[str] = set()
    end: int | None
    while (found := _TAG_START.search(text, position)) is not None:
        start = found.start()
        out.append(text[position:start])
        if text.startswith("<!--", start):
            end = -1 if "!--" in unclosed else text.find("-->", start + 4)
            if end < 0:
                unclosed.add("!--")
                end = text.find(">", start)
                if end < 0:  # no comment at all: what follows is all that the text has
                    out.append(text[start:])
                position = size if end < 0 else end + 1
            else:
                position = end + 3
            continue
        if text.startswith("<![CDATA[", start):
            end = -1 if "cdata" in unclosed else text.find("]]>", start)
            if end < 0:
                unclosed.add("cdata")
                position = start + 9
            else:
                out.append(text[start + 9 : end])
                position = end + 3
            continue
        end = _tag_end(text, start)
        if end is None:
            out.append("<")
            position = start + 1
            continue
        position = end
        named = _TAG_NAME.match(text, start + 1)
        if named is None:
            continue
        name = named[1].lower()
        if name in _BLOCKS:
            out.append("\n")
        elif name in _DROPPED and text[start + 1] != "/" and text[end - 2] != "/" and name not in unclosed:
            if lowered is None:
                # Only ASCII letters are lowered: offsets must stay.
                lowered = text.translate(_ASCII_LOWER)
            close = lowered.find(f"</{name}", end)
            if close < 0:
                unclosed.add(name)
            else:
                closed = text.find(">", close)
                position = size if closed < 0 else closed + 1
    out.append(text[position:])
    return "".join(out)


_ASCII_LOWER = {upper: upper + 32 for upper in range(65, 91)}


def _tag_end(text: str, start: int) -> int | None:
    """Where the tag at `start` ends, a `>` inside quotes not counting; None if it does not end within its bound."""
    position, stop = start + 1, start + _MAX_TAG
    while True:
        end = text.find(">", position, stop)
        if end < 0:
            plain = text.find(">", start, stop)
            return None if plain < 0 else plain + 1
        inside = text[start:end]
        quotes = inside.count('"')
        if quotes % 2 == 0 or "=" not in inside:
            return end + 1
        closing = text.find('"', end, stop)
        if closing < 0:
            return end + 1
        position = closing + 1
        if position - start > 1024:
            return text.find(">", position, stop) + 1 or end + 1


def _tidy(text: str) -> str:
    if text.isascii() and text.isprintable():  # most titles: nothing hidden, nothing to compose
        return " ".join(text.split())
    text = unicodedata.normalize("NFC", _CONTROL.sub("", _BREAKS.sub("\n", text)))
    text = _INVISIBLE.sub("", text)
    text = _LINES.sub("\n", _SPACES.sub(" ", text))
    return _LOOSE_ZWNJ.sub("", text).strip()


@cache
def _link_line() -> re.Pattern[str]:
    """Lines that only point elsewhere: one phrase a line in linklines.txt, `^` anchoring is implied."""
    rows = (files("monitor.stories") / "linklines.txt").read_text(encoding="utf-8").splitlines()
    starts = [re.escape(row) for row in rows if row and not row.startswith(("#", "="))]
    wholes = [re.escape(row[1:]) for row in rows if row.startswith("=")]
    mark = r"\s{0,3}[:：»>\-–—|…]"
    return re.compile(
        rf"[\W_]{{0,6}}(?:(?:{'|'.join(starts)}){mark}.*|(?:{'|'.join(starts + wholes)})[\W_]{{0,8}}$)", re.IGNORECASE
    )


_APPEARED_FIRST = re.compile(r"^The post .{1,400} (?:appeared first on|first appeared on) .{1,200}$", re.IGNORECASE)
# A trailing "Continue reading…" or "[…]" at the end of a paragraph.
_TRAILER = re.compile(
    r"\s*(?:\[(?:…|\.\.\.)\]|(?:Continue reading|Read more|Read full story|اقرأ المزيد|ادامه مطلب)[\s.…»>→]*)$",
    re.IGNORECASE,
)


def _drop_link_lines(text: str) -> str:
    pattern = _link_line()
    lines = [line for line in text.split("\n") if not (pattern.match(line) or _APPEARED_FIRST.match(line))]
    if lines:
        # Bounded: the pattern need only see the end of the last line.
        tail = lines[-1][-80:]
        lines[-1] = lines[-1][: len(lines[-1]) - len(tail)] + _TRAILER.sub("", tail)
    return "\n".join(lines).strip()


def _bounded(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    at = max(text.rfind(" ", limit - 60, limit), text.rfind("\n", limit - 60, limit))
    return text[: at if at > 0 else limit].rstrip()

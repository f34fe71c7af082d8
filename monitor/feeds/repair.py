"""Broken XML -> XML a strict parser accepts, without touching what was sound; and XML that attacks, defused.

All steps are linear. DOCTYPE is always taken out, and with it every entity of one's own: bombs and reads of local files
are made of them. Only those that stand for a few plain words are put in where they are used.
"""

from __future__ import annotations

import re
from html.entities import html5
from xml.parsers import expat

# A person's element (markup inside it counted) longer than this is cut to its first MAX_PERSON characters of text:
# feedparser's e-mail pattern is quadratic in it.
_MAX_PERSON_ELEMENT = 4000
MAX_PERSON = 300
# Elements in elements, at most. XHTML content of real feeds stays below 60.
MAX_DEPTH = 250
# Text of one element beyond this is cut before the parser sees it, in characters.
MAX_ELEMENT_TEXT = 400_000

# An entity of a feed's own counts if it stands for plain words of at most so many characters; of so many at most; and they
# may make the text longer by so much.
_ENTITY_LENGTH, _ENTITIES, _ENTITY_GROWTH = 200, 100, 50_000
_ENTITY = re.compile(
    r"""<!ENTITY\s{1,20}([A-Za-z_][\w.-]{0,60})\s{1,20}(?:"([^"<&%]{0,200})"|'([^'<&%]{0,200})')\s{0,20}>"""
)

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ILLEGAL_REF = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,9}));")
_AMPERSAND = re.compile(r"&(?!#[0-9]{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31};)?")
_PERSON = re.compile(
    r"<((?:[\w.-]{1,20}:)?(?:author|creator|managingEditor|webMaster|contributor|publisher|name|email|owner))(?=[\s>])",
    re.IGNORECASE,
)
_CAPTION = re.compile(r"<media:description(?:\s[^<>]{0,300})?>")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}>")
_LONG_TEXT = re.compile(rf"([^<]{{{MAX_ELEMENT_TEXT}}})[^<]+")
_ROOT = re.compile(r"<\?xml\s|<(?:rss|feed|rdf:RDF|channel)[\s>]", re.IGNORECASE)
_PAGE = re.compile(r"<(?:html|head|body)[\s>]", re.IGNORECASE)
_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]{0,30}):|\s([A-Za-z_][\w.-]{0,30}):[\w.-]{1,40}=")
# Where feeds that forget to declare a prefix mean it to point.
_KNOWN_PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "rss": "http://backend.userland.com/rss",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "georss": "http://www.georss.org/georss",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


class TooDeepError(Exception):
    """Elements nested deeper than any feed's; feedparser's cost is quadratic in it."""


def well_formed(data: bytes) -> str | None:
    """What is wrong with this UTF-8 XML, in expat's words and with its line; None if nothing is. TooDeepError if its
    elements are nested deeper than MAX_DEPTH.
    """
    depth = 0

    def enter(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise TooDeepError

    def leave(name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate("utf-8", " ")
    parser.StartElementHandler, parser.EndElementHandler = enter, leave
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        return str(error)
    return None


def feed_root(text: str) -> int | None:
    """Where a feed's XML begins after something that does not belong to it (a PHP warning), or None."""
    if text.startswith(("<?xml", "<!", "<rss", "<feed", "<rdf")):
        return None
    root = _ROOT.search(text, 0, 65536)
    return None if root is None or _PAGE.search(text, 0, root.start()) else root.start()


def defuse(text: str) -> tuple[str, list[str]]:
    """`text` without DOCTYPE, without anything before the root, with over-long names and elements cut; and problems."""
    problems: list[str] = []
    text = text.lstrip("\ufeff \t\r\n\x00")
    start = feed_root(text)
    if start:
        problems.append("something stands before the XML")
        text = text[start:]
    text, entities = strip_doctype(text)
    if entities is not None:
        text, all_plain = _put_in(text, entities)
        if not all_plain:
            problems.append("it declares entities, which were not expanded")
    if "media:description" in text:
        # feedparser takes the caption of a picture for the summary of the story.
        text = _CAPTION.sub("<media:caption>", text).replace("</media:description>", "</media:caption>")
    shorter = _cut_persons(text)
    if len(shorter) != len(text):
        problems.append("a name of absurd length was cut")
        text = shorter
    if len(text) > MAX_ELEMENT_TEXT:
        shorter = _cut_long_text(text)
        if len(shorter) != len(text):
            problems.append("an element of absurd length was cut")
            text = shorter
    return text, problems


def _cut_persons(text: str) -> str:
    """Elements that name a person, cut where they are too long for any."""
    out: list[str] = []
    position = 0
    unclosed: set[str] = set()
    while (found := _PERSON.search(text, position)) is not None:
        name = found[1]
        close = -1 if name in unclosed else text.find(f"</{name}", found.end())
        inside = text.find(">", found.end()) + 1
        if inside == 0:
            break
        if close < 0:
            unclosed.add(name)
            close = inside
        if close - inside > _MAX_PERSON_ELEMENT:
            plain = re.sub(r"<!\[CDATA\[|<[^<>]{0,200}>|[<>\]]", "", text[inside : inside + _MAX_PERSON_ELEMENT])
            out += [text[position:inside], plain[:MAX_PERSON].rpartition("&")[0] or plain[:MAX_PERSON]]
            position = close
        else:
            out.append(text[position:inside])
            position = inside
    out.append(text[position:])
    return "".join(out)


def _cut_long_text(text: str) -> str:
    """Runs of text without markup, and CDATA sections, cut to MAX_ELEMENT_TEXT."""
    text = _LONG_TEXT.sub(r"\1", text)
    out: list[str] = []
    position = 0
    while (start := text.find("<![CDATA[", position)) >= 0:
        end = text.find("]]>", start)
        if end < 0:
            break
        out.append(text[position : min(end, start + 9 + MAX_ELEMENT_TEXT)])
        position = end
    out.append(text[position:])
    return "".join(out)


def _put_in(text: str, declared: str) -> tuple[str, bool]:
    """`text` with its own plain entities replaced, and whether those were all that were declared."""
    plain: dict[str, str] = {name: a or b for name, a, b in _ENTITY.findall(declared)[:_ENTITIES]}
    if plain:
        budget = _ENTITY_GROWTH

        def word(found: re.Match[str]) -> str:
            nonlocal budget
            value = plain.get(found[1])
            if value is None or budget < len(value):
                return str(found[0])
            budget -= len(value)
            return value.replace(">", "&gt;")

        text = re.compile(r"&([A-Za-z_][\w.-]{0,60});").sub(word, text)
    return text, len(plain) == declared.count("<!ENTITY")


def strip_doctype(text: str) -> tuple[str, str | None]:
    """`text` without its document type declarations, and those that declare entities (None if none does)."""
    entities: list[str] = []
    out: list[str] = []
    position = 0
    while (start := _doctype_at(text, position)) is not None:
        end, depth, quote = start + 9, 0, ""
        limit = min(len(text), start + 1_000_000)
        for found in re.compile(r"[\[\]>\"']|<!--").finditer(text, end, limit):
            mark = found[0]
            if quote:
                quote = "" if mark == quote else quote
            elif mark in "\"'":
                quote = mark
            elif mark == "[":
                depth += 1
            elif mark == "]":
                depth -= 1
            elif mark == ">" and depth <= 0:
                end = found.end()
                break
        else:
            root = _ROOT.search(text, start + 9)
            end = root.start() if root else len(text)
        if "<!ENTITY" in text[start:end]:
            entities.append(text[start:end])
        out.append(text[position:start])
        position = end
    out.append(text[position:])
    return "".join(out), "".join(entities) if entities else None


def _doctype_at(text: str, position: int) -> int | None:
    """Where a DOCTYPE begins in the head of the document (before its first element)."""
    while True:
        start = text.find("<", position)
        if start < 0:
            return None
        if text.startswith("<?", start):
            position = text.find("?>", start)
        elif text.startswith("<!--", start):
            position = text.find("-->", start)
        elif text[start : start + 9].upper() == "<!DOCTYPE":
            return start
        else:
            return None
        if position < 0:
            return None


def repair(text: str) -> tuple[str, list[str]]:
    """XML with its usual faults mended: illegal characters, bare ampersands, HTML's entities, undeclared prefixes, text
    after the end. CDATA sections keep their words. Returns the text and what was mended.
    """
    mended: list[str] = []
    clean = _ILLEGAL.sub("", text)
    if clean != text:
        mended.append("control characters")
    clean = _DECLARATION.sub("", clean)  # it may be malformed, and it says nothing that is not known by now
    pieces: list[str] = []
    position = 0
    while position < len(clean):
        start = clean.find("<![CDATA[", position)
        pieces.append(_mend_text(clean[position : start if start >= 0 else len(clean)]))
        if start < 0:
            break
        end = clean.find("]]>", start)
        stop = len(clean) if end < 0 else end + 3
        pieces.append(clean[start:stop])
        position = stop
    whole = "".join(pieces)
    if whole != clean:
        mended.append("bare ampersands or HTML entities")
    declared = _declare_prefixes(whole)
    if declared != whole:
        mended.append("undeclared prefixes")
    for closer in ("</rss>", "</feed>", "</rdf:RDF>"):
        at = declared.rfind(closer)
        if at >= 0:
            if declared[at + len(closer) :].strip():
                mended.append("text after the end")
                declared = declared[: at + len(closer)]
            break
    return declared, mended


def without_namespace(data: bytes) -> bytes:
    """The XML with its root taken out of the default namespace."""
    root = re.search(rb"<(?:rss|feed)\s[^<>]{0,4000}>", data[:65536])
    if root is None:
        return data
    bare = re.sub(rb"""\sxmlns\s?=\s?("[^"]*"|'[^']*')""", b"", root[0])
    return data[: root.start()] + bare + data[root.end() :]


def _mend_text(text: str) -> str:
    return _AMPERSAND.sub(_as_reference, _ILLEGAL_REF.sub(_legal_reference, text)) if "&" in text else text


def _legal_reference(found: re.Match[str]) -> str:
    number = int(found[1], 16) if found[1] else int(found[2])
    legal = (
        number in (9, 10, 13) or 0x20 <= number <= 0xD7FF or 0xE000 <= number <= 0xFFFD or 0x10000 <= number <= 0x10FFFF
    )
    return found[0] if legal else ""


def _as_reference(found: re.Match[str]) -> str:
    name = found[1]
    if name and name in html5:
        return "".join(f"&#{ord(c)};" for c in html5[name])
    return "&amp;" + (name or "")


def _declare_prefixes(text: str) -> str:
    used = {a or b for a, b in _PREFIX.findall(text)} - {"xml", "xmlns"}
    missing = [p for p in sorted(used) if f"xmlns:{p}=" not in text]
    root = re.compile(r"<(?:[A-Za-z][\w.-]*:)?(?:rss|feed|RDF)(?=[\s>])").search(text, 0, 65536)
    if not missing or root is None:
        return text
    names = "".join(f' xmlns:{p}="{_KNOWN_PREFIXES.get(p, "urn:undeclared:" + p)}"' for p in missing)
    return text[: root.end()] + names + text[root.end() :]

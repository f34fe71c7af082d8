"""Bytes of a feed -> text, whatever its labels claim.

Valid UTF-8 wins over every label, because nothing else is valid UTF-8 by chance. Then the header's and the prolog's
word is tried, and last a guess that knows what the feed's language is written in: windows-1256 labelled as UTF-8 must
not hide Arabic words.
"""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PROLOG = re.compile(rb"<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
# What browsers mean by these labels (WHATWG Encoding).
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-6": "cp1256",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
}
# What the script of a language was written in before UTF-8.
_LEGACY = {
    "ar": "cp1256",
    "fa": "cp1256",
    "ur": "cp1256",
    "ckb": "cp1256",
    "ku": "cp1256",
    "he": "cp1255",
    "ru": "cp1251",
    "uk": "cp1251",
    "tr": "cp1254",
    "el": "cp1253",
}
_ARABIC = re.compile("[\u0600-\u06ff]")
# With fewer high bytes than this, a guess from statistics is worse than the commonest character set.
_ENOUGH_TO_GUESS = 12
_STATEFUL = ("iso2022_jp", "hz")


def to_text(body: bytes, content_type: str | None, language: str | None = None) -> tuple[str, str | None]:
    """The text of `body`, and a sentence if its labels were wrong."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body.decode(name, "replace"), None
    wide = _wide(body)
    if wide:
        return body.decode(wide, "replace"), None
    header = _CHARSET.search(content_type or "")
    prolog = _PROLOG.search(body[:1024])
    labels = [_known(found) for found in (header and header[1], prolog and prolog[1].decode("ascii")) if found]
    stateful = next((label for label in labels if label and label.startswith(_STATEFUL)), None)
    if stateful:
        return body.decode(stateful, "replace"), None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return text, None
    loose = body.decode("utf-8", "replace")
    bad = loose.count("\ufffd")
    good = sum(1 for c in loose if c > "\x7f") - bad
    if good >= bad:
        return loose, f"{bad} broken character{'s' * (bad > 1)} in UTF-8 text"
    legacy = _LEGACY.get((language or "").split("-")[0].lower())
    for label in labels:
        if label and label != "utf-8":
            decoded = _decode(body, label)
            if decoded is not None and not (label == "cp1252" and _reads_arabic(body)):
                return decoded, None
    if legacy is None and bad < _ENOUGH_TO_GUESS:
        legacy = "cp1252"
    guess = legacy if legacy and (legacy != "cp1256" or _reads_arabic(body)) else _guess(body)
    guessed = _decode(body, guess) or body.decode("cp1252", "replace")
    claimed = next((label for label in labels if label), "nothing")
    return guessed, f"labelled {claimed} but written in {guess}"


def _wide(body: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark at its head."""
    head = body[:4]
    if head in (b"<\x00\x00\x00", b"\x00\x00\x00<"):
        return "utf-32-le" if head[0] else "utf-32-be"
    if len(head) == 4 and head[0] == 0x3C and head[1] == 0 and head[3] == 0:
        return "utf-16-le"
    if len(head) == 4 and head[0] == 0 and head[1] == 0x3C and head[2] == 0:
        return "utf-16-be"
    return None


def _known(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    if name.startswith(("utf-16", "utf-32", "utf-7")) or not codecs.lookup(label)._is_text_encoding:
        return None  # these labels are proved wrong by the bytes before we come here
    return _MEANT.get(name, name)


def _decode(body: bytes, name: str) -> str | None:
    try:
        text = body.decode(name, "replace")
    except (LookupError, UnicodeError):
        return None
    return None if text.count("\ufffd") > max(3, len(text) // 200) else text


def _reads_arabic(body: bytes) -> bool:
    """Whether the high bytes, read as windows-1256, are mostly Arabic letters that stand together."""
    high = re.findall(rb"[\x80-\xff]{2,}", body[:200_000])
    joined = b"".join(high[:5000])
    if not joined:
        return False
    return len(_ARABIC.findall(joined.decode("cp1256", "replace"))) >= 0.75 * len(joined)


def _guess(body: bytes) -> str:
    if _reads_arabic(body):
        return "cp1256"
    from charset_normalizer import from_bytes  # slow to import, rarely needed

    best = from_bytes(body[:65536], cp_exclusion=["utf_7"]).best()
    return best.encoding if best is not None else "cp1252"

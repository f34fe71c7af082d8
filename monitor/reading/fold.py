"""Folding: one form for every way of writing the same letters, with a map back to the characters of the original."""

from __future__ import annotations

import re
import unicodedata

# Signs written for ʿayn, hamza or an elided vowel, and quotes used for them; they carry no letter.
APOSTROPHES = "'’‘ʼʻ`´ʿʾ′‛ʹˈ＇"

# Letters that decompose into nothing useful.
_SPECIAL = {
    "ł": "l", "đ": "d", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe", "ß": "ss", "þ": "th", "ð": "d", "ħ": "h",
    "ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ڪ": "ك", "ة": "ه", "ۀ": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ٱ": "ا",
    "ء": "", "ـ": "", "\u00ad": "", "\u200d": "",
}  # fmt: skip

# Marks that stand inside a word: Latin combining marks, Arabic vowel signs and Quranic marks, Hebrew points.
MARKS = "\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u00ad\u200d"

# A word: letters and digits, with marks and apostrophes inside. Hyphens, spaces and ZWNJ part words.
WORD = re.compile(rf"[^\W_]+(?:[{APOSTROPHES}{MARKS}]+[^\W_]+)*[{MARKS}]*")

_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")
_HEBREW = re.compile("[\u0590-\u05ff\ufb1d-\ufb4f]")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class _Table(dict[int, str]):
    """Code point -> its folded letters, worked out on first use."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in APOSTROPHES:
            folded = ""
        else:
            pieces = []
            for piece in unicodedata.normalize("NFKD", char).casefold():
                if not unicodedata.combining(piece):
                    pieces.append(_SPECIAL.get(piece, piece))
            folded = "".join(pieces)
        self[code] = folded
        return folded


_TABLE = _Table()


def fold(text: str) -> str:
    """`text` without case, diacritics, tatweel and apostrophes, Arabic and Persian letters made one. Keeps spaces."""
    return text.translate(_TABLE)


def fold_mapped(text: str) -> tuple[str, list[int]]:
    """`fold(text)` and, for each folded character, the index of the original one it came from, plus `len(text)`."""
    pieces: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(text):
        folded = _TABLE[ord(char)]
        pieces.append(folded)
        offsets += [index] * len(folded)
    offsets.append(len(text))
    return "".join(pieces), offsets


def script_of(word: str) -> str:
    """`arabic`, `hebrew`, `unspaced` (scripts that do not part words) or `latin` (and others with spaces and case)."""
    if word.isascii():
        return "latin"
    if _ARABIC.search(word):
        return "arabic"
    if _HEBREW.search(word):
        return "hebrew"
    return "unspaced" if _UNSPACED.search(word) else "latin"

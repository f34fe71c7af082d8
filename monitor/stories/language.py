"""Which language a story is in: what the feed says, unless the letters say otherwise."""

from __future__ import annotations

import re

_ARABIC_SCRIPT = re.compile("[\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff]")
_LETTERS = re.compile(r"[^\W\d_]")
# Letters that only one of the languages of the Arabic script writes.
_SORANI = re.compile("[\u06ce\u06c6\u06b5\u0695\u06d5]")
_PERSIAN = re.compile("[\u067e\u0686\u0698\u06af\u06a9\u06cc]")
_ARABIC_ONLY = re.compile("[\u0629\u0649\u064a\u0643\u0625]")
_URDU = re.compile("[\u0679\u0688\u0691\u06ba\u06d2]")
_SCRIPTS = (
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
)
_ARABIC_LANGUAGES = frozenset(("ar", "fa", "ur", "ckb", "ku", "ps", "sd", "ug"))
# Letters needed before they outweigh a label.
_ENOUGH = 8


def base(label: str | None) -> str | None:
    """`en-US` -> `en`; None for an empty or senseless label."""
    found = re.match(r"\s*([A-Za-z]{2,3})(?:[-_.]|\s*$)", label or "")
    return found[1].lower() if found else None


def settle(declared: str | None, text: str) -> str | None:
    """The language (ISO 639) of `text`: `declared`, unless its script contradicts that."""
    declared = base(declared)
    sample = text[:2000]
    if sample.isascii():
        wrong = declared in _ARABIC_LANGUAGES and declared != "ku" and sum(map(str.isalpha, sample[:200])) >= _ENOUGH
        return "en" if wrong else declared
    letters = len(_LETTERS.findall(sample))
    arabic = len(_ARABIC_SCRIPT.findall(sample))
    if arabic >= _ENOUGH and arabic * 2 > letters:
        if declared in _ARABIC_LANGUAGES:
            return "ckb" if declared == "ku" and _SORANI.search(sample) else declared
        return _arabic_script(sample)
    if letters >= _ENOUGH:
        for language, script in _SCRIPTS:
            if len(script.findall(sample)) * 2 > letters:
                return declared if declared not in (None, "en") and declared not in _ARABIC_LANGUAGES else language
        if declared in _ARABIC_LANGUAGES and declared != "ku" and arabic * 8 < letters:
            return "en"
    return declared


def _arabic_script(sample: str) -> str:
    sorani, urdu = len(_SORANI.findall(sample)), len(_URDU.findall(sample))
    if sorani * 12 > len(sample) or sorani >= 6:
        return "ckb"
    if urdu >= 3:
        return "ur"
    return "fa" if len(_PERSIAN.findall(sample)) > len(_ARABIC_ONLY.findall(sample)) else "ar"

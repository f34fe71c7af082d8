"""Arabic-script text as folded tokens that remember where they stood in the original."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

# Letters, digits, vowel marks, tatweel and joiners make a word; anything else that is not space is punctuation.
_TOKEN = re.compile(r"[\w\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200c-\u200f\u202a-\u202e\u2066-\u2069]+|[^\w\s]")
_DROPPED = re.compile(r"[\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200d-\u200f\u202a-\u202e\u2066-\u2069]")
_ZWNJ = "\u200c"

_COMMON = {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ة": "ه", "ۀ": "ه", "ە": "ه", "ؤ": "و", "ئ": "ي", "ء": ""}
_FOLD_AR = str.maketrans({**_COMMON, "ى": "ي", "ی": "ي", "ک": "ك", "ھ": "ه", "گ": "ك", "پ": "ب", "چ": "ج"})
_FOLD_FA = str.maketrans({**_COMMON, "ئ": "ی", "ي": "ی", "ى": "ی", "ك": "ک", "ھ": "ه"})

# Endings that Persian writers set apart by a joiner, a space, or not at all.
_FA_ENDINGS = frozenset(
    [
        "ها",
        "های",
        "هایی",
        "هایم",
        "هایت",
        "هایش",
        "هایمان",
        "هایتان",
        "هایشان",
        "ای",
        "ام",
        "ات",
        "اش",
        "مان",
        "تان",
        "شان",
        "اند",
        "ایم",
        "اید",
        "ان",
        "تر",
        "ترین",
    ]
)
_FA_BARE_ENDINGS = frozenset(["ها", "های", "هایی", "هایم", "هایش", "هایمان", "هایشان"])
_FA_PREFIXES = frozenset(("می", "نمی", "همی"))


@dataclass(frozen=True, slots=True)
class Token:
    """One word or mark: `norm` is its folded form, `start` and `end` are characters of the part it came from."""

    norm: str
    start: int
    end: int
    word: bool
    joined: bool = False  # tied to the word before by a zero-width non-joiner


def fold(text: str, lang: str) -> str:
    """Letter variants, vowel marks, tatweel and invisible marks folded away; the zero-width non-joiner stays."""
    plain = _DROPPED.sub("", unicodedata.normalize("NFKC", text))
    return plain.translate(_FOLD_FA if lang == "fa" else _FOLD_AR).lower()


def tokenise(text: str, lang: str) -> list[Token]:
    """The tokens of a part in order; Persian prefixes and endings rejoined to their word however they were written."""
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text):
        raw, start = found.group(), found.start()
        if not (raw[0].isalnum() or len(raw) > 1 or raw == "_"):
            tokens.append(Token(raw, start, found.end(), False))
            continue
        for piece in re.finditer(f"[^{_ZWNJ}]+", raw):
            norm = fold(piece.group(), lang)
            if not norm:
                continue
            joined = piece.start() > 0
            token = Token(norm, start + piece.start(), start + piece.end(), True, joined)
            if lang == "fa":
                _append_persian(tokens, token, joined)
            elif joined and tokens:
                tokens[-1] = replace(tokens[-1], norm=tokens[-1].norm + norm, end=token.end)
            else:
                tokens.append(token)
    return tokens


def _append_persian(tokens: list[Token], token: Token, joined: bool) -> None:
    before = tokens[-1] if tokens and tokens[-1].word else None
    glued = before is not None and (
        before.norm in _FA_PREFIXES
        or (joined and token.norm in _FA_ENDINGS)
        or (token.norm in _FA_BARE_ENDINGS and len(before.norm) > 1)
    )
    if glued and before is not None:
        tokens[-1] = replace(before, norm=before.norm + token.norm, end=token.end)
    else:
        tokens.append(token)

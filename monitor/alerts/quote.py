"""The evidence as an alert quotes it: the exact words, with the sentence around them."""

from __future__ import annotations

import re

from ..reading.records import Span, Text

# A part up to this long is quoted whole, in characters.
WHOLE = 280
# The most quoted on each side of the evidence.
SIDE = 220
# A sentence ends at its mark before a space and a capital, a quotation mark or a letter of a script without
# capitals; "U.S. forces" and "Gen. Qaani" do not end one.
_END = re.compile(
    r"(?<![A-Z])(?<!\bGen)(?<!\bMr)(?<!\bDr)(?<!\bSt)[.!?؟…][\"”’»)]*\s+(?=[A-Z\"“‘«(\u0600-\u06ff\d])|\n"
)


def in_context(span: Span, text: Text) -> dict[str, str]:
    """`before`, `text` and `after`: the evidence and the rest of its sentence."""
    part = text.part(span.part)
    start, end = (0, len(part)) if len(part) <= WHOLE else _sentence(part, span)
    cut_start, cut_end = max(start, span.start - SIDE), min(end, span.end + SIDE)
    before = ("…" if cut_start > start else "") + part[cut_start : span.start].lstrip()
    after = part[span.end : cut_end].rstrip() + ("…" if cut_end < end else "")
    return {"before": before, "text": span.text, "after": after}


def _sentence(part: str, span: Span) -> tuple[int, int]:
    start, end = 0, len(part)
    for found in _END.finditer(part):
        if found.end() <= span.start:
            start = found.end()
        elif found.start() >= span.end:
            end = found.end()
            break
    return start, end

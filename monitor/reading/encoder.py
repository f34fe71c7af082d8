"""The small trained encoder: which way a story points, for itself or for an actor, with the words it judged by.

It runs on one CPU thread from 8-bit weights in `weights/` (made by `python -m monitor.lab.train`), one text at a time,
so that an answer never depends on what else was read.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .encoder_text import MASKS, Prompt, prompt
from .records import Direction, Mention, Part, Span, Text

WEIGHTS = Path(__file__).parent / "weights"
LABELS: tuple[Direction, ...] = ("escalation", "de-escalation", "none")

# A word belongs to the evidence while its mark stays above this share of the strongest one.
_EVIDENCE_SHARE = 0.35
# A stretch of another part is shown too from this share of the clearest one's marks on.
_ALSO_SHARE = 0.2
# Halves of characters, which no tokenizer takes.
_LONE = re.compile("[\ud800-\udfff]")
# How much the words of a part are preferred as evidence: titles say it shortest, the text below says what it is.
_DETAIL: dict[Part, float] = {"title": 0.4, "summary": 1.0, "body": 1.5}


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the encoder makes of a text: probabilities in the order of LABELS, and the words it judged by.

    `strengths` are the probabilities of strength 1, 2, 3 where the text is not `none`; `evidence` is the stretch it
    marks as deciding (None where the text is empty), whatever its direction; `also` are stretches of other parts that it
    marks about as clearly: a title and its lead often both say it.
    """

    probabilities: tuple[float, float, float]
    strengths: tuple[float, float, float]
    evidence: Span | None
    also: tuple[Span, ...] = ()
    shown: Prompt | None = None

    def saw(self, span: Span) -> bool:
        """Whether any of these words was shown to the encoder; a long text is shown in part."""
        return self.shown is None or bool(self.shown.places(span.part, span.start, span.end))

    @property
    def direction(self) -> Direction:
        """The likeliest direction."""
        return LABELS[self.probabilities.index(max(self.probabilities))]


class Encoder:
    """Loads its weights at the first text; raises FileNotFoundError there if `folder` has none."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        self.folder = folder

    @property
    def present(self) -> bool:
        """Whether there are weights to run."""
        return (self.folder / "encoder.onnx").is_file()

    def opinion(self, text: Text, mentions: Sequence[Mention], actor: str | None = None) -> Opinion:
        """The opinion on a text read for watchlist `actor`, or as a whole. English texts only."""
        return self._judge(prompt(text, mentions, actor), text)

    def _judge(self, shown: Prompt, text: Text) -> Opinion:
        encoded = self._tokenizer.encode(_LONE.sub("?", shown.text))
        direction, _, strength, marks = self._session.run(
            None, {"ids": [encoded.ids], "mask": [[1] * len(encoded.ids)]}
        )
        return Opinion(
            _softmax([float(value) / self._temperature for value in direction[0]]),
            _softmax([float(value) for value in strength[0]]),
            *_evidence(shown, text, encoded.offsets, [_sigmoid(float(mark[0])) for mark in marks[0]]),
            shown,
        )

    @cached_property
    def _temperature(self) -> float:
        return float(json.loads((self.folder / "encoder.json").read_text(encoding="utf-8"))["temperature"])

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.add_special_tokens(list(MASKS))
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = str(self.folder / "encoder.onnx")
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _evidence(
    shown: Prompt, text: Text, offsets: Sequence[tuple[int, int]], marks: Sequence[float]
) -> tuple[Span | None, tuple[Span, ...]]:
    """The run of words with the highest marks, the part that tells most of it preferred; and those of other parts."""
    pieces: dict[Part, list[tuple[int, int, float]]] = {}
    for (start, end), mark in zip(offsets, marks, strict=True):
        if end > start and (place := shown.origin(start, end)) is not None:
            pieces.setdefault(place[0], []).append((start, end, mark))
    found: list[tuple[float, Part, Span]] = []
    for part, held in pieces.items():
        first, last = _run([mark for _, _, mark in held])
        if (origin := shown.origin(held[first][0], held[last][1])) is not None:
            clear = sum(mark for _, _, mark in held[first : last + 1]) / (last - first + 1)
            found.append((clear, part, _whole_words(text, *origin)))
    if not found:
        return None, ()
    best = max(found, key=lambda run: _DETAIL[run[1]] * run[0])
    least = _ALSO_SHARE * max(clear for clear, _, _ in found)
    return best[2], tuple(span for clear, _, span in found if clear >= least and span is not best[2])


def _run(marks: Sequence[float]) -> tuple[int, int]:
    """First and last of the run whose marks stand highest, in sum, above a share of the strongest."""
    bar = _EVIDENCE_SHARE * max(marks)
    best, found, total, start = -math.inf, (0, 0), 0.0, 0
    for index, mark in enumerate(marks):
        if total <= 0:
            total, start = 0.0, index
        total += mark - bar
        if total > best:
            best, found = total, (start, index)
    return found


def _whole_words(text: Text, part: Part, start: int, end: int) -> Span:
    """The span widened to the words it cuts."""
    content = text.part(part)
    while start > 0 and content[start - 1].isalnum() and content[start : start + 1].isalnum():
        start -= 1
    while end < len(content) and content[end].isalnum() and content[end - 1].isalnum():
        end += 1
    return Span(part, start, end, content[start:end])


def _softmax(values: Sequence[float]) -> Any:
    top = max(values)
    powers = [math.exp(value - top) for value in values]
    total = sum(powers)
    return tuple(power / total for power in powers)


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))

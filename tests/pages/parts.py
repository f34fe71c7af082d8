"""Taking a page apart, as a browser would."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any


class Parts(HTMLParser):
    """The elements of a page that matter here: inline scripts and styles, attributes, visible text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[tuple[str, dict[str, str | None], str]] = []
        self.text = ""
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._open = (tag, dict(attrs))
            self.inline.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open:
            tag, attributes, text = self.inline[-1]
            self.inline[-1] = (tag, attributes, text + data)
        else:
            self.text += data

    def scripts(self) -> list[str]:
        """The scripts that run."""
        return [text for tag, attributes, text in self.inline if tag == "script" and "type" not in attributes]

    def styles(self) -> list[str]:
        """The style sheets."""
        return [text for tag, _, text in self.inline if tag == "style"]

    def index(self) -> dict[str, Any]:
        """The data that is read at once."""
        found: dict[str, Any] = json.loads(next(text for _, a, text in self.inline if a.get("id") == "index"))
        return found

    def block(self, name: str) -> Any:
        """A block of data, unpacked."""
        held = next(text for _, attributes, text in self.inline if attributes.get("data-block") == name)
        return json.loads(gzip.decompress(base64.b64decode(held)))


def policy_of(text: str) -> dict[str, list[str]]:
    """A Content-Security-Policy by directive."""
    return {words[0]: words[1:] for words in (part.split() for part in text.split(";")) if words}


def hash_of(text: str) -> str:
    """The source expression that allows this inline text."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def network(html: str) -> list[str]:
    """Whatever in a page would make a browser fetch something."""
    return re.findall(
        r"<(?:img|iframe|link|object|embed|source|video|audio)\b[^>]*|@import[^;]*|url\([^)]*\)|\bsrc=[^\s>]*", html
    )

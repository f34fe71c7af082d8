"""Bodies out of their content encodings, under a cap: a 200 KB answer may claim to be 200 MB."""

from __future__ import annotations

import zlib
from contextlib import suppress

# More encodings on one body than this is an attack, not a web server.
MAX_ENCODINGS = 5
# How much one step of a decoder may produce before it is asked again, in bytes.
_STEP_BYTES = 256 * 1024
_GZIP_MAGIC = b"\x1f\x8b"


class TooLargeError(Exception):
    """The decoded body exceeds the cap."""


class BadEncodingError(Exception):
    """The body is not in the encoding that its header names, or in one we never asked for."""


class _Zlib:
    """One gzip or deflate layer. Refuses to produce more than `cap_bytes` in all."""

    def __init__(self, encoding: str, cap_bytes: int) -> None:
        self._gzip = encoding != "deflate"
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16 if self._gzip else zlib.MAX_WBITS)
        self._started = False
        self._plain = False
        self._left = cap_bytes

    @property
    def complete(self) -> bool:
        """Whether the stream came to its end."""
        return self._plain or self._inflate.eof or not self._started

    def feed(self, data: bytes) -> bytes:
        if not self._started and data[:1] == b"<":
            self._plain = True  # labelled as compressed, but it is not: a common fault of proxies
        if self._plain:
            return data
        out: list[bytes] = []
        while data:
            try:
                piece = self._inflate.decompress(data, min(_STEP_BYTES, self._left + 1))
            except zlib.error as error:
                if self._started or self._gzip:
                    raise BadEncodingError(f"the compressed body is broken ({error})") from error
                # Many servers send raw deflate under the name of zlib.
                self._inflate, self._started = zlib.decompressobj(-zlib.MAX_WBITS), True
                continue
            self._started = True
            self._left -= len(piece)
            if self._left < 0:
                raise TooLargeError
            out.append(piece)
            data = self._inflate.unconsumed_tail
            if not data and self._inflate.eof:
                data = self._inflate.unused_data
                if not (self._gzip and data.startswith(_GZIP_MAGIC)):
                    break  # what follows a finished stream is padding
                self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return b"".join(out)


class BodyDecoder:
    """A body, fed as it arrives; `feed` raises TooLargeError or BadEncodingError at the first byte too many."""

    def __init__(self, content_encoding: str, cap_bytes: int) -> None:
        names = [name.strip().lower() for name in content_encoding.split(",") if name.strip()]
        names = [name for name in names if name not in ("identity", "none", "utf-8", "binary")]
        if len(names) > MAX_ENCODINGS:
            raise BadEncodingError(f"the body names {len(names)} content encodings, more than {MAX_ENCODINGS}")
        for name in names:
            if name not in ("gzip", "x-gzip", "deflate"):
                raise BadEncodingError(f"the body is encoded as {name[:40]!r}, which was not asked for")
        # The encoding applied last comes off first.
        self._layers = [_Zlib(name.removeprefix("x-"), cap_bytes) for name in reversed(names)]
        self._left = cap_bytes
        self.out = bytearray()

    @property
    def complete(self) -> bool:
        """Whether every compressed layer came to its end."""
        return all(layer.complete for layer in self._layers)

    def feed(self, data: bytes) -> None:
        """Decodes the next bytes of the body into `out`."""
        for layer in self._layers:
            data = layer.feed(data)
        self._left -= len(data)
        if self._left < 0:
            raise TooLargeError
        self.out += data


def unzip_if_gzip(body: bytes, cap_bytes: int) -> bytes:
    """A body that is a gzip file in itself (`feed.xml.gz` without the header that says so), unpacked once."""
    if not body.startswith(_GZIP_MAGIC):
        return body
    decoder = BodyDecoder("gzip", cap_bytes)
    with suppress(BadEncodingError):  # what could be unpacked is kept; a feed that breaks off is the parser's matter
        decoder.feed(body)
    return bytes(decoder.out)

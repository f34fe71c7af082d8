"""Archives of every kind -> chunks: a steady cut, at any size of the archive held in little memory."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

from ..yamlfile import FileError, FileErrors
from .columns import ColumnMap
from .records import Chunk, Kind

# What a chunk holds of an archive's text, in MB, unless the user says otherwise.
CHUNK_MB = 4.0
# A file is told from another one of the same size by so many samples of so many bytes, its ends among them.
_SAMPLES, _SAMPLE = 16, 65_536
_KINDS: dict[str, Kind] = {
    "jsonl": "jsonl", "ndjson": "jsonl", "json": "jsonl", "csv": "table", "tsv": "table", "parquet": "arrow",
    "xml": "feeds", "rss": "feeds", "atom": "feeds",
}  # fmt: skip
_PACKED = ("gz", "zip")


@dataclass(frozen=True, slots=True)
class Source:
    """One archive: a file, or a folder of captured feeds. `id` tells it from others, whatever its path; `size` in
    bytes is what `Chunk.upto` runs to."""

    path: Path
    kind: Kind
    id: str
    size: int


def find_sources(paths: Sequence[Path]) -> list[Source]:
    """The archives behind paths, each once. A folder stands for the archives in it, or for a folder of captured feeds.

    Raises FileErrors that name every path that is no archive.
    """
    found: dict[str, Source] = {}
    errors: list[FileError] = []
    for path in paths:
        try:
            for source in _sources(path):
                found.setdefault(source.id, source)
        except OSError as error:
            errors.append(FileError(str(path), error.strerror or str(error), "Name an archive that can be read"))
        except FileErrors as error:
            errors += error.errors
    if errors:
        raise FileErrors(errors)
    return list(found.values())


def _sources(path: Path) -> Iterator[Source]:
    if not path.is_dir():
        yield _file(path)
        return
    files = sorted(each for each in path.rglob("*") if each.is_file() and not each.name.startswith("."))
    kinds = {each: kind_of(each) for each in files}
    tables = [each for each in files if kinds[each] not in (None, "feeds")]
    feeds = [each for each in files if kinds[each] == "feeds"]
    if not tables and not feeds:
        raise FileErrors([FileError(str(path), "no archive in this folder", _MEND)])
    for each in tables:
        yield _file(each)
    if feeds:
        sizes = [each.stat().st_size for each in feeds]
        listing = "\n".join(f"{each.relative_to(path)} {size}" for each, size in zip(feeds, sizes, strict=True))
        yield Source(path, "feeds", blake2b(listing.encode(), digest_size=8).hexdigest(), sum(sizes))


_MEND = "Archives are .jsonl, .csv, .tsv (also .gz or .zip), .parquet, or folders of captured RSS (.xml)"


def kind_of(path: Path) -> Kind | None:
    """What an archive is, by its name; None for other files."""
    parts = path.name.lower().split(".")[1:]
    if parts and parts[-1] in _PACKED:
        parts.pop()
    return _KINDS.get(parts[-1]) if parts else None


def _file(path: Path) -> Source:
    kind = kind_of(path)
    size = path.stat().st_size  # an absent file says so first
    if kind is None:
        raise FileErrors([FileError(str(path), "not a kind of archive that can be read", _MEND)])
    known = blake2b(str(size).encode(), digest_size=8)
    with path.open("rb") as file:
        for place in range(_SAMPLES):
            file.seek(max(size - _SAMPLE, 0) * place // (_SAMPLES - 1))
            known.update(file.read(_SAMPLE))
    return Source(path, kind, known.hexdigest(), size)


def chunks(source: Source, columns: ColumnMap | None = None, chunk_mb: float = CHUNK_MB) -> Iterator[Chunk]:
    """The chunks of an archive, in its order; the same archive and size give the same chunks with the same names.

    Raises FileErrors at the place where it turns out damaged, or where its disk or share went away.
    """
    from . import feedfolder, tabular

    size = max(int(chunk_mb * 1e6), 1)
    try:
        if source.kind == "jsonl":
            yield from _lines(source, size)
        elif source.kind == "table":
            yield from tabular.table_chunks(source, columns, size)
        elif source.kind == "arrow":
            yield from tabular.parquet_chunks(source, columns, size)
        else:
            yield from feedfolder.feed_chunks(source, size)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise damaged(source, error) from None


def damaged(source: Source, error: Exception) -> FileErrors:
    """That an archive could not be read to its end."""
    mend = "Fetch it again; what was read before this place is kept"
    return FileErrors([FileError(str(source.path), f"damaged ({error})", mend)])


def chunk_name(source: Source, number: int) -> str:
    """The name of an archive's n-th chunk."""
    return f"{source.id}-{number:06d}"


@contextmanager
def opened(path: Path) -> Iterator[tuple[IO[bytes], Any]]:
    """The plain bytes of a file, packed or not, and the file beneath, whose `tell()` says how far it is read."""
    with path.open("rb") as beneath:
        if path.suffix.lower() == ".gz":
            with gzip.open(beneath, "rb") as plain:
                yield plain, beneath  # type: ignore[misc]
        elif path.suffix.lower() == ".zip":
            with zipfile.ZipFile(beneath) as packed:
                names = [name for name in packed.namelist() if not name.endswith("/")]
                if len(names) != 1:
                    mend = "Unpack it and name the folder"
                    raise FileErrors([FileError(str(path), f"{len(names)} files in one zip, not one", mend)])
                with packed.open(names[0]) as plain:
                    yield plain, beneath
        else:
            yield io.BufferedReader(beneath), beneath


def _lines(source: Source, size: int) -> Iterator[Chunk]:
    with opened(source.path) as (plain, beneath):
        number, first, rest = 0, 1, b""
        while True:
            block = plain.read(size)
            if not block and not rest:
                return
            lines = rest + block
            end = len(lines) if not block else lines.rfind(b"\n") + 1
            if not end:  # no line ends in this block: read on
                rest = lines
                if len(rest) <= _LONGEST_LINE:
                    continue
                end = len(rest)  # no line of ours is so long: its worker counts it as bad
            whole, rest = lines[:end], lines[end:]
            yield Chunk(chunk_name(source, number), str(source.path), "jsonl", first, whole, beneath.tell())
            number += 1
            first += whole.count(b"\n")


# A line longer than this is cut, in bytes: memory stays bounded whatever the file is.
_LONGEST_LINE = 64_000_000

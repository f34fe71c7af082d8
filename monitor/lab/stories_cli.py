"""`monitor lab stories`: how well labelled stories are matched, read and grouped."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from monitor.cli import watchlists_option
from monitor.headway import Headway
from monitor.reading.records import Mention, StoryReading, Text
from monitor.shipped import watchlists_dir
from monitor.watchlists import read_watchlists
from monitor.yamlfile import FileErrors

if TYPE_CHECKING:
    from monitor.reading.read import Reader

from .group_stories import group_stories
from .labelled import LabelError, Labelled, read_labelled
from .stories import Matches, Reads, Scored, score, summary
from .stories_view import show_directions, show_errors, show_reliability, show_summary


@click.command(
    "stories",
    epilog="Example: monitor lab stories tests/data/stories/own-en-1.jsonl --errors",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@watchlists_option("Folder of watchlist files; the shipped ones by default.", "folder")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for scripts.")
@click.option("--errors", "list_errors", is_flag=True, help="List every wrong reading with evidence and trace.")
@click.option(
    "--only", type=click.Choice(["rules", "encoder", "both"]), default="both", help="Read English by one half alone."
)
@click.option("--reliability", "show_bins", is_flag=True, help="Show how often readings of each confidence are right.")
def stories_command(
    files: tuple[Path, ...], folder: Path | None, as_json: bool, list_errors: bool, only: str, show_bins: bool
) -> None:
    """Score matching, direction, grouping and evidence against labelled stories (JSON lines).

    Rows need id, direction and title. What a row does not label is not scored.
    """
    try:
        stories = [story for file in files for story in read_labelled(file)]
        watchlists = read_watchlists(folder or watchlists_dir())
    except (LabelError, FileErrors, OSError, UnicodeDecodeError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    from monitor.reading.matching import Matcher

    rows = _with_progress(stories, Matcher(watchlists), reader(only))
    figures = summary(rows)
    if as_json:
        click.echo(json.dumps(figures))
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    if list_errors:
        show_errors(console, rows)
        console.print()
    show_summary(console, figures)
    show_directions(console, rows)
    if show_bins:
        console.print()
        show_reliability(console, rows)


def reader(only: str) -> Reads:
    """The reader as it runs, or one half of its English: `rules` or `encoder`."""
    from monitor.reading.read import Reader

    return EncoderAlone(Reader(encoder=False)) if only == "encoder" else Reader(encoder=only == "both")


class EncoderAlone:
    """English by the encoder alone, other languages as they are read anyway."""

    def __init__(self, rest: Reader) -> None:
        from monitor.reading.encoder import Encoder

        self._rest, self._encoder = rest, Encoder()

    def read_many(self, texts: Sequence[tuple[Text, Sequence[Mention]]]) -> list[StoryReading]:
        """The readings of several texts, in order."""
        return [self._one(text, mentions) for text, mentions in texts]

    def _one(self, text: Text, mentions: Sequence[Mention]) -> StoryReading:
        from monitor.reading.combine import encoder_alone

        if text.lang != "en":
            return self._rest.read(text, mentions)
        rules = self._rest.rules(text, mentions)
        return encoder_alone(rules, lambda name: self._encoder.opinion(text, mentions, name))


def _with_progress(stories: Sequence[Labelled], matcher: Matches, reader: Reads) -> list[Scored]:
    with Headway("reading", len(stories), "stories") as headway:
        return score(stories, matcher, reader, group_stories, progress=headway.add)


if __name__ == "__main__":
    stories_command()

"""`monitor check`: is everything the configuration names in order? Each fault is one line with its place and mend."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .alerts.records import Message
from .clock import utcnow
from .config import Settings, read_settings
from .store.connect import DatabaseError, open_reader
from .yamlfile import FileErrors

if TYPE_CHECKING:
    from .feeds.ask import Poll


def run_checks(config: Path, *, online: bool, notify: bool) -> int:
    """Check and print; 0 where all is fine, 1 where something is to mend."""
    try:
        settings = read_settings(config)
    except FileErrors as error:
        print(error, file=sys.stderr)
        print(f"{len(error.errors)} to mend.", file=sys.stderr)
        return 1
    problems = [*_model(settings), *_extractor(settings), *_database(settings)]
    print(f"configuration  {settings.file}")
    print(f"watchlists     {', '.join(watchlist.id for watchlist in settings.watchlists)}")
    unverified = sum(not feed.verified for feed in settings.feeds)
    print(f"feeds          {len(settings.feeds)}" + (f" ({unverified} never tried)" if unverified else ""))
    print(f"channels       {', '.join(settings.channels) or 'none: alerts are kept but sent nowhere'}")
    print(f"database       {settings.state}")
    if online:
        problems += _ask_feeds(settings)
    if notify:
        problems += _try_channels(settings)
    for problem in problems:
        print(problem, file=sys.stderr)
    print("All fine." if not problems else f"{len(problems)} to mend.", file=sys.stderr if problems else sys.stdout)
    return 1 if problems else 0


def _model(settings: Settings) -> list[str]:
    from .reading.pipelines import require_model
    from .reading.read import MissingModel

    try:
        require_model(settings.model)
    except MissingModel as error:
        return [str(error)]
    return []


def _extractor(settings: Settings) -> list[str]:
    from .feeds import extractor

    asking = [feed.id for feed in settings.feeds if feed.full_text]
    if not asking or extractor.available():
        return []
    return [f"feeds with `full_text: true` ({', '.join(asking)}): the extractor is not installed. {extractor.MEND}"]


def _database(settings: Settings) -> list[str]:
    if not settings.state.exists():
        folder = settings.state.parent
        return [] if folder.is_dir() else [f"{folder}: no such folder for the database. Make it, or change `state:`"]
    try:
        open_reader(settings.state).close()
    except DatabaseError as error:
        return [str(error)]
    return []


def _ask_feeds(settings: Settings) -> list[str]:
    from .poll import ask_once

    problems = []
    for feed, poll in asyncio.run(ask_once(settings)):
        if poll.outcome.ok:
            print(f"  feed {feed.id}: {_answer(poll)}")
        else:
            problems.append(f"feed {feed.id}: {poll.reason}")
    return problems


def _answer(poll: Poll) -> str:
    """What a feed that is well has, so that a person sees that it is the one that was meant."""
    count = f"{poll.on_screen or 0:,} item{'' if poll.on_screen == 1 else 's'}"
    newest = max(poll.entries, key=lambda entry: entry.published.timestamp() if entry.published else 0.0, default=None)
    problems = f" ({'; '.join(poll.problems)})" if poll.problems else ""
    if newest is None:
        return count + problems
    when = f" of {newest.published:%Y-%m-%d %H:%M} UTC" if newest.published else ""
    return f"{count}, the newest{when}: {newest.title}{problems}"


def _try_channels(settings: Settings) -> list[str]:
    from .alerts.channels import send

    now = utcnow()
    problems = []
    for name in settings.channels:
        words = f"This is a test of the channel `{name}`. Nothing has happened."
        html = f"<p>{words}</p>"
        stamp = f"test-{now:%Y%m%d%H%M%S}-{name}"
        message = Message(stamp, stamp, now, f"monitor: test of {name}", words, html, words)
        attempt = send(settings.channel_url(name), message)
        if attempt.outcome == "sent":
            print(f"  channel {name}: {settings.mask(attempt.detail)}")
        else:
            problems.append(f"channel {name}: {settings.mask(attempt.detail)}")
    return problems

"""The tables, by migrations: each step is applied once, in order, in a transaction. Never edit a released step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .connect import Connection

# Marks a file as ours ("moni"), so that a foreign database is never written to.
APPLICATION_ID = 0x6D6F6E69

_FIRST = """
create table feeds (
    id text primary key,
    url text not null,
    state text not null default 'new',          -- new, ok, failing, gone
    reason text not null default '',            -- why it is in that state, for a person
    errors integer not null default 0,          -- failed polls in a row
    fetch_state text not null default '{}',     -- JSON of FetchState: validators, hashes, redirects
    pace_state text not null default '{}',      -- JSON of PaceState: the present interval, failures in a row
    fingerprints text not null default '[]',    -- JSON: the items it showed last, so that only others are parsed
    last_poll_at text, last_ok_at text, last_new_at text,
    next_poll_at text not null,
    baseline_at text                            -- when the first successful poll was taken in silently
) strict;
create table polls (
    id integer primary key,
    feed_id text not null,
    at text not null,
    outcome text not null,
    status integer,
    bytes integer not null default 0,
    entries integer not null default 0,
    new integer not null default 0,
    revised integer not null default 0,
    seen integer not null default 0,
    duration_ms integer not null default 0,
    reason text not null default ''
) strict;
create index polls_by_feed on polls (feed_id, at);
create table stories (
    id integer primary key,
    feed_id text not null,
    owner text not null,
    link text not null,
    lang text not null,
    title text not null,
    summary text not null,
    body text not null,
    author text not null default '',
    published text,                             -- as the publisher says; null where there is none to trust
    first_seen text not null,
    revision integer not null default 1,
    stage text not null default 'new',          -- new: to match, read and judge; again: to match and read; done
    quiet text,                                 -- why it may not raise a signal
    event_id integer,
    copy_of integer,                            -- the story it repeats word for word, if any
    merge_reason text                           -- why it joined or opened its event
) strict;
create index stories_waiting on stories (id) where stage != 'done';
create index stories_by_time on stories (first_seen);
create index stories_by_event on stories (event_id);
create table seen (
    key text not null,                          -- an identity key (guid, URL, title or content), hashed
    story_id integer not null,
    primary key (key, story_id)
) strict, without rowid;
create index seen_by_story on seen (story_id);
create table revisions (
    id integer primary key,
    story_id integer not null references stories (id) on delete cascade,
    revision integer not null,
    at text not null,
    title text not null, summary text not null
) strict;
create table mentions (
    story_id integer not null references stories (id) on delete cascade,
    watchlist text not null,
    grade text not null,
    part text not null, start integer not null, end integer not null, text text not null,
    term text not null,
    rule text not null
) strict;
create index mentions_by_story on mentions (story_id);
create index mentions_by_watchlist on mentions (watchlist, story_id);
create table readings (
    story_id integer not null references stories (id) on delete cascade,
    watchlist text not null,                    -- '' for the story as a whole
    grade text not null,                        -- direct, related, or '' for the story as a whole
    direction text not null,
    strength integer not null,
    confidence real not null,
    role text not null,
    evidence text,                              -- JSON: part, start, end, text
    also text not null,                         -- JSON list: further spans that say the same
    trace text not null,                        -- JSON list
    background text not null,                   -- JSON list of spans
    gloss text,
    read integer not null,
    primary key (story_id, watchlist)
) strict, without rowid;
create index readings_by_watchlist on readings (watchlist, story_id);
create table events (
    id integer primary key,
    key text not null unique,                   -- the grouping room's name for it
    opened_at text not null,
    last_at text not null,
    title text not null
) strict;
create table shifts (
    id integer primary key,
    watchlist text not null,
    key text not null,
    kind text not null,                         -- shift, resumed, faded, new-usual, revised
    side integer not null,                      -- -1 de-escalation, 1 escalation
    told text not null, turn_time text not null, onset text not null,
    push integer not null, not_before text not null,
    reason text not null,
    numbers text,                               -- JSON: every number an alert about it shows
    unique (watchlist, key)
) strict;
create table alert_lines (
    watchlist text not null,
    since text not null,
    days real not null,                         -- evidence above this many days alerts, from then on
    reason text not null,
    primary key (watchlist, since)
) strict, without rowid;
create table outages (
    start text primary key,
    end text not null
) strict, without rowid;
create table signals (
    id integer primary key,
    event_id integer not null,
    watchlist text not null,
    direction text not null,
    at text not null,
    story_id integer not null,
    unique (event_id, watchlist, direction)
) strict;
create table alerts (
    id text primary key,                        -- stable: goes into every message and the Message-ID
    kind text not null,                         -- signal, shift, declared, contested, retraction, digest, health
    watchlist text not null,                    -- '' where it is about none (digest, health)
    event_id integer,
    thread text not null,                       -- shared by everything told about one event
    direction text not null,
    strength integer not null,
    at text not null,
    title text not null,
    payload text not null                       -- JSON: everything a message shows
) strict;
create index alerts_by_time on alerts (at);
create index alerts_by_event on alerts (event_id);
create index alerts_by_thread on alerts (thread);
create table deliveries (
    id integer primary key,
    alert_id text not null references alerts (id),
    channel text not null,
    route text not null,
    state text not null default 'pending',      -- pending, held, sent, dead, folded (told in another alert)
    why text not null default '',               -- held: by what (quiet hours, a digest, a cap ...); folded: into which alert
    attempts integer not null default 0,
    next_at text not null,                      -- pending: when to try; held: when it is released
    started_at text,                            -- when the first attempt began: what it says is settled from then on
    sent_at text,
    resent_at text,                             -- when a person asked for it again: its age counts from then
    error text not null default '',
    accepted text not null default '[]',        -- JSON: recipients of this channel that already have it
    unique (alert_id, channel)
) strict;
create index deliveries_due on deliveries (channel, next_at) where state in ('pending', 'held');
create index deliveries_sent on deliveries (channel, sent_at) where state = 'sent';
create table attempts (
    id integer primary key,
    delivery_id integer not null references deliveries (id),
    at text not null,
    outcome text not null,                      -- sent, transient, permanent
    detail text not null,
    duration_ms integer not null
) strict;
create index attempts_by_delivery on attempts (delivery_id);
create table silences (
    id integer primary key,
    watchlist text not null,
    start text not null,
    until text not null,                        -- set to now by `monitor unsilence`
    reason text not null default ''
) strict;
create table health (
    key text primary key,                       -- what is wrong: feed-silent:ID, offline, channel:NAME, dead, disk, sparse:ID
    since text not null,                        -- when it was first seen
    title text not null,
    alert_id text                               -- the alert that told it; null until it has lasted long enough
) strict, without rowid;
create table labels (
    story_id integer not null references stories (id) on delete cascade,
    watchlist text not null,                    -- '' for the story as a whole
    direction text not null,
    read_as text not null,
    at text not null,
    primary key (story_id, watchlist)
) strict, without rowid;
create table notes (
    key text primary key,                       -- small facts of the daemon: last tick, model in use, version
    value text not null
) strict, without rowid;
"""

# Feeds that the configuration no longer names, for a while: a list cut short by mistake costs no feed its memory.
_RETIRED_FEEDS = """
create table retired_feeds as select * from feeds limit 0;
alter table retired_feeds add column retired_at text;
"""

# Articles behind stories (`full_text: true`), each asked for once; and hosts of which none is asked for a while.
_ARTICLES = """
create table articles (
    story_id integer primary key references stories (id) on delete cascade,
    link text not null,
    state text not null,                        -- wanted, had (its text is the story's body), none
    wanted_at text not null,
    until text not null,                        -- so long the story waits for it
    at text,                                    -- when it came, or was given up
    chars integer not null default 0,
    reason text not null default ''             -- why there is none, for a person
) strict;
create index articles_wanted on articles (until) where state = 'wanted';
create index articles_by_link on articles (link);
create table quiet_hosts (
    host text primary key,
    until text not null,
    reason text not null
) strict, without rowid;
"""


def _steps() -> tuple[tuple[str, str], ...]:
    """The steps in order, by the names under which a database remembers them."""
    return (("m001_first", _FIRST), ("m002_retired_feeds", _RETIRED_FEEDS), ("m003_articles", _ARTICLES))


def is_current(connection: Connection) -> bool:
    """Whether every step was applied, found without sqlite_utils: importing it costs more than all else at a start."""
    kept = connection.execute("select count(*) from sqlite_master where name = '_sqlite_migrations'").fetchone()[0]
    if not kept:
        return False
    rows = connection.execute("select name from _sqlite_migrations where migration_set = 'monitor'")
    return {name for name, _ in _steps()} <= {row[0] for row in rows}


def migrate(connection: Connection) -> list[str]:
    """Bring a database up to the present schema; returns the names of the steps applied now."""
    if is_current(connection):
        return []
    from sqlite_utils import Database, Migrations

    steps = Migrations("monitor")
    for name, script in _steps():
        steps(name=name)(_step(script))
    database = Database(connection)
    pending = [migration.name for migration in steps.pending(database)]
    steps.apply(database)
    return pending


def _step(script: str) -> Callable[[Any], None]:
    def apply(db: Any) -> None:
        for statement in _statements(script):
            db.execute(statement)

    return apply


def _statements(script: str) -> list[str]:
    lines = [line.split("--")[0].rstrip() for line in script.splitlines()]
    return [statement for statement in "\n".join(lines).split(";") if statement.strip()]

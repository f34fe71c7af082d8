"""What an operator may set about the service itself: how long what is kept, and where figures are shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from .spans import Span

# The shift detector derives its state from the readings of this past (`monitor.streams.REPLAYED`).
LEAST_STORIES = timedelta(days=260)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Retention(_Strict):
    """How long what is kept. `text`: the full text of stories and of their earlier revisions. `stories`: their titles,
    links and readings, and alerts. What a story was known by is kept for good, so that none is ever told again.
    """

    text: Span = timedelta(days=30)
    stories: Span = timedelta(days=400)

    @field_validator("stories")
    @classmethod
    def _long_enough(cls, span: timedelta) -> timedelta:
        if span < LEAST_STORIES:
            raise ValueError(f"the shift detector needs {LEAST_STORIES.days} days -> Write `260d` or more")
        return span

    @field_validator("text")
    @classmethod
    def _a_while(cls, span: timedelta) -> timedelta:
        if span < timedelta(days=1):
            raise ValueError("text is needed until it was read and told -> Write `1d` or more")
        return span


class Metrics(_Strict):
    """Where Prometheus finds the figures: on a port of this machine alone, or in a file for node_exporter's textfile
    collector. Neither by default."""

    port: int | None = Field(default=None, ge=1, le=65535)
    textfile: Path | None = None

    @model_validator(mode="after")
    def _file_name(self) -> Metrics:
        if self.textfile is not None and self.textfile.suffix != ".prom":
            raise ValueError("the textfile collector reads only *.prom -> End the file's name with `.prom`")
        return self


class Follow(_Strict):
    """Files for tools that follow the alerts, written anew after each: an Atom feed of the newest, and all as JSON lines.
    A relative path is taken from the database's folder."""

    atom: Path | None = None
    jsonl: Path | None = None

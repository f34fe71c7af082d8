"""An alert's payload -> the message: subject, text, HTML, markdown. Feed text is never trusted: everything is escaped.

Every kind has a template of its own in three forms (`signal.txt`, `signal.html`, `signal.md`). A folder of the user's
may replace any of them; one that fails is told in the log and ours is used, so that no alert is lost to a template.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from ..clock import from_text
from .gloss import gloss_of, in_english
from .records import Message
from .subject import one_line, subject
from .writing import FILTERS, for_markdown, with_zone

log = logging.getLogger("monitor.message")

SHIPPED = Path(__file__).parent / "templates"


def render(payload: dict[str, Any], zone: str, templates: Path | None = None, chart: bytes | None = None) -> Message:
    """The message of an alert, with times in the reader's time zone. `templates`: a folder whose files replace ours;
    `chart`: a PNG to go with it."""
    view = {**payload, "gloss": _gloss(payload)}
    view |= {"subject": subject(view), "zone": zone, "chart": chart is not None}
    footer = f"monitor explain {payload['id']} · Alert {payload['id']}"
    if payload["kind"] in ("digest", "health"):
        footer = f"Alert {payload['id']}"
    return Message(
        alert_id=payload["id"],
        thread=payload["thread"],
        at=from_text(payload["at"]),
        subject=view["subject"],
        text=_fill(f"{payload['kind']}.txt", view, templates),
        html=_fill(f"{payload['kind']}.html", view, templates),
        markdown=_fill(f"{payload['kind']}.md", for_markdown(view), templates),
        footer=footer,
        chart=chart,
    )


def _gloss(payload: dict[str, Any]) -> dict[str, str] | None:
    """The gloss of Arabic or Persian evidence, in the parts of the quotation, or of such a title where nothing is quoted;
    None where there is none to give."""
    evidence = payload.get("evidence")
    try:
        if not evidence:
            title = in_english(payload["title"])
            return {"before": "", "text": title, "after": ""} if title else None
        found = gloss_of(payload.get("lang", ""), *(evidence[part] for part in ("before", "text", "after")))
    except Exception:
        log.exception("gloss-missing alert=%s", payload["id"])
        return None
    return {"before": found.before, "text": found.text, "after": found.after} if found else None


def _fill(name: str, view: dict[str, Any], templates: Path | None) -> str:
    """The first of the user's template, ours and a bare line that can be filled."""
    for folder in (templates, SHIPPED):
        if folder is None or (folder is not SHIPPED and not (folder / name).is_file()):
            continue
        try:
            return str(_environment(folder, view["zone"], name.endswith(".html")).get_template(name).render(view))
        except Exception:
            log.exception("template-fault file=%s alert=%s", folder / name, view["id"])
    bare = f"{view['subject']}\n\n{view['title']}\n{view.get('link') or ''}\n\nAlert {view['id']}\n"
    return f"<pre>{escape(bare)}</pre>" if name.endswith(".html") else bare


@lru_cache(maxsize=16)
def _environment(folder: Path, zone: str, escaped: bool) -> Any:
    from jinja2 import ChainableUndefined, FileSystemLoader
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([folder, SHIPPED]),
        autoescape=escaped,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update({**FILTERS, **with_zone(zone)})
    return environment


__all__ = ["one_line", "render", "subject"]

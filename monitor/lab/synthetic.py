"""Made-up training stories from operators and phrases (`synthetic.yaml`): the same words, the label by composition."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ESCALATION, DE_ESCALATION, NONE = "escalation", "de-escalation", "none"

# How often a sentence is given a summary, and which.
_NO_SUMMARY, _OLD_NEWS = 0.45, 0.3
_NEWS_IN_SUMMARY = 0.4
_TAME = 0.22
_TWO_ACTORS = 0.22


_KINDS = (
    "stop",
    "stop",
    "start",
    "refuse",
    "refuse",
    "vow",
    "keep",
    "urge",
    "urge-not",
    "deny",
    "hold",
    "hold-end",
    "if",
)


@dataclass(frozen=True)
class Clause:
    """One clause of news: `head` in headline tense, `past` as reported, what it says, for whom, in which role."""

    head: str
    past: str
    direction: str
    roles: tuple[tuple[str, str, str], ...]  # (name, role, direction)


@cache
def material() -> dict[str, list[str]]:
    """The phrases and operators."""
    from ruamel.yaml import YAML

    held: dict[str, list[str]] = YAML(typ="safe").load(Path(__file__).with_name("synthetic.yaml"))
    return held


def stories(number: int, rng: random.Random) -> list[dict[str, Any]]:
    """That many labelled rows, in the form of the labelled files."""
    return [_row(index, rng) for index in range(number)]


def _row(index: int, rng: random.Random) -> dict[str, Any]:
    kind = rng.random()
    if kind < _TAME:
        return _tame(index, rng)
    first = _clause(rng)
    if kind < _TAME + _TWO_ACTORS:
        return _two(index, first, _clause(rng), rng)
    title, summary, evidence, old = first.head, "", first.head, []
    dice = rng.random()
    if dice > _NO_SUMMARY:
        if dice < _NO_SUMMARY + _OLD_NEWS:
            line = _fill(rng.choice(material()["background"]), first.roles[0][0], rng)
            old = [line]
        else:
            line = _fill(rng.choice(material()["neutral"]), first.roles[0][0], rng)
        summary = line
        if rng.random() < _NEWS_IN_SUMMARY:
            title = _fill(rng.choice(material()["bare_titles"]), first.roles[0][0], rng)
            evidence = first.past
            summary = f"{_capital(first.past)} on {rng.choice(material()['days'])}. {line}"
    return _finish(index, _capital(title), summary, first, evidence, old)


def _finish(index: int, title: str, summary: str, first: Clause, evidence: str, old: list[str]) -> dict[str, Any]:
    clause = _capital(evidence)
    return {
        "id": f"s{index}",
        "group": f"synthetic/{index // 8}",
        "source": "synthetic",
        "title": title,
        "summary": summary,
        "direction": first.direction,
        "evidence": clause if first.direction != NONE else None,
        "background": old,
        "actors": [
            {"name": name, "role": role, "direction": direction, "evidence": clause if direction != NONE else None}
            for name, role, direction in first.roles
        ],
    }


def _two(index: int, first: Clause, second: Clause, rng: random.Random) -> dict[str, Any]:
    """Two clauses with different actors: each actor keeps its own direction."""
    names = {name for name, _, _ in first.roles}
    if names & {name for name, _, _ in second.roles} or any(name in second.head for name in names):
        return _finish(index, _capital(first.head), "", first, first.head, [])
    joint = rng.choice([" as ", "; ", " while ", ", but "])
    both = Clause(f"{first.head}{joint}{second.head}", "", first.direction, first.roles + second.roles)
    row = _finish(index, _capital(both.head), "", both, first.head, [])
    for actor in row["actors"]:
        own = first if actor["name"] in names else second
        clause = _capital(first.head) if own is first else second.head
        actor["evidence"] = clause if actor["direction"] != NONE else None
    if first.direction != second.direction:
        row["story"] = False  # which of the two the story is about is not decided here
    return row


def _tame(index: int, rng: random.Random) -> dict[str, Any]:
    held = material()
    pool = held["companies"] if rng.random() < 0.4 else held["groups"] + held["states"]
    x, y = rng.choice(pool), rng.choice(pool + held["states"])
    frame = rng.choice(held["tame"])
    place = rng.choice(held["places"])
    title = re.sub(r"\b[XYP]\b", lambda found: {"X": x, "Y": y, "P": place}[found.group()], frame)
    summary = _fill(rng.choice(held["neutral"]), x, rng) if rng.random() < 0.4 else ""
    clause = Clause(title, title, NONE, ((x, "mentioned", NONE),))
    return _finish(index, _capital(title), summary, clause, title, [])


def _clause(rng: random.Random) -> Clause:
    held = material()
    a = rng.choice(held["groups"] + held["states"])
    b = rng.choice([name for name in held["states"] + held["groups"] if name != a])
    hostile = rng.random() < 0.5
    noun = _fill(rng.choice(held["hostile_nouns" if hostile else "peace_nouns"]), a, rng, b)
    act = rng.choice(held["hostile_acts" if hostile else "peace_acts"])
    base = _fill(act, a, rng, b)
    up, down = (ESCALATION, DE_ESCALATION) if hostile else (DE_ESCALATION, ESCALATION)
    kind = rng.choice(_KINDS)
    if kind == "stop":
        now, past, _ = _forms(rng.choice(held["stop" if hostile else "stop_peace"]))
        return _say(a, f"{now} {noun}", f"{past} {noun}", down)
    if kind == "start":
        now, past, _ = _forms(rng.choice(held["start" if hostile else "start_peace"]))
        return _say(a, f"{now} {noun}", f"{past} {noun}", up)
    if kind == "refuse":
        now, past = _forms(rng.choice(held["refuse"]))
        return _say(a, f"{now} {base}", f"{past} {base}", down)
    if kind == "vow":
        now, past = _forms(rng.choice(held["hostile_vow" if hostile else "vow"]))
        if not hostile and now.startswith("threatens"):
            now, past = "agrees to", "agreed to"
        return _say(a, f"{now} {base}", f"{past} {base}", up)
    if kind == "keep":
        now, past = _forms(rng.choice(held["refuse_stop"]))
        verb = _forms(rng.choice(held["stop" if hostile else "stop_peace"]))[2]
        return _say(a, f"{now} {verb} {noun}", f"{past} {verb} {noun}", up)
    if kind in ("urge", "not"):
        now, past = _forms(rng.choice(held["urge"]))
        speaker = rng.choice(held["mediators"])
        asked = f"{'not ' if kind == 'not' else ''}to {base}"
        direction = up if kind == "urge" else down
        roles = ((speaker, "speaker", direction), (a, "addressee", NONE))
        return Clause(f"{speaker} {now} {a} {asked}", f"{speaker} {past} {a} {asked}", direction, roles)
    if kind == "deny":
        now, past = _forms(rng.choice(held["deny"]))
        return _say(a, f"{now} plan to {base}", f"{past} a plan to {base}", down)
    attacks = _fill(rng.choice(held["hostile_nouns"]), a, rng, b)
    pause = rng.choice(held["pauses"])
    if kind == "hold":
        now, past = _forms(rng.choice(held["hold"]))
        return _say(a, f"{now} {pause} {attacks}", f"{past} a {pause} {attacks}", DE_ESCALATION)
    if kind == "hold-end":
        now, past = _forms(rng.choice(held["hold_end"]))
        return _say(a, f"{now} {pause} {attacks}", f"{past} the {pause} {attacks}", ESCALATION)
    attack = _fill(rng.choice(held["hostile_acts"]), a, rng, b)
    condition = f"if {b} {_fill(rng.choice(held['threats']), a, rng, b)}"
    now, past = _forms(rng.choice(held["would"]))
    return _say(a, f"{now} {attack} {condition}", f"{past} {attack} {condition}", ESCALATION)


def _say(actor: str, now: str, past: str, direction: str) -> Clause:
    return Clause(f"{actor} {now}", f"{actor} {past}", direction, ((actor, "agent", direction),))


def _fill(phrase: str, a: str, rng: random.Random, b: str | None = None) -> str:
    """The phrase with its slots filled: A and B as given, P a place, HN and PN a hostile or peaceful doing."""
    held = material()
    other = b or rng.choice(held["states"])
    slots = {"A": a, "B": other, "P": rng.choice(held["places"]), "HN": "", "PN": ""}
    if "HN" in phrase:
        slots["HN"] = _fill(rng.choice(held["hostile_nouns"]), a, rng, other)
    if "PN" in phrase:
        slots["PN"] = _fill(rng.choice(held["peace_nouns"]), a, rng, other)
    filled = re.sub(r"\b(?:HN|PN|[BP]|A(?= (?:had|took|since))|A$)\b|(?<=by )A\b", lambda m: slots[m.group()], phrase)
    return _capital(filled) if phrase[0].isupper() else filled


def _forms(entry: str) -> list[str]:
    return entry.split("|")


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]

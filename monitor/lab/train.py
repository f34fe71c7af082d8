"""`python -m monitor.lab.train`: train the encoder, measure it on what it did not see, write what travels in the wheel.

Needs the extra `train`. See `monitor/lab/README.md` for the data, the recipe and the figures.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from tokenizers import Tokenizer

from monitor.lab.labelled import text_of
from monitor.lab.measures import DirectionScore
from monitor.lab.train_combine import answers, cross_fitted, figures, fit, see
from monitor.lab.train_data import Question, questions, read_rows, surroundings
from monitor.lab.train_export import export
from monitor.lab.train_loop import Recipe, Workers, predict, report, train
from monitor.lab.train_net import Net
from monitor.reading.encoder import Encoder
from monitor.reading.matching import Matcher
from monitor.reading.records import Span
from monitor.shipped import watchlists_dir
from monitor.watchlists import read_watchlists

# Share of the contrast groups that the encoder never sees before it is measured; whole groups, chosen by their name.
HELD_SHARE = 0.12

# What a sign flip costs, in misses, when rules and encoder are weighed.
FLIP_COST = 2.0

# The last pass, over the stories measured on and as many of the others: epochs, and the factor on the learning rates.
LAST_EPOCHS, LAST_RATE = 1, 0.5


@click.command(epilog="Example: python -m monitor.lab.train tests/data/stories/*-en*.jsonl --unseen dev.jsonl")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--unseen", multiple=True, type=click.Path(exists=True, path_type=Path), help="Only measured, not trained."
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for weights, tokenizer, figures.")
@click.option("--epochs", default=3, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option(
    "--resume", "start", type=click.Path(exists=True, path_type=Path), help="Go on from these weights (checkpoint.pt)."
)
@click.option("--rate", default=1.0, show_default=True, help="Factor on the learning rates.")
@click.option("--minutes", type=float, help="Fit the schedule into this time, whatever the epochs.")
@click.option("--last/--no-last", default=True, help="End with a pass that takes in the stories measured on.")
def main(
    files: tuple[Path, ...],
    unseen: tuple[Path, ...],
    out: Path,
    epochs: int,
    seed: int,
    threads: int,
    start: Path | None,
    rate: float,
    minutes: float | None,
    last: bool,
) -> None:
    """Train the encoder on the English rows of FILE... and measure it on held-out contrast groups and unseen files."""
    out.mkdir(parents=True, exist_ok=True)
    rows = read_rows(files)
    asked = _asked(rows)
    held = [question for question in asked if held_out(question.group)]
    seen = [question for question in asked if not held_out(question.group)]
    extra = {path.stem: _asked(read_rows([path])) for path in unseen}
    print(
        f"{len(rows)} stories, {len(asked)} questions: {len(seen)} to train on, {len(held)} held out", file=sys.stderr
    )
    recipe = Recipe(epochs, seed, threads, rate=rate, minutes=minutes)
    around = surroundings([row for row in rows if not held_out(row["group"])])
    net, tokenizer = train(seen, around, recipe, start)
    workers = Workers()
    known: dict[str, Any] = {}
    if workers.rank == 0:
        torch.save(net.state_dict(), out / "checkpoint.pt")
        known = _measure(net, tokenizer, held, extra, out)
    workers.wait()
    if last:
        rest = [*held, *(question for found in extra.values() for question in found)]
        rest += random.Random(seed).sample(seen, min(len(rest), len(seen)))  # noqa: S311
        again = Recipe(LAST_EPOCHS, seed, threads, rate=LAST_RATE)
        net, tokenizer = train(rest, around, again, out / "checkpoint.pt")
    if workers.rank == 0:
        torch.save(net.state_dict(), out / "last.pt")
        known["trained on"] = {"stories": len(rows), "then on the held-out and unseen ones too": last}
        export(net, tokenizer, out, known)
        print(json.dumps(known, indent=1))


def _measure(
    net: Net,
    tokenizer: Tokenizer,
    held: Sequence[Question],
    extra: dict[str, list[Question]],
    out: Path,
) -> dict[str, Any]:
    """Figures of the encoder on what it did not see; writes its files and the layer that weighs it against the rules."""
    logits = predict(net, tokenizer, held)
    known: dict[str, Any] = {"temperature": temperature(logits, np.array([question.direction for question in held]))}
    known["held out"] = report(held, logits)
    known["unseen"] = {name: report(found, predict(net, tokenizer, found)) for name, found in extra.items()}
    export(net, tokenizer, out, known)
    return known | _combine(held, extra, out)


def held_out(group: str) -> bool:
    """Whether a contrast group is kept from training until it has been measured."""
    return random.Random(group).random() < HELD_SHARE  # noqa: S311


def temperature(logits: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> float:
    """The divisor of the logits at which the labels are least surprising (Guo et al. 2017, temperature scaling)."""

    def surprise(divisor: float) -> float:
        scaled = logits / divisor
        scaled = scaled - scaled.max(1, keepdims=True)
        logs = scaled - np.log(np.exp(scaled).sum(1, keepdims=True))
        return -float(logs[np.arange(len(labels)), labels].mean())

    return float(min((round(0.5 + 0.05 * step, 2) for step in range(60)), key=surprise))


def _asked(rows: Sequence[dict[str, Any]]) -> list[Question]:
    matcher = Matcher(read_watchlists(watchlists_dir()))
    return [question for row in rows for question in questions(row, _named(row, matcher))]


def _named(row: dict[str, Any], matcher: Matcher) -> dict[str, list[Span]]:
    """The spans of a row's labelled watchlists."""
    labelled = set(row.get("watchlists") or ())
    if not labelled:
        return {}
    found: dict[str, list[Span]] = {}
    for mention in matcher.match(text_of(row)):
        if mention.watchlist in labelled and mention.grade == "direct":
            found.setdefault(mention.watchlist, []).append(mention.span)
    return found


def _combine(held: Sequence[Question], extra: dict[str, list[Question]], out: Path) -> dict[str, Any]:
    """Fit and write the layer over rules and encoder; the figures of rules, encoder and both.

    The layer is fitted on the held-out stories and measured on them, and on their actors, by cross-fitting over contrast
    groups; on the unseen files it is measured as it is.
    """
    encoder = Encoder(out)
    fitted_on = [see(question, encoder) for question in held]
    layer = fit(fitted_on, FLIP_COST)
    (out / "combine.json").write_text(json.dumps(layer, indent=1) + "\n", encoding="utf-8")
    answered = {"held out": (fitted_on, cross_fitted(fitted_on, FLIP_COST))}
    for name, found in extra.items():
        seen = [see(question, encoder) for question in found]
        answered[name] = (seen, answers(layer, seen))
    measured = {
        f"{kind}, {name}": figures([one for one, _ in asked], [answer for _, answer in asked])
        for name, (seen, read) in answered.items()
        for kind, ask in (("story", False), ("actor", True))
        if (asked := [(one, answer) for one, answer in zip(seen, read, strict=True) if one.question.ask == ask])
    }
    return {"rules, encoder, both": {name: _shown(scores) for name, scores in measured.items()}}


def _shown(scores: dict[str, DirectionScore | None]) -> dict[str, Any]:
    return {who: asdict(score) for who, score in scores.items() if score}


if __name__ == "__main__":
    main()

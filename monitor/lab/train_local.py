"""Train the gate of the Arabic and Persian reader and measure rules alone, words alone, and both.

    python -m monitor.lab.train_local FILE... [--write] [--folds 8]

FILEs are labelled stories (JSONL). Contrast groups are never split across folds. Logistic regression with an L2 penalty,
solved in sample space by Newton's method (iteratively reweighted least squares): numpy alone, same weights every run.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..reading.local.features import BUCKETS, RULE_NAMES, rule_numbers, text_buckets
from ..reading.local.judgement import BAR, judge
from ..reading.local.learned import TEXT_SCALE, WEIGHTS
from ..reading.records import Text

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Inverse of the L2 penalty; chosen by cross-validation among 0.3, 1, 3.
C = 1.0
_SIGNS = {"escalation": 1, "de-escalation": -1, "none": 0}


@dataclass(frozen=True)
class Sample:
    """Labelled stories of one language as numbers: rules, words, the rules' net force, label (+1, -1, 0), group."""

    rules: Floats
    words: NDArray[np.float32]
    net: Floats
    labels: Ints
    groups: tuple[str, ...]


def read_rows(files: Iterable[Path], lang: str) -> list[dict[str, str]]:
    """The rows of a language, each with the file's name in its group so that groups of two files never meet."""
    rows = []
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row.get("lang") == lang and row.get("direction") in _SIGNS:
                row["group"] = f"{file.name}:{row.get('group') or row['id']}"
                rows.append(row)
    return rows


def sample(rows: Sequence[dict[str, str]], lang: str) -> Sample:
    """What the rules and the hashing make of the rows."""
    judgements = [
        judge(Text(row["title"] or "", row.get("summary") or "", row.get("body") or "", lang)) for row in rows
    ]
    words = np.zeros((len(rows), BUCKETS), dtype=np.float32)
    for at, judgement in enumerate(judgements):
        for bucket, value in text_buckets(judgement).items():
            words[at, bucket] = value
    return Sample(
        np.array([rule_numbers(judgement) for judgement in judgements]),
        words,
        np.array([judgement.net for judgement in judgements]),
        np.array([_SIGNS[row["direction"]] for row in rows]),
        tuple(row["group"] for row in rows),
    )


def fit(kernel: Floats, truth: NDArray[np.bool_], c: float = C) -> Floats:
    """Weight of each row in a logistic regression without intercept (the features hold a constant).

    `kernel` is the rows' inner products; a new row's score is its inner products with the rows, times these weights.
    """
    target = truth.astype(np.float64)
    dual = np.zeros(len(truth), dtype=np.float64)
    for _ in range(50):
        score = kernel @ dual
        chance = 1.0 / (1.0 + np.exp(-np.clip(score, -30, 30)))
        weight = np.maximum(chance * (1 - chance), 1e-6)
        # Newton's step in the dual: (K + diag(1 / (c w))) dual = score + (y - p) / w
        following = np.linalg.solve(kernel + np.diag(1.0 / (c * weight)), score + (target - chance) / weight)
        done = float(np.max(np.abs(following - dual))) < 1e-8
        dual = following.astype(np.float64)
        if done:
            break
    return dual


def inner(columns: NDArray[np.float32]) -> Floats:
    """The inner products of all rows."""
    return (columns @ columns.T).astype(np.float64)


def features_of(data: Sample, rules: bool = True, words: bool = True) -> NDArray[np.float32]:
    """The columns of rules, words, or both (a constant where there are no rules)."""
    left = data.rules if rules else data.rules[:, :1]
    return np.hstack([left.astype(np.float32), data.words * np.float32(TEXT_SCALE if words else 0.0)])


def folds_of(groups: Sequence[str], folds: int) -> Ints:
    """The fold of each row: whole groups, the largest first, each to the smallest fold."""
    sizes: dict[str, int] = {}
    for group in groups:
        sizes[group] = sizes.get(group, 0) + 1
    load = [0] * folds
    home: dict[str, int] = {}
    for group in sorted(sizes, key=lambda name: (-sizes[name], name)):
        home[group] = min(range(folds), key=lambda fold: (load[fold], fold))
        load[home[group]] += sizes[group]
    return np.array([home[group] for group in groups])


def out_of_fold(data: Sample, folds: int, rules: bool, words: bool) -> Floats:
    """Probability of news for each row by a gate that has not seen its group."""
    kernel, fold = inner(features_of(data, rules, words)), folds_of(data.groups, folds)
    chance = np.zeros(len(data.labels))
    for number in range(folds):
        held, rest = fold == number, fold != number
        dual = fit(kernel[np.ix_(rest, rest)], data.labels[rest] != 0)
        chance[held] = 1.0 / (1.0 + np.exp(-(kernel[np.ix_(held, rest)] @ dual)))
    return chance


def directions(data: Sample, chance: Floats, bar: float = 0.5) -> Ints:
    """The gate's decision with the rules' sign."""
    given: Ints = np.where(chance >= bar, np.sign(data.net), 0).astype(np.int64)
    return given


def words_alone(data: Sample, folds: int) -> Ints:
    """Three one-against-rest regressions on words and letter runs: what the texts give without any rule."""
    kernel, fold = inner(features_of(data, rules=False)), folds_of(data.groups, folds)
    scores = np.zeros((3, len(data.labels)))
    for number in range(folds):
        held, rest = fold == number, fold != number
        for row, sign in enumerate((1, -1, 0)):
            dual = fit(kernel[np.ix_(rest, rest)], data.labels[rest] == sign, c=10.0)
            scores[row, held] = kernel[np.ix_(held, rest)] @ dual
    best: Ints = np.array([1, -1, 0], dtype=np.int64)[np.argmax(scores, axis=0)]
    return best


def report(name: str, truth: Ints, given: Ints) -> str:
    """One line: accuracy, macro-F1, sign flips."""
    shares = []
    for sign in (1, -1, 0):
        hit = np.sum((truth == sign) & (given == sign))
        shares.append(2 * hit / max(1, np.sum(truth == sign) + np.sum(given == sign)))
    flips = int(np.sum(truth * given == -1))
    return (
        f"{name:32} n {len(truth):4}  accuracy {np.mean(truth == given):.3f}  macro-F1 {np.mean(shares):.3f}"
        f"  sign flips {flips} ({flips / max(1, len(truth)):.1%})"
    )


def reliability(truth: Ints, given: Ints, chance: Floats) -> list[str]:
    """How often a direction was right, by the probability the gate gave it."""
    lines = []
    sure = np.where(given != 0, chance, 1 - chance)
    for low, high in ((0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01)):
        here = (sure >= low) & (sure < high)
        if here.any():
            lines.append(
                f"  said {low:.1f}-{min(high, 1):.1f}: right {np.mean(truth[here] == given[here]):.2f} of {here.sum()}"
            )
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the comparison; with --write, train on all rows and write the weights."""
    parser = argparse.ArgumentParser(prog="python -m monitor.lab.train_local", description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, help="labelled stories, JSONL")
    parser.add_argument(
        "--test", nargs="*", type=Path, default=[], help="stories held out of training, scored at the end"
    )
    parser.add_argument("--folds", type=int, default=8)
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS.name} beside the reader")
    options = parser.parse_args(arguments)
    weights: dict[str, NDArray[np.float32]] = {}
    for lang in ("ar", "fa"):
        data = sample(read_rows(options.files, lang), lang)
        chance = out_of_fold(data, options.folds, rules=True, words=True)
        rules_only = np.where(np.abs(data.net) >= BAR, np.sign(data.net), 0).astype(np.int64)
        print(report(f"{lang} rules alone", data.labels, rules_only))
        print(report(f"{lang} words alone", data.labels, words_alone(data, options.folds)))
        numbers = out_of_fold(data, options.folds, rules=True, words=False)
        print(report(f"{lang} rules, gate on rules", data.labels, directions(data, numbers)))
        both = directions(data, chance)
        print(report(f"{lang} rules, gate on both", data.labels, both))
        print("\n".join(reliability(data.labels, both, chance)))
        columns = features_of(data)
        full: Floats = columns.T.astype(np.float64) @ fit(inner(columns), data.labels != 0)
        weights[f"{lang}_rules"] = full[: len(RULE_NAMES)].astype(np.float32)
        weights[f"{lang}_buckets"] = full[len(RULE_NAMES) :].astype(np.float16)
        for file in options.test:
            held = sample(read_rows([file], lang), lang)
            if len(held.labels):
                seen = 1.0 / (1.0 + np.exp(-(features_of(held) @ full)))
                print(report(f"{lang} {file.name}", held.labels, directions(held, seen)))
    if options.write:
        np.savez_compressed(WEIGHTS, **weights)  # type: ignore[arg-type]
        print(f"wrote {WEIGHTS} ({WEIGHTS.stat().st_size / 1024:.0f} KB)")


if __name__ == "__main__":
    main()

"""Promises of the fast YAML reader: what it reads is what the slow one reads, at the same lines; else it says nothing."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from monitor import yamlfast
from monitor.yamlfile import line_of

ROOT = Path(__file__).parents[1]
FILES = sorted(
    file
    for folder in ("monitor", "watchlists", "deploy")
    for file in (ROOT / folder).rglob("*.yaml")
    if "_shipped" not in file.parts
)
TEXT = st.text(st.sampled_from("aeo0178_-+.:~ nfxTZ<=#'\"\n,[]{}&*!|>%@nulltrueyesinf"), max_size=14)


def slow(text: str) -> Any:
    return YAML(typ="rt", pure=True).load(io.StringIO(text))


def paths(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    steps = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [*found, *(path for step, value in steps for path in paths(value, (*at, step)))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_of_ours_is_read_alike_with_the_same_lines(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    fast, exact = yamlfast.load(text), slow(text)
    assert fast is not None
    assert fast == exact
    assert [line_of(fast, path) for path in paths(fast)] == [line_of(exact, path) for path in paths(exact)]


@given(TEXT)
def test_whatever_stands_behind_a_key_is_read_alike_or_left_to_the_slow_reader(value: str) -> None:
    text = f"a: {value}\nb: [x, {value.replace(chr(10), ' ')}]\n"
    fast = yamlfast.load(text)
    if fast is not None:
        try:
            exact = slow(text)
        except YAMLError as error:
            raise AssertionError(f"only the slow reader refuses {text!r}") from error
        assert repr(_plain(fast)) == repr(_plain(exact))


def _plain(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return float(data) if isinstance(data, float) else str(data) if isinstance(data, str) else data


@pytest.mark.parametrize(
    "text",
    ["a: 1\na: 2\n", "a: *x\n", "a: 010\n", "a: 22:30\n", "a: !!str 1\n", "a: &x {b: 1}\nc: {<<: *x}\n", "a: [\n"],
)
def test_what_the_readers_might_take_differently_is_left_to_the_slow_one(text: str) -> None:
    assert yamlfast.load(text) is None

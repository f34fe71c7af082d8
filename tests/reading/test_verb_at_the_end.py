"""A headline that ends with a verb that takes an object is read like any other."""

from __future__ import annotations

import pytest

from monitor.reading.read import Reader
from monitor.reading.records import Text


@pytest.mark.parametrize(
    "title", ["Monday Briefing: U.S. to Push Israel to Scale Back", "Israel vows attacks will halt"]
)
def test_a_headline_that_ends_with_its_verb_is_read(title: str) -> None:
    assert Reader(encoder=False).read(Text(title), []).story.read

"""The arithmetic of evaluation against cases worked by hand."""

from __future__ import annotations

import pytest

from monitor.lab.measures import (
    calibration_error,
    confusion,
    direction_score,
    grouping,
    macro_f1,
    reliability,
    retrieval,
    sign_flips,
)

E, D, N = "escalation", "de-escalation", "none"
PAIRS = [(E, E), (E, E), (E, D), (D, D), (D, N), (N, N), (N, E), (N, N)]


def test_macro_f1_is_the_mean_of_the_three_f1():
    # E: 2 right, 3 labelled, 3 read -> 2/3. D: 1 right, 2 and 2 -> 1/2. N: 2 right, 3 and 3 -> 2/3.
    assert macro_f1(PAIRS) == pytest.approx((2 / 3 + 1 / 2 + 2 / 3) / 3)


def test_a_direction_neither_labelled_nor_read_does_not_count_in_macro_f1():
    assert macro_f1([(E, E), (D, D)]) == 1.0


def test_a_direction_that_is_labelled_but_never_read_counts_as_zero():
    # E: 1 right, 1 labelled, 2 read -> 2/3. D: 0.
    assert macro_f1([(E, E), (D, E)]) == pytest.approx(1 / 3)


def test_only_opposite_signs_are_flips():
    assert sign_flips(PAIRS) == 1
    assert sign_flips([(E, N), (N, D), (D, E), (E, D)]) == 2


def test_direction_score_counts_and_divides():
    figures = direction_score(PAIRS)
    assert figures is not None
    assert (figures.n, figures.accuracy, figures.sign_flips) == (8, 5 / 8, 1)


def test_nothing_to_score_gives_no_score():
    assert direction_score([]) is None


def test_the_confusion_matrix_holds_all_nine_cells():
    table = confusion(PAIRS)
    assert len(table) == 9
    assert (table[E, E], table[E, D], table[D, E], table[N, N]) == (2, 1, 0, 2)


def test_retrieval_by_hand():
    found = retrieval({1, 2, 3, 4}, {3, 4, 5})
    assert (found.precision, found.recall) == (pytest.approx(2 / 3), 0.5)
    assert found.f1 == pytest.approx(2 * (2 / 3) * 0.5 / (2 / 3 + 0.5))


def test_finding_nothing_where_nothing_is_to_be_found_is_perfect():
    assert retrieval(set(), set()).f1 == 1.0


def test_pairwise_grouping_by_hand():
    # Labelled pairs: ab, ac, bc, de. Found pairs: ab, cd. Right: ab -> precision 1/2, recall 1/4.
    found = grouping(["x", "x", "x", "y", "y"], [1, 1, 2, 2, 3], [1, 1, -1, 1, 0])
    assert found.pairwise_f1 == pytest.approx(2 * 0.5 * 0.25 / 0.75)
    assert found.opposed_merges == 1  # c with d


def test_a_merge_with_none_is_not_opposed():
    assert grouping(["x", "x"], [1, 1], [1, 0]).opposed_merges == 0


def test_reliability_bins_by_confidence():
    table = reliability([(0.95, True), (0.91, False), (0.42, True), (1.0, True)], bins=10)
    assert [(row.low, row.n) for row in table] == [(0.4, 1), (0.9, 3)]
    assert table[1].accuracy == pytest.approx(2 / 3)
    assert table[1].confidence == pytest.approx((0.95 + 0.91 + 1.0) / 3)


def test_calibration_error_weights_bins_by_size():
    table = reliability([(0.5, True), (0.5, False), (0.9, False)], bins=10)
    assert calibration_error(table) == pytest.approx((2 * 0.0 + 1 * 0.9) / 3)

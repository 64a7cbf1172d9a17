from datetime import date
from fractions import Fraction

import pytest

from metrics.scoring import IndicatorValue as Value, combine

OLD, NEW = date(2026, 1, 1), date(2026, 2, 1)


@pytest.mark.parametrize(
    ("found", "how", "whole"),
    [
        ([Value(1, 2, records=2, evidence_on=OLD), Value(3, 4, records=4, evidence_on=NEW)], "sum",
         Value(4, 6, records=6, evidence_on=NEW)),
        ([Value(1), Value(2)], "sum", Value(3)),
        ([Value(1, 2), Value(0, 0)], "sum", Value(1, 2)),
        ([Value(1, 2), Value(state="not_applicable")], "sum", Value(1, 2)),
        ([Value(1, 2), Value(denominator=5, state="no_data")], "sum", Value(1, 7)),
        ([Value(denominator=5, state="no_data")], "sum", Value(denominator=5, state="no_data")),
        ([Value(state="no_data"), Value(state="not_applicable")], "max", Value(state="no_data")),
        ([Value(0, 0), Value(state="not_applicable")], "sum", Value(state="not_applicable")),
        ([], "sum", Value(state="not_applicable")),
        ([Value(1, 2), Value(state="error", detail="boom")], "sum", Value(state="error", detail="boom")),
        ([Value(3), Value(12), Value(7)], "max", Value(12)),
        ([Value(1, 2), Value(2, 3)], "min", Value(1, 2)),
        ([Value(value=Fraction(1, 3)), Value(value=Fraction(1, 2))], "max", Value(value=Fraction(1, 2))),
        ([Value()], "max", Value(state="no_data")),
    ],
)  # fmt: skip
def test_combine_makes_the_value_of_the_ancestor(found, how, whole):
    assert combine(found, how) == whole


def test_combine_counts_a_shared_member_once():
    found = combine(
        [
            Value(members=frozenset({"x", "facebook"}), population=frozenset({"x", "facebook"})),
            Value(members=frozenset({"x"}), population=frozenset({"x", "tiktok"})),
        ],
        "union-count",
    )

    assert (found.numerator, found.denominator) == (2, 3)


@pytest.mark.parametrize(
    ("found", "how", "message"),
    [
        ([Value(value=Fraction(1, 2))], "sum", "needs numerators"),
        ([Value(1, 2), Value(1)], "sum", "denominator in all values or in none"),
        ([Value(1, 2)], "union-count", "needs the members"),
        (
            [Value(members=frozenset()), Value(members=frozenset(), population=frozenset())],
            "union-count",
            "population",
        ),
        ([Value(1, 2)], "mean", "mean"),
    ],
)
def test_combine_refuses_what_cannot_be_combined(found, how, message):
    with pytest.raises(ValueError, match=message):
        combine(found, how)

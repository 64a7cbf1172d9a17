"""The shortcut through flat files: which cells make two rows alike, and which files have none."""

from datetime import date

import pytest

from coe.intake.mapping import identity_mapping, load_mapping
from coe.intake.shortcut import shortcut_of

COLUMNS = ["line", "platform", "handle", "url", "metric", "date", "value", "numerator", "denominator"]
ROW = dict(zip(COLUMNS, ["HR", "x", "acme", "", "followers", "2026-01-31", "12", "", ""], strict=True))
BASE = {
    "kind": "observations",
    "fields": {
        "line": "Who",
        "platform": "Where",
        "metric": {"column": "Where"},
        "date": "Day",
        "value": "Count",
    },
}


def test_an_export_of_our_own_is_taken_apart_by_its_columns():
    found = shortcut_of(identity_mapping("observations", COLUMNS), COLUMNS)

    assert found is not None
    assert (found.subject(ROW), found.metric(ROW)) == (("acme", "HR", "x", ""), "followers")
    assert (found.day, found.numbers, found.has_points) == (
        "date",
        ("value", "numerator", "denominator"),
        True,
    )
    assert found.read_day("2026-01-31") == date(2026, 1, 31)


def test_a_rule_that_leaves_rows_out_makes_its_column_part_of_what_is_alike():
    rules = [{"column": "Kind", "equals": "TOTAL"}, {"column": "Count", "empty": True}]
    mapping = load_mapping({**BASE, "skip": rules})

    found = shortcut_of(mapping, ["Who", "Where", "Day", "Count", "Kind"])

    assert found is not None
    assert found.subject({"Who": "a", "Where": "x", "Kind": "TOTAL", "Count": "1"}) == ("TOTAL", "x", "a")


def test_a_rule_about_the_number_itself_is_asked_for_every_number():
    mapping = load_mapping({**BASE, "skip": [{"column": "Count", "equals": ["0"]}]})

    found = shortcut_of(mapping, ["Who", "Where", "Day", "Count"])

    assert found is not None
    assert found.subject({"Who": "a", "Where": "x", "Count": "0"}) == ("0", "x", "a")


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "observations", "records": [{"fields": {"value": "Count"}}, {"fields": {"value": "Posts"}}]},
        {"fields": {**BASE["fields"], "platform_account_id": "Id"}},
        {"fields": {**BASE["fields"], "value": {"column": "Count", "nulls": ["-"]}}},
        {"fields": {**BASE["fields"], "line": "who.code"}},
    ],
    ids=["several records", "ids of the platform", "a changed number", "a path into nested data"],
)
def test_files_whose_rows_need_a_closer_look_have_none(change):
    mapping = load_mapping({**BASE, **change})

    assert shortcut_of(mapping, ["Who", "Where", "Day", "Count", "Posts", "Id"]) is None

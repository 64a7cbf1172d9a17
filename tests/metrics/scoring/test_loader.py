import json
from contextlib import suppress
from copy import deepcopy
from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies as st

from metrics.scoring import (
    Kind,
    Problem,
    Rubric,
    RubricInvalid,
    Scope,
    load_rubric,
    read_rubric,
    rubric_digest,
)
from metrics.scoring.loader import exact

SMALL = """
code: small
version: 1.2.0-draft
title: {en: Small, fr: Petit}
levels:
  - {code: crawl, letter: C, name: {en: Crawl, fr: Ramper}}
dimensions:
  - {code: A, name: {en: Area, fr: Domaine}}
rules: {min_share: 2/3, waiver_budget: {default: 2, crawl: 0}, weight_share: 0.75}
criteria:
  - code: A-C1
    dimension: A
    level: crawl
    must: true
    statement: {en: Most have it., fr: La plupart l'ont.}
    indicator: things.have_it
    op: ">="
    threshold: 66.5
    unit: "%"
    guards:
      - {indicator: things.many, op: ">=", threshold: 1/3, label: {en: Many, fr: Beaucoup}}
    fix: {route: accounts}
  - {code: A-C2, dimension: A, level: crawl, must: false, kind: attested, statement: {en: We say so.}}
"""


def document():
    return read_rubric(SMALL)


def test_load_rubric_builds_exact_values():
    rubric = load_rubric(SMALL)

    measured, attested = rubric.criteria
    assert (measured.threshold, measured.guards[0].threshold) == (Fraction(133, 2), Fraction(1, 3))
    assert (measured.kind, measured.scope, attested.kind) == (Kind.MEASURED, Scope.LINE, Kind.ATTESTED)
    assert (rubric.rules.min_share, rubric.rules.weight_share) == (Fraction(2, 3), Fraction(3, 4))
    assert (rubric.rules.budget("crawl"), rubric.rules.budget("walk")) == (0, 2)
    assert [(level.code, level.index) for level in rubric.levels] == [("crawl", 0)]


def test_load_rubric_is_the_same_from_yaml_json_bytes_and_mapping():
    found = [load_rubric(x) for x in (SMALL, SMALL.encode(), json.dumps(document()), document())]

    assert found == [found[0]] * 4


def test_digest_follows_content_not_layout():
    shuffled = dict(reversed(document().items()))
    other = deepcopy(document())
    other["criteria"][0]["threshold"] = 67

    assert load_rubric(shuffled).digest == load_rubric(SMALL).digest == rubric_digest(document())
    assert len(rubric_digest(document())) == 64
    assert load_rubric(other).digest != load_rubric(SMALL).digest


def test_digest_takes_equal_numbers_as_equal():
    assert rubric_digest({"a": 80.0}) == rubric_digest({"a": 80})
    assert rubric_digest({"a": 0.5}) != rubric_digest({"a": 5})


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (80, 80),
        (80.0, 80),
        (0.1, Fraction(1, 10)),
        ("1/3", Fraction(1, 3)),
        ("2.50", Fraction(5, 2)),
        ("80", 80),
    ],
)
def test_exact_is_what_the_author_wrote(value, number):
    assert exact(value) == number
    assert type(exact(value)) is type(number)


def change(path, value):
    changed = document()
    here = changed
    for step in path[:-1]:
        here = here[step]
    if value is ...:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (change(["title"], ...), Problem("document", "Missing: title.", "Add title.")),
        (
            change(["criteria", 0, "op"], "=>"),
            Problem("criteria[A-C1].op", "'=>' is not allowed.", "Use one of: >=, <=, >, <, ==."),
        ),
        (
            change(["criteria", 0, "must"], "yes"),
            Problem("criteria[A-C1].must", "'yes' has the wrong type.", "Give a value of type boolean."),
        ),
        (
            change(["dimensions", 0, "wieght"], 1),
            Problem(
                "dimensions[A]", "Not known here: wieght.", "Remove it, or use one of: code, name, summary, weight.",
            ),
        ),
        (
            change(["criteria", 0, "threshold"], "most"),
            Problem(
                "criteria[A-C1].threshold", "'most' does not fit.",
                "Expected: An exact number: an integer, a decimal, or a fraction such as 1/3.",
            ),
        ),
        (
            change(["criteria", 0, "threshold"], float("nan")),
            Problem("criteria[0].threshold", "nan is not a number to compare with.", "Give a finite number."),
        ),
        (
            change(["criteria", 0, "statement"], {"fr": "Oui"}),
            Problem("criteria[A-C1].statement", "Missing: en.", "Add en."),
        ),
        (
            change(["levels"], []),
            Problem("levels", "[] breaks the rule minItems = 1.", "See metrics/rubrics/schema.json."),
        ),
        (
            change(["version"], "one"),
            Problem(
                "version", "'one' has the wrong form.",
                r"It must match ^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?$.",
            ),
        ),
        ({1: 2}, Problem("", "The key 1 is not text.", "Put it in quotes.")),
        ("- a", Problem("document", "A rubric is a mapping.", "Start with code, version and title.")),
    ],
)  # fmt: skip
def test_load_rubric_says_where_what_and_what_to_do(broken, problem):
    with pytest.raises(RubricInvalid) as refused:
        load_rubric(broken)

    assert refused.value.problems == (problem,)


def test_load_rubric_lists_everything_that_is_wrong():
    broken = change(["title"], ...)
    broken["criteria"][0]["op"] = "?"
    broken["rules"]["max_gap"] = -1

    with pytest.raises(RubricInvalid) as refused:
        load_rubric(broken)

    assert [p.path for p in refused.value.problems] == ["document", "criteria[A-C1].op", "rules.max_gap"]
    assert str(refused.value).count("\n") == 2


junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = ["code", "version", "title", "levels", "dimensions", "rules", "criteria", "references", "sources"]


@given(key=st.sampled_from(KEYS), value=junk)
@settings(deadline=None)
def test_load_rubric_loads_or_refuses_anything(key, value):
    with suppress(RubricInvalid):
        assert isinstance(load_rubric(document() | {key: value}), Rubric)


def test_load_rubric_takes_whole_decimals_as_integers():
    found = load_rubric(change(["rules", "max_gap"], 1.0))

    assert (found.rules.max_gap, type(found.rules.max_gap)) == (1, int)

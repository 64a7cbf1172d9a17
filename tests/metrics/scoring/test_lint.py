import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import metrics.scoring
from metrics.scoring import Guard, Kind, Rules, Scope, Severity, lint
from tests.metrics.scoring.builders import criterion, ladder

FULL = ladder()
KNOWN = dict.fromkeys(FULL.indicators() | {"known.guard"})
NAMED = {"en": "x", "fr": "x"}


def first(**changes):
    """The good ladder with its crawl criterion changed."""
    return replace(FULL, criteria=(criterion("A-C1", **changes), *FULL.criteria[1:]))


def second(threshold):
    """The good ladder whose walk criterion reads the indicator of its crawl criterion."""
    walk = criterion("A-W1", indicator="own.a_c1", threshold=threshold)
    return replace(FULL, criteria=(FULL.criteria[0], walk, FULL.criteria[2]))


def guard(indicator="known.guard", op=">=", threshold=1, unit="count", label=NAMED):
    return Guard(indicator, op, threshold, label, unit)


ATTESTED = criterion("A-C1", kind=Kind.ATTESTED)
WITH_ATTESTED = replace(FULL, criteria=(ATTESTED, *FULL.criteria[1:]))

# id → (a rubric that has the finding, one that has it not, where)
CASES = {
    "duplicate_criterion": (replace(FULL, criteria=FULL.criteria + FULL.criteria[:1]), FULL, "criteria[A-C1]"),
    "duplicate_dimension": (replace(FULL, dimensions=FULL.dimensions * 2), FULL, "dimensions[A]"),
    "duplicate_level": (replace(FULL, levels=FULL.levels + FULL.levels[:1]), FULL, "levels[crawl]"),
    "duplicate_letter": (
        replace(FULL, levels=(*FULL.levels[:2], replace(FULL.levels[2], letter="C"))), FULL, "levels",
    ),
    "unknown_level": (first(level="fly"), FULL, "criteria[A-C1].level"),
    "unknown_dimension": (first(dimension="Z"), FULL, "criteria[A-C1].dimension"),
    "code_level_mismatch": (first(level="walk"), FULL, "criteria[A-C1]"),
    "unknown_budget_level": (
        replace(FULL, rules=Rules(waiver_budget={"fly": 1})),
        replace(FULL, rules=Rules(waiver_budget={"walk": 1})),
        "rules.waiver_budget.fly",
    ),
    "weight_not_positive": (first(weight=0), first(weight=2), "criteria[A-C1].weight"),
    "share_out_of_range": (
        replace(FULL, rules=Rules(min_share=Fraction(0))),
        replace(FULL, rules=Rules(min_share=Fraction(1))),
        "rules.min_share",
    ),
    "measured_without_indicator": (first(indicator=None), WITH_ATTESTED, "criteria[A-C1].indicator"),
    "measured_without_threshold": (first(threshold=None), WITH_ATTESTED, "criteria[A-C1].threshold"),
    "attested_with_measure": (
        replace(FULL, criteria=(replace(ATTESTED, indicator="own.a_c1"), *FULL.criteria[1:])),
        WITH_ATTESTED,
        "criteria[A-C1]",
    ),
    "days_not_positive": (first(max_age_days=0), first(max_age_days=1), "criteria[A-C1].max_age_days"),
    "duplicate_guard": (
        first(guards=(guard(), guard(threshold=2))),
        first(guards=(guard(), guard(op="<=", threshold=9))),
        "criteria[A-C1].guards[1]",
    ),
    "threshold_out_of_range": (first(threshold=101), first(threshold=80), "criteria[A-C1].threshold"),
    "warn_not_stricter": (first(warn=80), first(warn=81), "criteria[A-C1].warn"),
    "threshold_not_monotonic": (
        second(79), second(80),
        "criteria[A-W1].threshold",
    ),
    "empty_dimension": (
        replace(FULL, dimensions=ladder("A", "B").dimensions), ladder("A", "B"), "dimensions[B]",
    ),
    "no_line_criteria": (
        replace(FULL, criteria=tuple(replace(c, scope=Scope.PROGRAMME) for c in FULL.criteria)), FULL, "dimensions[A]",
    ),
    "unreachable_stage": (first(must=False), FULL, "dimensions[A].crawl"),
    "stage_not_assessed": (replace(FULL, criteria=FULL.criteria[:2]), FULL, "dimensions[A].run"),
    "missing_remedy": (first(remedy={}), FULL, "criteria[A-C1].remedy"),
    "missing_french": (first(statement={"en": "Only English"}), FULL, "criteria[A-C1].statement"),
    "missing_sources": (first(basis="S"), first(basis="S", sources=("USDR",)), "criteria[A-C1].sources"),
    "unknown_indicator": (first(indicator="own.nobody"), FULL, "criteria[A-C1].indicator"),
    "unknown_guard_indicator": (
        first(guards=(guard("own.nobody"),)), first(guards=(guard(),)), "criteria[A-C1].guards[0].indicator",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_lint_finds_it_in_the_bad_rubric(name):
    bad, _, where = CASES[name]

    found = [finding for finding in lint(bad, KNOWN) if finding.id == name]

    assert [finding.where for finding in found][:1] == [where]
    assert all(finding.message and finding.hint for finding in found)


@pytest.mark.parametrize("name", CASES)
def test_lint_does_not_find_it_in_the_good_rubric(name):
    _, good, _ = CASES[name]

    assert name not in {finding.id for finding in lint(good, KNOWN | dict.fromkeys(good.indicators()))}


def test_every_finding_the_linter_can_make_has_a_case():
    source = (Path(metrics.scoring.__file__).parent / "lint.py").read_text(encoding="utf-8")
    ids = set(re.findall(r'Finding\(\s*"([a-z_]+)"', source))
    ids |= {f"duplicate_{noun}" for noun in ("level", "dimension", "criterion")}
    ids |= {"unknown_indicator", "unknown_guard_indicator"}

    assert ids == set(CASES)


def test_lint_says_nothing_of_a_sound_rubric():
    assert lint(FULL, KNOWN) == []


def test_lint_leaves_indicators_alone_when_none_are_known():
    assert lint(first(indicator="own.nobody")) == []


def test_lint_puts_the_worst_first():
    found = lint(first(remedy={}, threshold=101), KNOWN)

    assert [finding.severity for finding in found] == [Severity.ERROR, Severity.WARNING]


@pytest.mark.parametrize(
    ("op", "threshold", "unit", "wrong"),
    [
        (">=", 0, "%", True), (">=", 100, "%", False), ("<=", 100, "%", True), ("<=", 0, "%", False),
        (">", 100, "%", True), ("<", 0, "count", True), (">=", -1, "count", True), ("<=", 0, "count", False),
        (">=", 4, "score", False),
    ],
)  # fmt: skip
def test_lint_knows_bounds_that_decide_nothing(op, threshold, unit, wrong):
    found = lint(first(op=op, threshold=threshold, unit=unit))

    assert ("threshold_out_of_range" in {finding.id for finding in found}) is wrong

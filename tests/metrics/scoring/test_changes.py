from dataclasses import replace
from datetime import date

import pytest

from metrics.scoring import Answer, Cause, IndicatorValue, Kind, Rules, diff_rubrics, explain_change, score
from tests.metrics.scoring.builders import TODAY, criterion, ladder, ratio, rubric, values

LATER = date(2026, 6, 30)
AGED = criterion(max_age_days=30)
DATED = ratio(9, evidence_on=TODAY)


def card(made, found, *, as_of=TODAY, **more):
    return score(rubric(made), {"own.a_c1": found} if found else {}, as_of=as_of, **more)


@pytest.mark.parametrize(
    ("before", "after", "causes"),
    [
        (card(criterion(), ratio(7)), card(criterion(), ratio(8)), (Cause.EVIDENCE,)),
        (card(criterion(), ratio(8)), card(criterion(), None), (Cause.EVIDENCE,)),
        (card(criterion(), ratio(8)), card(criterion(threshold=90), ratio(8)), (Cause.RUBRIC,)),
        (card(criterion(), ratio(8)), card(criterion(threshold=90), ratio(7)), (Cause.RUBRIC, Cause.EVIDENCE)),
        (card(criterion(), ratio(7)), card(criterion(), ratio(7), waivers={"A-C1"}), (Cause.WAIVER,)),
        (card(criterion(), ratio(7), waivers={"A-C1"}), card(criterion(), ratio(7)), (Cause.WAIVER,)),
        (card(criterion(), ratio(8, 10)), card(criterion(), ratio(8, 12)), (Cause.SCOPE,)),
        (card(criterion(), ratio(7, 10)), card(criterion(), ratio(7, 8)), (Cause.SCOPE,)),
        (card(criterion(), ratio(7, 10)), card(criterion(), ratio(9, 11)), (Cause.SCOPE, Cause.EVIDENCE)),
        (card(criterion(), ratio(0, 0)), card(criterion(), ratio(0, 3)), (Cause.SCOPE,)),
        (card(AGED, DATED), card(AGED, DATED, as_of=LATER), (Cause.AGEING,)),
        (card(AGED, DATED, as_of=LATER), card(AGED, replace(DATED, evidence_on=LATER), as_of=LATER), (Cause.EVIDENCE,)),
    ],
)  # fmt: skip
def test_explain_change_names_the_cause(before, after, causes):
    report = explain_change(before, after)

    assert [change.causes for change in report.criteria] == [causes]
    assert all(set(change.causes) == set(causes) for change in report.stages)


def test_explain_change_calls_an_expired_answer_ageing():
    made = criterion(kind=Kind.ATTESTED)
    answers = {"A-C1": Answer("yes", expires_on=TODAY)}

    report = explain_change(card(made, None, answers=answers), card(made, None, answers=answers, as_of=LATER))

    assert [change.causes for change in report.criteria] == [(Cause.AGEING,)]


def test_explain_change_tells_stages_with_the_criteria_that_pulled_them():
    made = ladder("A", "B")
    before = score(made, values(a_c1=10, a_w1=7, b_c1=10), as_of=TODAY)
    after = score(made, values(a_c1=10, a_w1=9, b_c1=5), as_of=TODAY)

    report = explain_change(before, after)

    assert [(s.dimension, s.before, s.after, s.rise, s.criteria) for s in report.stages] == [
        (None, "crawl", None, -1, ("B-C1",)),
        ("A", "crawl", "walk", 1, ("A-W1",)),
        ("B", "crawl", None, -1, ("B-C1",)),
    ]


def test_explain_change_blames_the_rubric_when_only_its_rules_changed():
    made = rubric(criterion("A-C1"), criterion("A-C2", must=False))
    easier = replace(made, rules=Rules(min_share=Rules().min_share / 2))
    found = values(a_c1=10, a_c2=0)

    report = explain_change(score(made, found, as_of=TODAY), score(easier, found, as_of=TODAY))

    assert not report.criteria
    assert {s.causes for s in report.stages} == {(Cause.RUBRIC,)}


def test_explain_change_tells_of_criteria_that_came_and_went():
    before = score(rubric(criterion("A-C1")), values(a_c1=9), as_of=TODAY)
    after = score(rubric(criterion("A-C2")), {"own.a_c2": IndicatorValue(9, 10)}, as_of=TODAY)

    report = explain_change(before, after)

    assert [(c.code, c.causes) for c in report.criteria] == [
        ("A-C1", (Cause.RUBRIC,)),
        ("A-C2", (Cause.RUBRIC,)),
    ]
    assert bool(report) is True


def test_diff_rubrics_tells_what_judges_otherwise_from_what_reads_otherwise():
    old = rubric(criterion("A-C1"), criterion("A-C2"), criterion("A-C3"))
    new = rubric(
        criterion("A-C1", threshold=90),
        criterion("A-C2", remedy={"en": "Do it"}),
        criterion("A-C4"),
        rules=Rules(max_gap=0),
    )

    found = diff_rubrics(old, new)

    assert (found.added, found.removed, found.changed, found.reworded) == (
        ("A-C4",),
        ("A-C3",),
        ("A-C1",),
        ("A-C2",),
    )
    assert (found.rules_changed, found.frame_changed) == (True, False)

from datetime import date, timedelta
from fractions import Fraction

import pytest

from metrics.scoring import (
    Answer,
    Guard,
    IndicatorValue,
    Kind,
    Reason,
    ValueState,
    Verdict,
    score,
)
from tests.metrics.scoring.builders import TODAY, criterion, ratio, rubric

NAME = "own.a_c1"


def verdict_on(made, found, *, waivers=frozenset(), answers=None, as_of=TODAY, **guards):
    values = {name.replace("__", "."): value for name, value in guards.items()}
    if found is not None:
        values[NAME] = found
    card = score(rubric(made), values, waivers=waivers, answers=answers or {}, as_of=as_of)
    return card.verdicts[made.code]


AGED = criterion(max_age_days=30)
ATTESTED = criterion(kind=Kind.ATTESTED)


@pytest.mark.parametrize(
    ("made", "found", "waivers", "verdict", "reason"),
    [
        (criterion(), ratio(8), frozenset(), Verdict.PASS, Reason.THRESHOLD_MET),
        (criterion(), ratio(7), frozenset(), Verdict.FAIL, Reason.THRESHOLD_MISSED),
        (criterion(warn=90), ratio(8), frozenset(), Verdict.WARN, Reason.NEAR_THRESHOLD),
        (criterion(warn=90), ratio(9), frozenset(), Verdict.PASS, Reason.THRESHOLD_MET),
        (criterion(), None, frozenset(), Verdict.NO_DATA, Reason.NO_VALUE),
        (
            criterion(),
            IndicatorValue(state=ValueState.NO_DATA),
            frozenset(),
            Verdict.NO_DATA,
            Reason.NO_VALUE,
        ),
        (criterion(), IndicatorValue(), frozenset(), Verdict.NO_DATA, Reason.NO_VALUE),
        (AGED, ratio(8, evidence_on=date(2026, 3, 1)), frozenset(), Verdict.PASS, Reason.THRESHOLD_MET),
        (AGED, ratio(8, evidence_on=date(2026, 2, 28)), frozenset(), Verdict.STALE, Reason.EVIDENCE_TOO_OLD),
        (AGED, ratio(8), frozenset(), Verdict.STALE, Reason.EVIDENCE_UNDATED),
        (AGED, ratio(7), frozenset(), Verdict.FAIL, Reason.THRESHOLD_MISSED),
        (
            criterion(),
            IndicatorValue(state=ValueState.ERROR),
            frozenset(),
            Verdict.ERROR,
            Reason.COLLECTOR_ERROR,
        ),
        (criterion(), IndicatorValue(1, -1), frozenset(), Verdict.ERROR, Reason.BAD_DENOMINATOR),
        (criterion(), ratio(0, 0), frozenset(), Verdict.NOT_APPLICABLE, Reason.EMPTY_POPULATION),
        (
            criterion(),
            IndicatorValue(state=ValueState.NOT_APPLICABLE),
            {"A-C1"},
            Verdict.NOT_APPLICABLE,
            Reason.NOT_APPLICABLE,
        ),
        (criterion(), ratio(7), {"A-C1"}, Verdict.WAIVED, Reason.WAIVER),
        (criterion(), None, {"A-C1": date(2026, 3, 31)}, Verdict.WAIVED, Reason.WAIVER),
        (criterion(), ratio(7), {"A-C1": date(2026, 3, 30)}, Verdict.FAIL, Reason.THRESHOLD_MISSED),
        (criterion(), ratio(8), {"A-C1"}, Verdict.PASS, Reason.THRESHOLD_MET),
    ],
)
def test_judge_gives_each_of_the_eight_verdicts(made, found, waivers, verdict, reason):
    judged = verdict_on(made, found, waivers=waivers)

    assert (judged.verdict, judged.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("op", "threshold", "unit", "found", "met"),
    [
        (">=", 100, "%", IndicatorValue(294, 294), True),
        (">=", 100, "%", IndicatorValue(293, 294), False),
        (">=", Fraction(200, 3), "%", IndicatorValue(2, 3), True),
        (">=", Fraction(5, 2), "FTE", IndicatorValue(250, 100), True),
        (">=", Fraction(5, 2), "FTE", IndicatorValue(249, 100), False),
        ("<=", 10, "count", IndicatorValue(10), True),
        ("<=", 10, "count", IndicatorValue(11), False),
        ("<=", 0, "count", IndicatorValue(0), True),
        ("<=", 24, "hours", IndicatorValue(value=Fraction(49, 2)), False),
        (">", 1, "count", IndicatorValue(1), False),
        ("<", 1, "count", IndicatorValue(0), True),
        ("==", 3, "count", IndicatorValue(3), True),
        ("==", 3, "count", IndicatorValue(4), False),
    ],
)
def test_judge_compares_exactly_at_the_bound(op, threshold, unit, found, met):
    judged = verdict_on(criterion(op=op, threshold=threshold, unit=unit), found)

    assert judged.met is met
    assert (judged.credit == 1000) is met


def guarded(*guards):
    return criterion(
        guards=tuple(Guard(name, op, bound, {"en": name}, "count") for name, op, bound in guards)
    )


def test_judge_fails_and_names_the_guard_when_a_guard_fails():
    judged = verdict_on(
        guarded(("g.one", ">=", 1), ("g.two", "<=", 0)),
        ratio(10),
        g__one=IndicatorValue(1),
        g__two=IndicatorValue(3),
    )

    assert (judged.verdict, judged.reason, judged.guard) == (Verdict.FAIL, Reason.GUARD_FAILED, "g.two")
    assert [(g.indicator, g.verdict) for g in judged.guards] == [
        ("g.one", Verdict.PASS),
        ("g.two", Verdict.FAIL),
    ]
    assert judged.credit == 0


@pytest.mark.parametrize(
    ("guard", "verdict", "reason"),
    [
        (None, Verdict.NO_DATA, Reason.GUARD_NO_DATA),
        (IndicatorValue(state=ValueState.NO_DATA), Verdict.NO_DATA, Reason.GUARD_NO_DATA),
        (IndicatorValue(state=ValueState.ERROR), Verdict.ERROR, Reason.GUARD_ERROR),
        (IndicatorValue(0, 0), Verdict.PASS, Reason.THRESHOLD_MET),
    ],
)
def test_judge_passes_the_state_of_a_guard_on(guard, verdict, reason):
    judged = verdict_on(
        guarded(("g.one", ">=", 1)), ratio(10), **({} if guard is None else {"g__one": guard})
    )

    assert (judged.verdict, judged.reason) == (verdict, reason)


def test_judge_says_on_which_day_evidence_grows_too_old():
    judged = verdict_on(AGED, ratio(8, evidence_on=date(2026, 3, 20)))

    assert judged.changes_on == date(2026, 4, 20)
    assert verdict_on(AGED, ratio(8, evidence_on=date(2026, 3, 20)), as_of=date(2026, 4, 19)).met
    assert (
        verdict_on(AGED, ratio(8, evidence_on=date(2026, 3, 20)), as_of=date(2026, 4, 20)).verdict
        is Verdict.STALE
    )


def test_judge_keeps_what_a_waiver_covers_and_gives_it_no_credit():
    judged = verdict_on(criterion(), ratio(4), waivers={"A-C1": date(2026, 5, 1)})

    assert (judged.waived_from, judged.credit, judged.changes_on) == (Verdict.FAIL, 500, date(2026, 5, 2))


@pytest.mark.parametrize(
    ("answer", "verdict", "reason"),
    [
        (None, Verdict.NO_DATA, Reason.NOT_ANSWERED),
        (Answer("yes", accepted=False), Verdict.NO_DATA, Reason.AWAITING_REVIEW),
        (Answer("yes"), Verdict.PASS, Reason.ATTESTED_YES),
        (Answer("yes", expires_on=TODAY), Verdict.PASS, Reason.ATTESTED_YES),
        (Answer("yes", expires_on=TODAY - timedelta(days=1)), Verdict.STALE, Reason.ANSWER_EXPIRED),
        (Answer("no"), Verdict.FAIL, Reason.ATTESTED_NO),
        (Answer("not_applicable"), Verdict.NOT_APPLICABLE, Reason.NOT_APPLICABLE),
        (Answer("perhaps"), Verdict.ERROR, Reason.ANSWER_UNKNOWN),
    ],
)
def test_judge_counts_an_answer_once_accepted_and_until_it_expires(answer, verdict, reason):
    judged = verdict_on(ATTESTED, None, answers={} if answer is None else {"A-C1": answer})

    assert (judged.verdict, judged.reason) == (verdict, reason)


def test_judge_lets_an_answer_age_by_the_rubric_when_it_has_no_expiry():
    aged = criterion(kind=Kind.ATTESTED, max_age_days=365)
    answers = {"A-C1": Answer("yes", answered_on=date(2025, 3, 31))}

    judged = verdict_on(aged, None, answers=answers)

    assert (judged.verdict, judged.changes_on) == (Verdict.PASS, date(2026, 4, 1))
    assert verdict_on(aged, None, answers=answers, as_of=date(2026, 4, 1)).verdict is Verdict.STALE

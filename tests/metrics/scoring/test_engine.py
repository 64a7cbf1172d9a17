from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from metrics.scoring import (
    IndicatorValue,
    Kind,
    RubricInvalid,
    Rules,
    Scope,
    StageState,
    Standing,
    Verdict,
    compile_rubric,
    score,
    score_many,
    what_if,
)
from tests.metrics.scoring.builders import TODAY, criterion, ladder, ratio, rubric, values


def stages(card, dimension="A"):
    return [stage.state for stage in card.dimension(dimension).stages]


REACHED, MISSED, UNASSESSED = StageState.REACHED, StageState.NOT_REACHED, StageState.NOT_ASSESSED


def test_stage_is_reached_only_when_the_stage_below_is():
    card = score(ladder(), values(a_c1=7, a_w1=10, a_r1=10), as_of=TODAY)

    assert stages(card) == [MISSED, MISSED, MISSED]
    assert (card.dimension("A").standing, card.dimension("A").index, card.standing) == (
        Standing.NOT_YET,
        -1,
        Standing.NOT_YET,
    )


def test_stage_needs_every_must():
    two = rubric(criterion("A-C1"), criterion("A-C2"), criterion("A-C3"), criterion("A-C4"))

    assert stages(score(two, values(a_c1=8, a_c2=8, a_c3=8, a_c4=7), as_of=TODAY))[0] is MISSED
    assert stages(score(two, values(a_c1=8, a_c2=8, a_c3=8, a_c4=8), as_of=TODAY))[0] is REACHED


@pytest.mark.parametrize(("met_shoulds", "state"), [(0, MISSED), (1, REACHED)])
def test_stage_needs_two_thirds_of_its_criteria(met_shoulds, state):
    made = rubric(criterion("A-C1"), criterion("A-C2", must=False), criterion("A-C3", must=False))
    found = values(a_c1=8, a_c2=10 * met_shoulds, a_c3=0)

    assert stages(score(made, found, as_of=TODAY))[0] is state


def test_stage_leaves_out_what_is_not_applicable():
    made = rubric(criterion("A-C1"), criterion("A-C2", must=False), criterion("A-C3", must=False))

    card = score(made, values(a_c1=8, a_c2=ratio(0, 0), a_c3=ratio(0, 0)), as_of=TODAY)

    stage = card.dimension("A").stages[0]
    assert (stage.state, stage.met, stage.applicable, stage.musts) == (REACHED, 1, 1, 1)


def test_stage_without_applicable_must_is_not_assessed_and_never_reached():
    card = score(ladder(), values(a_c1=10, a_w1=ratio(0, 0), a_r1=10), as_of=TODAY)

    assert stages(card) == [REACHED, UNASSESSED, MISSED]
    assert card.level == "crawl"


def test_dimension_without_applicable_first_must_leaves_its_weight():
    card = score(ladder("A", "B"), values(a_c1=10, b_c1=ratio(0, 0), b_w1=10), as_of=TODAY)

    assert card.dimension("B").standing is Standing.NOT_ASSESSED
    assert (card.standing, card.level) == (Standing.REACHED, "crawl")


def test_scorecard_is_not_assessed_when_nothing_applies():
    card = score(ladder(), values(a_c1=ratio(0, 0), a_w1=ratio(0, 0), a_r1=ratio(0, 0)), as_of=TODAY)

    assert (card.standing, card.index, card.level, card.score) == (Standing.NOT_ASSESSED, -1, None, None)


@pytest.mark.parametrize(
    ("waived", "reached", "waivers"), [(0, False, 0), (1, True, 1), (2, True, 2), (3, False, 3)]
)
def test_stage_bears_waivers_up_to_its_budget(waived, reached, waivers):
    codes = [f"A-C{i}" for i in range(1, 4)]
    made = rubric(*map(criterion, codes), rules=Rules(waiver_budget={"crawl": 2}))
    found = {f"own.a_c{i}": ratio(0 if i <= max(1, waived) else 10) for i in range(1, 4)}

    card = score(made, found, waivers=frozenset(codes[:waived]), as_of=TODAY)

    stage = card.dimension("A").stages[0]
    assert (stage.state is REACHED, stage.waivers, stage.over_budget) == (reached, waivers, waived == 3)
    assert card.waivers == (waived if reached else 0)


def four(**held):
    """Four dimensions at the levels given: 0 nothing, 1 crawl, 2 walk, 3 run."""
    found = {}
    for name, level in held.items():
        for i, letter in enumerate("cwr"):
            found[f"own.{name}_{letter}1"] = ratio(10 if i < level else 0)
    return score(ladder(*(name.upper() for name in held)), found, as_of=TODAY)


@pytest.mark.parametrize(
    ("held", "level"),
    [
        ({"a": 1, "b": 1, "c": 1, "d": 1}, "crawl"),
        ({"a": 1, "b": 1, "c": 1, "d": 0}, "crawl"),
        ({"a": 1, "b": 1, "c": 0, "d": 0}, None),
        ({"a": 2, "b": 2, "c": 2, "d": 1}, "walk"),
        ({"a": 2, "b": 2, "c": 2, "d": 0}, "crawl"),
        ({"a": 3, "b": 3, "c": 3, "d": 1}, "walk"),
        ({"a": 3, "b": 3, "c": 3, "d": 2}, "run"),
        ({"a": 0, "b": 0, "c": 0, "d": 0}, None),
    ],
)
def test_overall_stage_needs_three_quarters_of_weight_and_no_straggler(held, level):
    assert four(**held).level == level


def test_overall_stage_weighs_dimensions():
    made = replace(ladder("A", "B"), rules=Rules())
    heavy = rubric(*made.criteria, weights={"A": 3, "B": 1})

    assert score(heavy, values(a_c1=10, b_c1=0), as_of=TODAY).level == "crawl"
    assert score(heavy, values(a_c1=0, b_c1=10), as_of=TODAY).level is None


def test_programme_criteria_count_for_the_programme_only():
    made = rubric(
        criterion("A-C1"), criterion("A-C2", scope=Scope.PROGRAMME), criterion("B-C1", scope=Scope.PROGRAMME)
    )
    found = values(a_c1=10, a_c2=0, b_c1=0)

    line, programme = score(made, found, as_of=TODAY), score(made, found, as_of=TODAY, scope="programme")

    assert (line.level, sorted(line.verdicts)) == ("crawl", ["A-C1"])
    assert line.dimension("B").standing is Standing.NOT_ASSESSED
    assert (programme.level, sorted(programme.verdicts)) == (None, ["A-C1", "A-C2", "B-C1"])


def test_score_is_the_mean_over_levels_of_weighted_credit_in_tenths():
    made = rubric(criterion("A-C1", weight=3), criterion("A-C2", must=False), criterion("A-W1"))

    card = score(made, values(a_c1=8, a_c2=4, a_w1=2), as_of=TODAY)

    # crawl (3 × 1000 + 500) ÷ 4 = 875, walk 250; run holds no criteria and is left out
    assert (card.dimension("A").score, card.score) == (562, 562)


@pytest.mark.parametrize(
    ("op", "threshold", "found", "credit"),
    [
        (">=", 80, 4, 50), (">=", 10, -3, 0), ("<=", 10, 20, 500), ("<=", 0, 1, 0), (">", 5, 5, 999),
        ("==", 5, 4, 0), (">=", 0, -1, 0),
    ],
)  # fmt: skip
def test_credit_says_how_near_a_missed_threshold_is(op, threshold, found, credit):
    made = rubric(criterion(op=op, threshold=threshold, unit="count"))

    card = score(made, {"own.a_c1": IndicatorValue(found)}, as_of=TODAY)

    assert card.verdicts["A-C1"].credit == credit


def test_targets_are_shown_beside_the_stage():
    card = score(ladder("A", "B"), values(a_c1=10, b_c1=0), targets={"A": "crawl", "B": "walk"}, as_of=TODAY)

    assert [(d.target, d.on_target) for d in card.dimensions] == [("crawl", True), ("walk", False)]


def test_scorecard_knows_the_first_day_the_calendar_changes_it():
    made = rubric(criterion("A-C1", max_age_days=30), criterion("A-C2", max_age_days=10), criterion("A-C3"))
    found = values(
        a_c1=ratio(9, evidence_on=date(2026, 3, 20)), a_c2=ratio(9, evidence_on=date(2026, 3, 31)), a_c3=9
    )

    assert score(made, found, as_of=TODAY).changes_on == date(2026, 4, 11)


def test_baseline_level_is_held_without_criteria():
    made = ladder()
    low = replace(made.levels[0], baseline=True)
    made = replace(made, levels=(low, *made.levels[1:]), criteria=made.criteria[1:])

    assert score(made, values(a_w1=0), as_of=TODAY).level == "crawl"
    assert score(made, values(a_w1=9), as_of=TODAY).level == "walk"


def test_score_many_gives_each_line_what_score_gives_it():
    made = ladder("A", "B")
    lines = {i: values(a_c1=i, a_w1=10 - i, b_c1=i) for i in range(11)}

    found = score_many(compile_rubric(made), lines, waivers_by_line={3: {"A-C1"}}, as_of=TODAY)

    assert list(found) == list(lines)
    assert found == {
        i: score(made, v, waivers={"A-C1"} if i == 3 else frozenset(), as_of=TODAY) for i, v in lines.items()
    }


def test_what_if_ticks_unticks_and_moves_thresholds():
    made, found = ladder(), values(a_c1=10, a_w1=7, a_r1=0)

    assert what_if(made, found, as_of=TODAY).level == "crawl"
    assert what_if(made, found, met={"A-W1"}, as_of=TODAY).level == "walk"
    assert what_if(made, found, unmet={"A-C1"}, as_of=TODAY).level is None
    assert what_if(made, found, thresholds={"A-W1": 70}, as_of=TODAY).level == "walk"
    assert score(made, found, as_of=TODAY).level == "crawl"


@pytest.mark.parametrize("wrong", [{"met": {"X-C1"}}, {"unmet": {"X-C1"}}, {"thresholds": {"X-C1": 1}}])
def test_what_if_refuses_an_unknown_criterion(wrong):
    with pytest.raises(KeyError, match="X-C1"):
        what_if(ladder(), {}, as_of=TODAY, **wrong)


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        (rubric(criterion("A-C1"), criterion("A-C1")), "criteria[A-C1]"),
        (rubric(criterion("A-C1", level="fly")), "criteria[A-C1].level"),
        (replace(rubric(criterion("A-C1")), dimensions=()), "criteria[A-C1].dimension"),
        (rubric(criterion("A-C1", weight=0)), "criteria[A-C1].weight"),
        (rubric(criterion("A-C1"), weights={"A": -1}), "dimensions[A].weight"),
        (rubric(criterion("A-C1", indicator=None)), "criteria[A-C1].indicator"),
        (rubric(criterion("A-C1", threshold=None)), "criteria[A-C1].threshold"),
    ],
)
def test_compile_refuses_what_cannot_be_judged_and_says_where(broken, path):
    with pytest.raises(RubricInvalid) as refused:
        compile_rubric(broken)

    assert [problem.path for problem in refused.value.problems] == [path]


def test_attested_and_measured_criteria_stand_side_by_side():
    made = rubric(criterion("A-C1"), criterion("A-C2", kind=Kind.ATTESTED))

    card = score(made, values(a_c1=10), as_of=TODAY)

    assert card.verdicts["A-C2"].verdict is Verdict.NO_DATA
    assert card.level is None


def test_min_share_comes_from_the_rubric():
    made = rubric(criterion("A-C1"), criterion("A-C2", must=False), rules=Rules(min_share=Fraction(1, 2)))

    assert score(made, values(a_c1=10, a_c2=0), as_of=TODAY).level == "crawl"

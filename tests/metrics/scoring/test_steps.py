from dataclasses import replace
from fractions import Fraction

import pytest

from metrics.scoring import Effort, Rules, next_steps, score
from tests.metrics.scoring.builders import TODAY, criterion, ladder, ratio, rubric, values


def test_next_steps_ask_for_musts_and_the_cheapest_shoulds():
    made = rubric(
        criterion("A-C1", effort=Effort.LARGE),
        criterion("A-C2", must=False, effort=Effort.LARGE),
        criterion("A-C3", must=False, effort=Effort.SMALL),
    )

    found = next_steps(score(made, {}, as_of=TODAY), made)

    assert (found.level, found.reachable, found.codes) == ("crawl", True, ("A-C3", "A-C1"))


def test_next_steps_are_ordered_by_unlock_over_effort():
    made = rubric(
        criterion("A-C1", effort=Effort.LARGE),
        criterion("B-C1", effort=Effort.SMALL),
        weights={"A": 3, "B": 3},
    )

    found = next_steps(score(made, {}, as_of=TODAY), made)

    assert [(s.code, s.unlock, s.worth) for s in found.steps] == [
        ("B-C1", Fraction(1, 2), Fraction(1, 2)),
        ("A-C1", Fraction(1, 2), Fraction(1, 8)),
    ]


def test_next_steps_lift_only_as_many_dimensions_as_the_rule_needs():
    made = ladder("A", "B", "C", "D")
    card = score(made, values(a_c1=10, b_c1=10), as_of=TODAY)

    assert next_steps(card, made).codes == ("C-C1",)


def test_next_steps_go_up_to_the_level_asked_for():
    made = ladder()

    found = next_steps(score(made, {}, as_of=TODAY), made, "run")

    assert (found.level, found.codes) == ("run", ("A-C1", "A-W1", "A-R1"))


def test_next_steps_stop_at_the_target():
    made = ladder("A", "B")
    card = score(made, values(a_c1=10, b_c1=10), targets={"A": "crawl"}, as_of=TODAY)

    found = next_steps(card, made)

    assert (found.level, found.reachable, found.codes) == ("walk", False, ("B-W1",))


def test_next_steps_are_none_at_the_top_and_when_the_level_is_held():
    made = ladder()
    top = score(made, values(a_c1=10, a_w1=10, a_r1=10), as_of=TODAY)

    assert (next_steps(top, made).level, next_steps(top, made).codes) == (None, ())
    assert (next_steps(top, made, "walk").level, next_steps(top, made, "walk").codes) == ("walk", ())


def test_next_steps_say_when_a_stage_cannot_be_assessed():
    made = ladder()
    card = score(made, values(a_c1=10, a_w1=ratio(0, 0)), as_of=TODAY)

    assert (next_steps(card, made).reachable, next_steps(card, made).codes) == (False, ())


def test_next_steps_replace_waivers_above_the_budget():
    made = rubric(criterion("A-C1"), criterion("A-C2"), rules=Rules(default_waiver_budget=1))
    card = score(made, values(a_c1=7, a_c2=2), waivers={"A-C1", "A-C2"}, as_of=TODAY)

    assert next_steps(card, made).codes == ("A-C1",)


def test_next_steps_of_a_wide_model_reach_the_level_too():
    names = [f"D{i}" for i in range(14)]
    made = rubric(
        *(replace(criterion("A-C1"), code=f"{n}-C1", dimension=n, indicator=f"x.{n}") for n in names)
    )

    found = next_steps(score(made, {}, as_of=TODAY), made)

    assert (found.reachable, len(found.codes)) == (True, 11)


def test_next_steps_refuse_an_unknown_level():
    with pytest.raises(KeyError, match="fly"):
        next_steps(score(ladder(), {}, as_of=TODAY), ladder(), "fly")

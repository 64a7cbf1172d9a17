"""The bench's own promises: equal work or no figure, warm-up dropped, one world for one size."""

import datetime as dt

import pytest

from bench import world
from bench.frame import Bench, Goal, Unequal, equal
from coe.models import BusinessLine, LineClosure, SocialAccount
from coe.rules.principals import Actor
from coe.selectors.invariants import broken_invariants
from coe.services.platforms import ensure_platforms
from metrics.models import AccountMonth, DailyRollup, Observation
from metrics.services.dictionary import ensure_dictionary

DAY = dt.date(2026, 3, 2)
TINY = world.Size(20, 60, 3_000)


def bench(rounds: int = 5) -> Bench:
    return Bench(world.World(TINY, DAY, 1, "B0001"), "sqlite", rounds)


def test_a_figure_counts_its_rounds_and_drops_the_warm_up() -> None:
    asked: list[str] = []

    found = bench().compare(
        1,
        "ours",
        "theirs",
        lambda n: asked.append(f"ours {n}") or n,
        lambda n: asked.append(f"theirs {n}") or n,
        goal=Goal(1_000_000),
        calls=2,
        same=equal,
    )

    assert (found.rounds, found.calls, found.is_met, found.goal) == (5, 2, True, "≤ 1e+06")
    assert asked[:4] == ["ours 1", "theirs 1", "theirs 2", "ours 2"]
    assert len(asked) == 2 * 2 * (5 + 1)
    assert found.low <= found.ratio <= found.high


def test_a_figure_whose_sides_differ_is_refused() -> None:
    with pytest.raises(Unequal, match="rows differ at 1: 2 here, 3 in the floor"):
        bench().compare(1, "", "", lambda _n: [1, 2], lambda _n: [1, 3], goal=Goal(1), same=equal)


@pytest.mark.parametrize(
    ("goal", "ratio", "expected"),
    [
        (Goal(2), 2.0, True),
        (Goal(2), 2.01, False),
        (Goal(0.35, at_least=True), 0.35, True),
        (Goal(0.35, at_least=True), 0.3, False),
    ],
)
def test_a_goal_is_a_bound_on_one_side(goal: Goal, ratio: float, expected: bool) -> None:
    assert goal.is_met(ratio) is expected


def test_a_goal_for_queries_is_missed_by_a_fast_answer_with_too_many() -> None:
    found = bench().compare(
        1, "", "", lambda _n: 1, lambda _n: 1, goal=Goal(1e9), same=equal, queries=5, most_queries=4
    )

    assert (found.is_met, found.goal) == (False, "≤ 1e+09, ≤ 4 queries")


@pytest.mark.django_db
def test_a_world_has_its_size_and_keeps_every_invariant(at: dt.datetime) -> None:
    ensure_platforms(by=Actor.system("bench"), at=at)
    ensure_dictionary(by=Actor.system("bench"), at=at)

    world.populate(TINY, DAY)

    assert BusinessLine.objects.count() == TINY.lines
    assert SocialAccount.objects.count() == TINY.accounts
    assert Observation.objects.count() == TINY.observations
    assert sum(DailyRollup.objects.values_list("count", flat=True)) == TINY.observations
    assert sum(AccountMonth.objects.values_list("observations", flat=True)) == TINY.observations
    assert LineClosure.objects.filter(ancestor__code="B0000").count() == TINY.lines
    assert broken_invariants() == []

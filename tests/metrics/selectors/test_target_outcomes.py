"""What comes of targets: judged from rollups, owed by those who lead the line, ended with a reason."""

import datetime as dt
from decimal import Decimal

import pytest

from coe.enums.roles import Role
from coe.rules.principals import Actor
from coe.selectors.duties import duties_of
from metrics.enums.dictionary import TargetState
from metrics.models import DailyRollup, Target
from metrics.selectors.outcomes import outcomes_of
from metrics.services.targets import remove_target, set_target
from tests.factories import RoleFactory
from tests.metrics.world import AT, metric, organisation, tree

pytestmark = pytest.mark.django_db
BY, TODAY, DAY = Actor.system("test"), AT.date(), dt.timedelta(days=1)
START, END = TODAY - 90 * DAY, TODAY - DAY


def rolled(line, of, on, total=0, above=0, below=0, count=1):
    DailyRollup.objects.create(
        line=line, metric=of, on=on, total=total, numerator=above, denominator=below, count=count
    )


@pytest.fixture
def lines():
    organisation()
    return tree()


def test_outcomes_follow_the_meaning_of_the_metric(lines, django_assert_num_queries):
    region, a, b = lines
    posts = metric("posts", aggregation="sum", scale=1)
    fans = metric("fans", aggregation="last")
    hours = metric("hours", aggregation="mean", direction="down")
    rate = metric("rate", aggregation="ratio", scale=2)
    for line, on in ((a, START), (b, END), (a, START - DAY), (b, TODAY)):
        rolled(line, posts, on, total=25)
    for line, on, total in ((a, START, 900), (a, END - DAY, 30), (b, END - DAY, 10), (b, TODAY, 700)):
        rolled(line, fans, on, total=total)
    rolled(a, hours, START, total=30, count=3)
    rolled(a, hours, END, total=2, count=1)
    rolled(a, rate, START, above=1, below=10)
    rolled(a, rate, END, above=2, below=10)

    def aim(line, of, value, until=END, since=START):
        return Target.objects.create(line=line, metric=of, period_start=since, period_end=until, value=value)

    told = {
        aim(region, posts, 50): (TargetState.REACHED, Decimal("5.0")),
        aim(a, posts, 26): (TargetState.MISSED, Decimal("2.5")),
        aim(region, fans, 41): (TargetState.MISSED, Decimal(40)),
        aim(b, fans, 700, until=TODAY): (TargetState.REACHED, Decimal(700)),
        aim(a, fans, 31, until=TODAY): (TargetState.RUNNING, Decimal(30)),
        aim(b, posts, 1, since=TODAY + DAY, until=TODAY + DAY): (TargetState.AHEAD, None),
        aim(a, hours, 8): (TargetState.REACHED, Decimal(8)),
        aim(region, hours, 7): (TargetState.MISSED, Decimal(8)),
        aim(a, rate, 1500): (TargetState.REACHED, Decimal(15)),
        aim(b, rate, 1): (TargetState.UNREPORTED, None),
    }
    targets = list(Target.objects.select_related("metric"))
    with django_assert_num_queries(2):
        found = outcomes_of(targets, on=TODAY)

    assert {target: (found[target.pk].state, found[target.pk].value) for target in told} == told


def test_a_missed_target_is_owed_by_the_lead_until_the_next_one_or_its_end(lines):
    _region, a, b = lines
    lead, other = (RoleFactory(role=Role.LINE_LEAD, line=line).user for line in (a, b))
    posts, likes = metric("posts"), metric("likes")
    rolled(a, likes, END, total=9)
    for of, since, until in ((posts, START, END), (likes, START, END - DAY), (likes, START + DAY, END)):
        set_target(line=a, metric=of, period_start=since, period_end=until, value=10, by=BY, at=AT)
    reached = set_target(line=b, metric=likes, period_start=START, period_end=END, value=5, by=BY, at=AT)
    rolled(b, likes, START, total=5)

    def owed():
        found = duties_of([lead, other], at=AT)
        return [
            [(str(duty.title), duty.key, duty.line, duty.due_at.date()) for duty in found[person.pk]]
            for person in (lead, other)
        ]

    assert owed() == [[("Answer for 2 missed targets of " + a.name, "A", a, dt.date(2026, 3, 6))], []]
    set_target(line=a, metric=posts, period_start=TODAY, period_end=TODAY + DAY, value=1, by=BY, at=AT)
    assert [title for title, *_rest in owed()[0]] == ["Answer for 1 missed target of " + a.name]

    missed = Target.objects.get(metric=likes, line=a, period_end=END)
    remove_target(missed, by=BY, at=AT, why=" The campaign was dropped ")
    earlier = Target.objects.get(metric=likes, line=a, period_end=END - DAY)
    assert [title for title, *_rest in owed()[0]] == ["Answer for 1 missed target of " + a.name]
    remove_target(earlier, by=BY, at=AT, why="Likewise")
    remove_target(earlier, by=BY, at=AT + DAY, why="A second time")
    missed.refresh_from_db()
    earlier.refresh_from_db()

    assert owed() == [[], []]
    assert (missed.archived_at, missed.archived_why) == (AT, "The campaign was dropped")
    assert (earlier.archived_at, earlier.archived_why) == (AT, "Likewise")
    assert reached in Target.objects.standing()
    assert outcomes_of([missed], on=TODAY)[missed.pk].state == TargetState.ARCHIVED
    again = set_target(line=a, metric=likes, period_start=START + DAY, period_end=END, value=3, by=BY, at=AT)
    assert (again.pk, again.archived_at, again.archived_why) == (missed.pk, None, "")

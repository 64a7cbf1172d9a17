"""The figures and scores of the demo company: eighteen months, gaps, a trend that was really measured, nothing inconsistent."""

import datetime as dt
import hashlib

import pytest
import time_machine
from django.db import transaction

from coe.demo.world import STEPS, load_demo
from coe.models import BusinessLine, SocialAccount
from coe.rules.principals import Actor
from coe.selectors.invariants import broken_invariants
from coe.services.leaving import leave_demo
from metrics.models import (
    DailyRollup,
    MaturityRun,
    Metric,
    Observation,
    RubricVersion,
    StageRow,
    Target,
    TargetStage,
    VerdictRow,
)

# pytest-django prepares only the databases that a mark asks for.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo-figures")]
LOADED_AT = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker):
    """The whole demo company, loaded once for the module and rolled back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load_demo(at=LOADED_AT)
        transaction.set_rollback(True)


def digest():
    """A hash of every figure, verdict and stage, without ids."""
    told = hashlib.sha256()
    orders = {
        Observation: (
            "account__line__code",
            "account__url",
            "metric__code",
            "on",
            "value",
            "numerator",
            "denominator",
            "source",
        ),
        VerdictRow: ("line__code", "criterion", "known_from", "verdict"),
        StageRow: ("line__code", "dimension", "known_from", "level_index", "score_tenths"),
        Target: ("line__code", "metric__code", "period_start", "value"),
    }
    for model, fields in orders.items():
        rows = model.objects.order_by(*fields).values_list(*fields)
        for row in rows.iterator(chunk_size=10_000):
            told.update(repr(row).encode())
    return told.hexdigest()


def stages(code):
    rows = StageRow.objects.filter(line__code=code, dimension="").order_by("known_from")
    return [row.level_index for row in rows]


def test_nothing_is_inconsistent(company):
    # Invariants ask what the time is: a company of last week has clocks that nobody has turned since.
    with time_machine.travel(LOADED_AT, tick=False):
        assert broken_invariants() == []


def test_figures_cover_eighteen_months_up_to_today_with_gaps(company):
    days = Observation.objects.filter(metric__code="followers").order_by("on")
    assert (days.first().on, days.last().on) == (LOADED_AT.date() - dt.timedelta(days=547), LOADED_AT.date())
    whole = SocialAccount.objects.get(platform__code="x", line__code="RTE", tier=1)
    assert 500 <= Observation.objects.filter(account=whole, metric__code="followers").count() <= 548
    assert 100_000 < Observation.objects.count() < 160_000


def test_one_line_stopped_reporting_and_one_hardly_began(company):
    newest = DailyRollup.objects.filter(line__code="FDP").order_by("-on").first().on
    assert (LOADED_AT.date() - newest).days == 70
    assert Observation.objects.filter(account__line__code="LGP").values("account").distinct().count() == 5


def test_lines_stand_at_different_stages_which_rose(company):
    now = {line.code: stages(line.code)[-1] for line in BusinessLine.objects.spokes()}
    assert {-1, 0, 1} <= set(now.values())
    assert (now["CRP"], now["LGP"]) == (max(now.values()), -1)
    assert stages("RTE")[0] < stages("RTE")[-1]


def test_each_step_was_judged_by_a_run_of_its_own_day(company):
    days = MaturityRun.objects.order_by("pk").values_list("as_of", "state")
    assert list(days) == [(LOADED_AT.date() - dt.timedelta(days=back), "done") for back in STEPS]


def test_lines_aim_at_numbers_and_stages(company):
    assert Target.objects.filter(period_end__gte=LOADED_AT.date()).count() > 30
    assert TargetStage.objects.values("line").distinct().count() == 12


def test_second_load_on_the_same_day_gives_the_same_figures_and_scores(company):
    before = digest()
    with transaction.atomic():
        load_demo(at=LOADED_AT, reset=True)
        after = digest()
        transaction.set_rollback(True)
    assert after == before


def test_leaving_keeps_dictionary_and_rubrics_only(company):
    kept = (Metric.objects.count(), RubricVersion.objects.count())
    with transaction.atomic():
        leave_demo(by=Actor.system("test"), at=LOADED_AT)
        emptied = (Observation, DailyRollup, VerdictRow, StageRow, MaturityRun, Target, TargetStage)
        gone = [model.objects.count() for model in emptied]
        left = (Metric.objects.count(), RubricVersion.objects.count())
        owned = Metric.objects.filter(owner__isnull=False).count()
        transaction.set_rollback(True)
    assert (gone, left, owned) == ([0] * 7, kept, 0)

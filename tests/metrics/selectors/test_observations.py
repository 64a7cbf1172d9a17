"""Series keep the meaning of their metric, stay in scope, and the export tells all of it."""

from datetime import date
from decimal import Decimal

import pytest

from coe.enums.roles import Role
from coe.rules.principals import Actor, Principal, principal_of
from metrics.models import Metric
from metrics.selectors.observations import (
    Point,
    account_series,
    export_rows,
    line_series,
    stepped,
)
from metrics.services.dictionary import ensure_dictionary
from metrics.services.observing import NewObservation, record_observations
from tests.factories import AT, AccountFactory, LineFactory, RoleFactory

pytestmark = pytest.mark.django_db
SPAN = {"since": date(2026, 1, 1), "until": date(2026, 2, 28)}


@pytest.fixture
def world():
    """A parent with two lines below it, one account each, and values of four kinds."""
    ensure_dictionary(by=Actor.system(), at=AT)
    parent = LineFactory(code="EU")
    one, two = (
        AccountFactory(line=LineFactory(code=code, parent=parent), handle=code.lower()) for code in ("A", "B")
    )
    day = date(2026, 2, 2)
    rows = [
        NewObservation("followers", day, account_id=one.pk, value=10),
        NewObservation("followers", day, account_id=two.pk, value=30),
        NewObservation("posts", day, account_id=one.pk, value=2),
        NewObservation("posts", date(2026, 2, 5), account_id=one.pk, value=3),
        NewObservation("engagement_rate_reach", day, account_id=one.pk, numerator=1, denominator=10),
        NewObservation("engagement_rate_reach", day, account_id=two.pk, numerator=5, denominator=10),
        NewObservation("first_response_minutes", day, account_id=one.pk, value=155),
        NewObservation("first_response_minutes", day, account_id=two.pk, value=45),
        NewObservation("dormant_accounts", day, line_id=parent.pk, value=3),
    ]
    record_observations(rows, by=Actor.system(), at=AT, source="import")
    return parent, one, two


def test_each_metric_aggregates_as_it_says(world):
    parent, *_accounts = world
    day = date(2026, 2, 2)

    found = {
        code: line_series(Metric.objects.get(code=code), principal=Principal.system(), line=parent, **SPAN)
        for code in (
            "followers",
            "posts",
            "engagement_rate_reach",
            "first_response_minutes",
            "dormant_accounts",
        )
    }

    assert found == {
        "followers": [Point(day, Decimal(40), 2)],
        "posts": [Point(day, Decimal(2), 1), Point(date(2026, 2, 5), Decimal(3), 1)],
        "engagement_rate_reach": [Point(day, Decimal("0.3"), 2)],
        "first_response_minutes": [Point(day, Decimal(10), 2)],
        "dormant_accounts": [Point(day, Decimal(3), 1)],
    }


def test_a_flow_adds_up_over_a_week_and_a_level_keeps_its_last_day(world):
    posts, followers = (Metric.objects.get(code=code) for code in ("posts", "followers"))
    days = [Point(date(2026, 2, 2), Decimal(2), 1), Point(date(2026, 2, 5), Decimal(3), 1)]

    assert stepped(days, posts, step="week") == [Point(date(2026, 2, 2), Decimal(5), 2)]
    assert stepped(days, followers, step="month") == [Point(date(2026, 2, 1), Decimal(3), 1)]


def test_a_line_lead_reads_series_and_export_of_the_own_line_only(world, django_assert_num_queries):
    _parent, one, two = world
    lead = principal_of(RoleFactory(role=Role.LINE_LEAD, line=one.line).user, AT)
    followers = Metric.objects.get(code="followers")

    with django_assert_num_queries(1):
        series = line_series(followers, principal=lead, **SPAN)
    columns, rows = export_rows(lead)

    assert series == [Point(date(2026, 2, 2), Decimal(10), 1)]
    assert account_series(two, followers, principal=lead, **SPAN) == []
    assert {row[0] for row in rows} == {"A"}
    assert columns == (
        "line",
        "platform",
        "handle",
        "url",
        "metric",
        "date",
        "value",
        "numerator",
        "denominator",
    )


def test_the_export_writes_numbers_as_people_mean_them(world):
    _columns, rows = export_rows(Principal.system())

    told = {(row[0], row[2], row[4]): row[5:] for row in rows}

    assert told["A", "a", "first_response_minutes"] == ("2026-02-02", "15.5", "", "")
    assert told["A", "a", "engagement_rate_reach"] == ("2026-02-02", "", "1", "10")
    assert told["EU", "", "dormant_accounts"] == ("2026-02-02", "3", "", "")

"""The indicators that are no account checks: leads, load, hub, platforms, service, dictionary, sources, targets."""

import datetime as dt

import pytest

from coe.enums.roles import Role
from metrics.indicators.base import moment_of
from metrics.indicators.registry import REGISTRY, collect
from metrics.models import DailyRollup, Target
from metrics.scoring import load_rubric, shipped_rubrics
from tests.factories import LineFactory, PlatformFactory, RoleFactory, UserFactory
from tests.metrics.world import AT, TODAY, good_account, led, measured, metric, month, observed

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def evidence(code, *lines):
    ids = [line.pk for line in lines] or None
    return [item.key for item in REGISTRY[code].evidence(ids, moment_of(AT), 10)]


def test_every_indicator_of_the_starter_rubric_has_a_collector():
    rubric = load_rubric(shipped_rubrics()["social-coe-starter"].read_bytes())

    assert rubric.indicators() - set(REGISTRY) == set()


def test_line_leads_count_lines_with_live_accounts_and_people_still_here():
    with_both, with_lead, gone, idle = (LineFactory(code=code) for code in "ABCD")
    for line in (with_both, with_lead, gone):
        good_account(line)
    led(with_both)
    RoleFactory(role=Role.LINE_LEAD, line=with_lead)
    RoleFactory(role=Role.LINE_LEAD, line=gone, user=UserFactory(is_active=False))
    led(idle)

    assert measured("lines.has_lead") == {"A": (1, 1, "ok"), "B": (1, 1, "ok"), "C": (0, 1, "ok")}
    assert measured("lines.has_lead_and_deputy") == {"A": (1, 1, "ok"), "B": (0, 1, "ok"), "C": (0, 1, "ok")}
    assert evidence("lines.has_lead") == ["C"]
    assert evidence("lines.has_lead_and_deputy") == ["B", "C"]


def test_lead_and_deputy_must_be_two_people():
    line = LineFactory(code="A")
    good_account(line)
    lead = RoleFactory(role=Role.LINE_LEAD, line=line).user
    RoleFactory(role=Role.DEPUTY, line=line, user=lead)

    assert measured("lines.has_lead_and_deputy", line) == {"A": (0, 1, "ok")}


def test_owner_load_is_that_of_the_busiest_owner_with_counts_of_all():
    line = LineFactory(code="A")
    busy, other = UserFactory(), UserFactory()
    good_account(line, primary_owner=busy)
    good_account(line, primary_owner=busy)
    good_account(line, primary_owner=other)

    (reading,) = collect(["owners.max_accounts"], [line.pk], moment_of(AT))

    assert (reading.numerator, reading.denominator) == (2, None)
    assert reading.detail == {"owners": {str(busy.pk): 2, str(other.pk): 1}}
    assert evidence("owners.max_accounts", line) == [str(busy.public_id), str(other.public_id)]


def test_owner_load_has_no_data_when_nobody_owns_anything():
    line = LineFactory(code="A")
    good_account(line, primary_owner=None)

    assert measured("owners.max_accounts", line) == {"A": (None, None, "no_data")}


def test_hub_staffing_adds_the_time_of_hub_people_once_each():
    lead = UserFactory(hub_fte_hundredths=60)
    RoleFactory(role=Role.HUB_LEAD, line=None, user=lead)
    RoleFactory(role=Role.HUB_MEMBER, line=None, user=lead)
    RoleFactory(role=Role.HUB_MEMBER, line=None, user=UserFactory(hub_fte_hundredths=65))
    RoleFactory(role=Role.HUB_MEMBER, line=None, user=UserFactory(hub_fte_hundredths=99, is_active=False))
    RoleFactory(role=Role.AUDITOR, line=None, user=UserFactory(hub_fte_hundredths=99))
    good_account(LineFactory())

    assert measured("hub.fte") == {None: (125, 100, "ok")}
    assert measured("hub.lead_named") == {None: (1, None, "ok")}
    assert measured("hub.accounts_per_fte") == {None: (100, 125, "ok")}


def test_hub_staffing_has_no_data_in_an_empty_hub():
    good_account(LineFactory())

    assert measured("hub.fte") == {None: (None, 100, "no_data")}
    assert measured("hub.lead_named") == {None: (0, None, "ok")}
    assert measured("hub.accounts_per_fte") == {None: (None, None, "no_data")}


def test_executive_sponsor_must_hold_the_seat_now():
    assert measured("hub.executive_sponsor") == {None: (0, None, "ok")}
    assert evidence("hub.executive_sponsor") == [""]
    RoleFactory(role=Role.EXECUTIVE_SPONSOR, line=None, valid_until=AT - DAY)
    assert measured("hub.executive_sponsor") == {None: (0, None, "ok")}
    RoleFactory(role=Role.EXECUTIVE_SPONSOR, line=None)

    assert measured("hub.executive_sponsor") == {None: (1, None, "ok")}
    assert evidence("hub.executive_sponsor") == []


def test_platforms_in_use_need_a_decision_and_a_reviewed_date():
    line = LineFactory()
    good_account(line, platform=PlatformFactory(code="one", decision="approved", terms_reviewed_on=TODAY))
    good_account(line, platform=PlatformFactory(code="two", decision="approved"))
    PlatformFactory(code="unused")

    assert measured("platforms.decided") == {None: (1, 2, "ok")}
    assert evidence("platforms.decided") == ["two"]


def test_service_figures_add_messages_and_let_the_slowest_account_speak():
    line = LineFactory(code="A")
    rate = metric(
        "response_rate", aggregation="ratio", numerator_label="answered", denominator_label="received"
    )
    wait = metric("first_response_minutes", aggregation="mean", scale=1)
    first, second = good_account(line, is_service=True), good_account(line, is_service=True)
    good_account(line)
    observed(first, rate, TODAY - 3 * DAY, numerator=9, denominator=10)
    observed(second, rate, TODAY - 2 * DAY, numerator=5, denominator=10)
    observed(second, rate, TODAY - 30 * DAY, numerator=0, denominator=500)
    observed(first, wait, TODAY - 9 * DAY, value=90000)
    observed(first, wait, TODAY - 3 * DAY, value=900)
    observed(second, wait, TODAY - 2 * DAY, value=1200)

    readings = {
        r.code: r
        for r in collect(
            ["service.response_rate", "service.median_first_response_hours"], [line.pk], moment_of(AT)
        )
    }

    found = readings["service.response_rate"]
    assert (found.numerator, found.denominator, found.evidence_on) == (14, 20, TODAY - 2 * DAY)
    found = readings["service.median_first_response_hours"]
    assert (found.numerator, found.denominator) == (2, 1)
    assert evidence("service.response_rate", line) == [str(second.public_id), str(first.public_id)]
    assert evidence("service.median_first_response_hours", line)[0] == str(second.public_id)


def test_service_figures_have_no_data_when_one_service_account_is_silent():
    line = LineFactory(code="A")
    rate = metric(
        "response_rate", aggregation="ratio", numerator_label="answered", denominator_label="received"
    )
    observed(good_account(line, is_service=True), rate, TODAY, numerator=9, denominator=10)
    silent = good_account(line, is_service=True)

    assert measured("service.response_rate", line) == {"A": (None, None, "no_data")}
    assert evidence("service.response_rate", line)[0] == str(silent.public_id)
    assert measured("service.response_rate", LineFactory(code="B")) == {}


def test_dictionary_counts_completely_defined_metrics():
    before = measured("metrics.dictionary_complete")[None][0]
    metric("complete")
    metric("no_formula", formula="")
    metric("no_owner", owner=None)
    metric("half_ratio", aggregation="ratio", numerator_label="a")
    metric("retired", is_active=False)

    assert measured("metrics.dictionary_complete") == {None: (before + 1, None, "ok")}
    assert {"half_ratio", "no_formula", "no_owner"} <= set(evidence("metrics.dictionary_complete"))


def test_imported_share_adds_values_of_this_and_three_months():
    line = LineFactory(code="A")
    account = good_account(line)
    month(account, dt.date(2025, 11, 30), observations=100, imported=0)
    month(account, dt.date(2025, 12, 1), observations=6, imported=6)
    month(account, dt.date(2026, 3, 1), observations=4, imported=1)
    good_account(LineFactory(code="B"))

    assert measured("observations.imported_share") == {"A": (7, 10, "ok"), "B": (None, None, "no_data")}
    assert evidence("observations.imported_share", line) == [str(account.public_id)]


def test_kpis_need_a_target_whose_date_has_not_passed():
    line, idle = LineFactory(code="A"), LineFactory(code="B")
    good_account(idle)
    aimed, late, free = metric("aimed"), metric("late"), metric("free")
    DailyRollup.objects.create(line=line, metric=aimed, on=TODAY, total=1, count=1)
    DailyRollup.objects.create(line=line, metric=free, on=TODAY - 30 * DAY, total=1, count=1)
    for of, until in ((aimed, TODAY), (late, TODAY - DAY)):
        Target.objects.create(line=line, metric=of, period_start=TODAY - 90 * DAY, period_end=until, value=10)

    assert measured("kpis.with_target") == {"A": (1, 3, "ok"), "B": (None, None, "no_data")}
    assert sorted(evidence("kpis.with_target", line)) == ["free", "late"]
